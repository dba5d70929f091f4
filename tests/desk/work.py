"""Much work for the review desk, and a person who does it with keys alone."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import uvicorn
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route
from sqlmodel import Session, SQLModel, col, select

from cases.clock import now
from cases.database import engine_for
from cases.models import Case, Document, ExceptionItem, FieldReading, Page, Response
from cases.reconsidering import reconsider
from cases.settings import Settings
from matching.matcher import Matcher
from ocr.template.loading import load_templates
from tests.running import SAMPLES, environment, load_base, replyflow, wait_until

TYPED = "Storgatan 12"
# each desk is forked from a process that has imported it already, which saves two seconds a desk
HOUSE = multiprocessing.get_context("forkserver")
HOUSE.set_forkserver_preload(["desk.app", "tests.desk.work"])


def fill(folder: Path) -> None:
    """Runs every sample scan into `folder`."""
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    for scan in sorted((SAMPLES / "scans").rglob("*.*")):
        shutil.copy(scan, pile)
    done = replyflow(folder, "run", pile, "--no-prefect")
    assert done.returncode == 1, done.stderr


@contextmanager
def desk_on(data: Path, port: int, **more: str) -> Iterator[BaseProcess]:
    """A desk that answers, a process of its own with `more` in its environment; killed at the end."""
    process = HOUSE.Process(target=_serve, args=(port, environment(REPLYFLOW_DATA=str(data), **more)))
    process.start()
    try:
        wait_until(lambda: _is_healthy(f"http://127.0.0.1:{port}"), 60)
        yield process
    finally:
        process.kill()
        process.join()


def _serve(port: int, told: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(told)
    uvicorn.run("desk.app:from_environment", factory=True, port=port, access_log=False, log_config=None)


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").json() == {"status": "ok"}
    except httpx.TransportError:
        return False


def multiply(data: Path, at_least: int) -> None:
    """Copies the responses that wait, each with its case and questions, until so many questions are open."""
    with Session(engine_for(Settings(data=data))) as session:
        waiting = session.exec(select(Response).where(Response.state == "exceptions")).all()
        count = len(session.exec(select(ExceptionItem.id).where(ExceptionItem.state == "open")).all())
        while count < at_least:
            for response in waiting:
                count += _copy(session, response)
        session.commit()


def doubt(data: Path, kind: str, value: Any, count: int) -> None:
    """Copies responses that have such a reading, makes that reading doubtful, and has the product ask about it."""
    settings = Settings(data=data)
    templates = load_templates(settings.templates)
    with Session(engine_for(settings)) as session:
        matcher = Matcher(session, settings.matching)
        read = session.exec(select(FieldReading).where(FieldReading.kind == kind, FieldReading.status != "doubtful"))
        fits = [one for one in read.all() if one.value == value and one.crop]
        responses = {page: one for one in session.exec(select(Response)).all() if one.case_id for page in one.page_ids}
        sources = [(one.name, responses[one.page_id]) for one in fits if one.page_id in responses]
        for name, response in islice(cycle(sources), count):
            made = session.get_one(Response, _twin_of(session, response))
            readings = session.exec(select(FieldReading).where(col(FieldReading.page_id).in_(made.page_ids)))
            next(one for one in readings if one.name == name).status = "doubtful"
            reconsider(session, settings, templates, matcher.match, made)
        session.commit()


def add_pages(data: Path, count: int) -> None:
    """Adds questions about pages that were not read, due long after everything else."""
    with Session(engine_for(Settings(data=data))) as session:
        page = session.exec(select(Page)).first()
        assert page is not None
        about = {"kind": "page", "document_id": page.document_id, "page_id": page.id, "rule": "not-registered"}
        rest = {"question": "What is it?", "asked_at": now(), "due": dt.date(2099, 1, 1), "channel": "paper"}
        session.add_all(ExceptionItem(key=f"page:copy:{number}", **about, **rest) for number in range(count))
        session.commit()


def _copy(session: Session, response: Response) -> int:
    made = _twin_of(session, response)
    document = session.get_one(Response, made).document_id
    questions = session.exec(select(ExceptionItem).where(ExceptionItem.response_id == response.id)).all()
    for asked in questions:
        key = f"response:{made}:{asked.field or asked.rule}"
        _twin(session, asked, document_id=document, response_id=made, key=key)
    return len(questions)


def _twin_of(session: Session, response: Response) -> int:
    document = _twin(session, session.get_one(Document, response.document_id), sha256=token_hex(32))
    pages = {old: _page(session, old, document) for old in response.page_ids}
    case = session.get_one(Case, response.case_id)
    changed = {"document_id": document, "page_ids": list(pages.values()), "case_id": None}
    changed |= {"first_page_id": pages[response.first_page_id]} if response.first_page_id in pages else {}
    made = _twin(session, response, **changed)
    its_case = _twin(session, case, response_id=made, mailing_id=None)
    session.get_one(Response, made).case_id = its_case
    session.flush()
    return made


def _page(session: Session, page_id: int, document: int) -> int:
    made = _twin(session, session.get_one(Page, page_id), document_id=document)
    for reading in session.exec(select(FieldReading).where(FieldReading.page_id == page_id)).all():
        _twin(session, reading, page_id=made)
    return made


def _twin(session: Session, row: SQLModel, **changed: Any) -> int:
    twin = type(row)(**{**row.model_dump(exclude={"id"}), **changed})
    session.add(twin)
    session.flush()
    made: int = twin.id  # type: ignore[attr-defined]
    return made


def held_back(tab: Tab, pattern: str) -> list[Route]:
    """The requests for such an address, which get no answer until the test lets them go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.route(pattern, hold)
    return held


