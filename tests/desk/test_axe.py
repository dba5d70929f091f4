"""axe-core, the accessibility checker, finds nothing to complain about on any page."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab
from sqlmodel import Session

from cases import persons
from cases.clock import now
from cases.database import engine_for
from cases.models import BagOrder, Replay, ReplayChange
from cases.settings import Settings
from tests.desk.work import Clerk, add_pages, doubt, press, query

pytestmark = pytest.mark.browser
VERSION = "4.14.1"
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 160))]);
}"""
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script, fetched for the test alone; the product does not hold it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed here, and axe-core comes from there")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        ["npm", "pack", "--silent", f"axe-core@{VERSION}"], cwd=folder, capture_output=True, check=False, timeout=60
    )
    packed = folder / f"axe-core-{VERSION}.tgz"
    if done.returncode or not packed.exists():
        pytest.skip("axe-core cannot be fetched here")
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture(scope="module")
def data(busy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(busy, tmp_path_factory.mktemp("axe") / "data"))
    add_pages(folder, 2)
    doubt(folder, "tick", False, 4)
    return folder


def complaints(tab: Tab, axe: str) -> list[Any]:
    tab.evaluate(axe)
    found: list[Any] = tab.evaluate(RUN)
    return found


def _replays(data: Path, batch: str, case: int) -> list[str]:
    """A replay in work and one that has changes to show."""
    with Session(engine_for(Settings(data=data))) as session:
        made = []
        for state in ("reading", "ready"):
            replay = Replay(batch_id=batch, state=state, asked_by="admin", asked_at=now(), pages=40, pages_done=12)
            session.add(replay)
            session.flush()
            made.append(f"/replays/{replay.id}")
        facts = {"verdict": "review", "rules": [["phone", "doubtful"]]}
        field = {"value": "0701740605", "status": "doubtful", "confidence": 0.5, "threshold": 0.99, "reader": "x"}
        for held in (None, "final"):
            session.add(
                ReplayChange(
                    replay_id=replay.id, document_id=1, first_page=1, case_id=case, held=held,
                    before=facts | {"fields": {"phone": field}}, after={"verdict": "auto", "rules": []},
                )
            )  # fmt: skip
        session.commit()
    return made


def _ordered_bags(data: Path, batch: str) -> str:
    """The page of audit bags with one in each state."""
    with Session(engine_for(Settings(data=data))) as session:
        for state in ("asked", "writing", "done", "failed"):
            reason = "It was tried too often; the Prefect runs say why." if state == "failed" else None
            scope = {"batch": batch}
            session.add(
                BagOrder(scope=scope, state=state, asked_by="admin", asked_at=now(), documents=3, reason=reason)
            )
        session.commit()
    return "/exports"


@schemes
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_violation(
    desk: str, data: Path, signed_in: Callable[..., BrowserContext], axe: str, scheme: str, width: int
) -> None:
    how = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}}
    with Session(engine_for(Settings(data=data))) as session:
        secret = persons.invite(session, "clerk")
        session.commit()
    tab = signed_in("admin", **how).new_page()
    group = "/group?kind=tick:false"
    batch = query(data, "SELECT id FROM batch")[0][0]
    case = query(data, "SELECT case_id FROM response WHERE verdict = 'review' AND case_id IS NOT NULL")[0][0]
    rejected = query(data, "SELECT id FROM document WHERE state = 'rejected'")[0][0]
    found = {}
    paths = [
        "/sign-in", f"/welcome/{secret}", "/welcome/gone", "/", f"/batches/{batch}", "/batches/none", "/upload",
        "/photo", "/people", "/account", "/cases", "/cases?q=none", f"/cases/{case}", f"/documents/{rejected}",
        "/documents/1", *_replays(data, batch, case), "/settlement", _ordered_bags(data, batch), "/group", group,
    ]  # fmt: skip
    for path in paths:
        tab.goto(desk + path)
        tab.wait_for_load_state("networkidle")
        if path == group:
            press(tab)  # no key, but the wait until the group takes one
        for more in tab.locator("summary").all():
            more.click()
        found[path] = complaints(tab, axe)
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} px wide"
    press(tab, "1")
    found["odd"] = complaints(tab, axe)
    press(tab, "?")
    found["keys"] = complaints(tab, axe)
    assert {path: one for path, one in found.items() if one} == {}


@schemes
def test_no_kind_of_question_has_a_violation(
    desk: str, signed_in: Callable[..., BrowserContext], axe: str, scheme: str
) -> None:
    clerk = Clerk(signed_in("clerk", f"clerk-{scheme}", color_scheme=scheme).new_page(), desk)
    found, seen = {}, set[str]()
    # in the dark with what the first clerk left, so half is enough for the first
    for _ in range(12):
        if clerk.is_done:
            break
        clerk.wait_for_content()
        if clerk.takes not in seen:
            seen.add(clerk.takes)
            found[clerk.takes] = complaints(clerk.tab, axe)
        clerk.answer()
    clerk.press("?")
    found["keys"] = complaints(clerk.tab, axe)
    assert len(seen) >= 2
    assert {kind: one for kind, one in found.items() if one} == {}