def query(data: Path, statement: str) -> list[tuple[Any, ...]]:
    with engine_for(Settings(data=data)).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def press(tab: Tab, *keys: str) -> int:
    """Presses keys on the page of a group and waits for what follows; how many they were."""
    for key in keys:
        tab.keyboard.press(key)
    tab.wait_for_selector("#group[aria-busy=false]:not([hidden]), #nothing:not([hidden])")
    return len(keys)


def confirm_all(tab: Tab) -> int:
    """Enter until the group is done, as the first may only show what is further down; how often."""
    presses = 0
    while not tab.locator("#nothing").is_visible():
        presses += press(tab, "Enter")
    return presses


def clear_groups(tab: Tab, desk: str) -> int:
    """Confirms every group with keys alone, nothing being odd; how many keys were pressed."""
    presses = 0
    tab.goto(f"{desk}/group")
    while (links := tab.locator(".groups a")).count():
        links.first.focus()
        with tab.expect_navigation():
            tab.keyboard.press("Enter")
        presses += 1 + press(tab) + confirm_all(tab)
        tab.goto(f"{desk}/group")
    return presses


def execute(data: Path, statement: str) -> None:
    with engine_for(Settings(data=data)).begin() as connection:
        connection.exec_driver_sql(statement)


class Clerk:
    """Somebody at the review page who touches nothing but keys; `presses` counts those that are not typed text."""

    def __init__(self, tab: Tab, desk: str) -> None:
        self.tab, self.presses = tab, list[int]()
        tab.goto(f"{desk}/review")
        self.settle()

    def settle(self) -> None:
        """Waits until a question or the end of the work shows."""
        self.tab.wait_for_selector("#desk[aria-busy=false]:not([hidden]), #nothing:not([hidden])")

    @property
    def is_done(self) -> bool:
        return self.tab.locator("#nothing").is_visible()

    @property
    def item(self) -> str:
        return self.tab.evaluate("document.body.dataset.item")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def wait_for_content(self) -> None:
        """Waits until the candidates show, where the question is who sent the form."""
        if self.takes == "sender":
            self.tab.wait_for_selector("#senders form")

    def answer(self) -> None:
        """Answers the question that shows, in the way that its kind asks for."""
        before, keys = self.item, self._keys()
        for key in keys:
            self.tab.keyboard.type(TYPED) if key == TYPED else self.press(key)
        self.presses.append(len([key for key in keys if key != TYPED]))
        self.tab.wait_for_function(
            "old => document.body.dataset.item !== old || !document.getElementById('nothing').hidden", arg=before
        )
        self.settle()

    @property
    def takes(self) -> str:
        return self.tab.evaluate("document.getElementById('desk').dataset.takes")

    def _keys(self) -> list[str]:
        takes = self.takes
        self.wait_for_content()
        if takes == "sender":
            return ["1"] if self.tab.locator("#senders .choice").count() else ["n"]
        if takes == "several":
            return ["Enter"]
        if takes == "one" or (self.tab.locator("#read").is_visible() and self.tab.locator("#choices .choice").count()):
            return ["1"]
        return ["t", TYPED, "Enter"] if len(self.presses) % 2 else ["Space"]
