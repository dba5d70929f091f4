"""Cases, documents and replays at the desk: what happened can be seen, and who may have work done again."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import insert
from sqlmodel import Session, col, select

from cases import waiting
from cases.answering import Attention, Office, answer
from cases.clock import now
from cases.database import engine_for
from cases.models import Batch, Case, Document, ExceptionItem, FieldReading, Response
from cases.settings import Settings
from flows.replaying import open_replayer
from matching.matcher import Matcher
from ocr.template.loading import load_templates
from tests.desk.work import query

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]
MANY = 100_000


@pytest.fixture
def session(data: Path) -> Iterator[Session]:
    """A session that must be committed or rolled back before the desk is asked: SQLite has one writer."""
    engine = engine_for(Settings(data=data))
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def unsigned(session: Session) -> Response:
    """The response whose signature a person must look for."""
    asked = select(ExceptionItem).where(ExceptionItem.rule == "signature-required")
    found = session.get_one(Response, session.exec(asked).one().response_id)
    _let_go(session)
    return found


def _let_go(session: Session) -> None:
    """Ends the transaction and keeps what was read from it."""
    session.expunge_all()
    session.rollback()


def test_a_case_shows_what_arrived_what_was_read_and_why_it_was_decided_so(
    client: Client, session: Session, unsigned: Response
) -> None:
    document = session.get_one(Document, unsigned.document_id)
    readings = session.exec(select(FieldReading).where(col(FieldReading.page_id).in_(unsigned.page_ids))).all()
    _let_go(session)
    text = client("clerk").get(f"/cases/{unsigned.case_id}").text
    assert document.name in text and document.sha256 in text and f"/batches/{document.batch_id}" in text
    assert all(f"/crops/{one.id}" in text for one in readings if one.crop)
    assert all(one.reader in text for one in readings)
    assert "The form must be signed; is there a signature?" in text and "signature-required" in text
    assert "the verified code names this subscriber" in text


def test_a_case_shows_the_weight_of_every_field_of_its_sender(client: Client, unsigned: Response) -> None:
    (candidate,) = unsigned.candidates
    text = client("auditor").get(f"/cases/{unsigned.case_id}").text
    assert candidate["evidence"], "weights are stored when it is decided"
    for bar in candidate["evidence"]:
        assert f"{bar['weight']:+.1f}" in text
    assert text.count('<rect class="') == len(candidate["evidence"])
    assert candidate["subscriber_id"] in text


def test_a_case_shows_who_answered_what_and_how_long_it_took(
    client: Client, data: Path, session: Session, unsigned: Response
) -> None:
    client("clerk")  # makes the person
    settings = Settings(data=data)
    office = Office(settings, load_templates(settings.templates), Matcher(session, settings.matching).match)
    asked = session.exec(select(ExceptionItem.id).where(ExceptionItem.response_id == unsigned.id)).all()
    session.rollback()
    waiting.take(session, "clerk", 50, col(ExceptionItem.id).in_(asked))
    (signature,) = session.exec(
        select(ExceptionItem.id).where(ExceptionItem.response_id == unsigned.id, ExceptionItem.field == "signature")
    ).all()
    session.rollback()
    answer(session, office, signature or 0, "clerk", "value", True, Attention(3.4, 2))
    text = client("auditor").get(f"/cases/{unsigned.case_id}").text
    assert "<b>Clerk</b>: Yes" in text
    assert "3.4 s" in text
    assert "desk:exception:answered" in text


def test_the_ledger_of_a_case_is_tested_anew_and_an_altered_event_shows(
    client: Client, data: Path, unsigned: Response
) -> None:
    auditor = client("auditor")
    text = auditor.get(f"/cases/{unsigned.case_id}").text
    assert "chain verified" in text
    for tag in ("intake:document:received", "decision:response:review", "decision:case:opened", "batch:batch:done"):
        assert tag in text
    with engine_for(Settings(data=data)).begin() as connection:
        of = f"tag = 'decision:response:review' AND subject = '{unsigned.id}'"
        connection.exec_driver_sql("DROP TRIGGER ledger_no_update")
        kept = connection.exec_driver_sql(f"SELECT facts FROM ledger WHERE {of}").scalar_one()
        connection.exec_driver_sql(f"UPDATE ledger SET facts = '{{}}' WHERE {of}")
    altered = auditor.get(f"/cases/{unsigned.case_id}").text
    with engine_for(Settings(data=data)).begin() as connection:
        connection.exec_driver_sql(f"UPDATE ledger SET facts = ? WHERE {of}", (kept,))
    assert "chain verified" not in altered and "not as they were written" in altered
    assert "chain verified" in auditor.get(f"/cases/{unsigned.case_id}").text


def test_a_rejected_document_is_shown_as_it_arrived(client: Client, session: Session) -> None:
    document = session.exec(select(Document).where(Document.name == "9001-empty.pdf")).one()
    _let_go(session)
    text = client("clerk").get(f"/documents/{document.id}").text
    assert "The file is empty. Scan the page again." in text and document.sha256 in text
    assert "so it has no pages" in text


def test_what_is_not_there_is_said_and_nobody_sees_cases_without_a_session(client: Client) -> None:
    clerk, nobody = client("clerk"), client(None)
    for path in ("/cases/999999", "/documents/999999", "/replays/999999"):
        answer = clerk.get(path)
        assert answer.status_code == 404 and "There is no" in answer.text
    for path in ("/cases", "/cases/1", "/documents/1", "/replays/1"):
        assert nobody.get(path).status_code == 303
    assert nobody.get("/api/replays/1").status_code == 401


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_only_supervisors_have_work_done_again(client: Client, data: Path, role: str) -> None:
    (batch,) = query(data, "SELECT id FROM batch")[0]
    person, nobody = client(role), client(None)
    for path in (f"/batches/{batch}/replay", f"/batches/{batch}/retry", "/replays/1/apply"):
        assert person.post(path).status_code == 403
        assert nobody.post(path).status_code == 401
    assert f"/batches/{batch}/replay" not in person.get(f"/batches/{batch}").text
    assert query(data, "SELECT count(*) FROM replay") == [(0,)]


def test_a_replay_is_asked_for_watched_shown_and_applied(
    desk: str, data: Path, client: Client, signed_in: Callable[..., BrowserContext]
) -> None:
    (batch,) = query(data, "SELECT id FROM batch")[0]
    tab = signed_in("supervisor").new_page()
    tab.goto(f"{desk}/batches/{batch}")
    tab.get_by_role("button", name="Read again with the present designs").click()
    expect(tab.locator("#progress")).to_be_visible()
    number = int(tab.url.rsplit("/", 1)[1])
    strict = Settings(data=data, field_thresholds={"choice": 1.0, "tick": 1.0}, workers=1)
    with open_replayer(strict) as replayer:
        assert replayer.run(number)
        apply = tab.get_by_role("button", name=re.compile("Apply .* changes"))
        expect(apply).to_be_visible()
        assert "doubtful" in tab.locator("article").first.inner_text()
        decided = query(data, "SELECT verdict, rules FROM response ORDER BY id")
        assert client("clerk").get(f"/replays/{number}").text.count("Apply") == 0
        apply.click()
        expect(tab.locator("#progress")).to_be_visible()
        assert query(data, "SELECT verdict, rules FROM response ORDER BY id") == decided
        assert replayer.run(number)
        expect(tab.locator(".state.good").first).to_have_text("applied")
        assert query(data, "SELECT verdict, rules FROM response ORDER BY id") != decided
    case = query(data, f"SELECT case_id FROM replay_change WHERE replay_id = {number} AND case_id IS NOT NULL")[0][0]
    assert "What replays changed" in client("auditor").get(f"/cases/{case}").text
    assert client("supervisor").post(f"/replays/{number}/apply").status_code == 409


def test_a_failed_batch_is_tried_again_from_its_page(
    desk: str, data: Path, session: Session, signed_in: Callable[..., BrowserContext], client: Client
) -> None:
    session.add(Batch(id="B-20200101-0001", source="paper", channel="paper", state="failed", created_at=now()))
    session.commit()
    tab = signed_in("supervisor").new_page()
    tab.goto(f"{desk}/batches/B-20200101-0001")
    tab.get_by_role("button", name="Try again").click()
    expect(tab.locator(".lead .state")).to_have_text("queued")
    assert query(data, "SELECT tag FROM ledger WHERE subject = 'B-20200101-0001'") == [("desk:batch:retried",)]
    supervisor = client("supervisor")
    assert supervisor.post("/batches/B-20200101-0001/retry").status_code == 409
    assert supervisor.post("/batches/B-20200101-0001/replay").status_code == 409


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", ("Was gelesen wurde", "Warum so entschieden wurde")), ("sv", ("Vad som lästes", "Varför det beslöts så"))],
)
def test_the_pages_speak_german_and_swedish(
    client: Client, data: Path, unsigned: Response, language: str, said: tuple[str, ...]
) -> None:
    client("clerk", f"clerk-{language}")
    with engine_for(Settings(data=data)).begin() as connection:
        connection.exec_driver_sql(f"UPDATE person SET language = '{language}' WHERE login = 'clerk-{language}'")
    text = client("clerk", f"clerk-{language}").get(f"/cases/{unsigned.case_id}").text
    assert all(one in text for one in said)
    assert "What was read" not in text


def _made(n: int, start: dt.datetime) -> dict[str, object]:
    return {
        "response_id": 1_000_000 + n,
        "subscriber_id": f"X{n % 50_000:06}",
        "kind": "offer",
        "due": start.date(),
        "state": "open" if n % 1000 else "refused",
        "channel": "web" if n % 7 else "paper",
        "partner": None if n % 5000 else "acme",
        "opened_at": start + dt.timedelta(minutes=n),
    }


@pytest.fixture(scope="module")
def many(data: Path) -> Iterator[None]:
    """A hundred thousand more cases, each of a response that no other case has."""
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    engine = engine_for(Settings(data=data))
    with engine.begin() as connection:
        for part in range(0, MANY, 10_000):
            connection.execute(insert(Case), [_made(n, start) for n in range(part, part + 10_000)])
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql('DELETE FROM "case" WHERE response_id >= 1000000')
    engine.dispose()


SEARCHES = {
    "": 50,
    "?before=5000": 50,
    "?state=refused": 50,
    "?partner=acme": 20,
    "?q=X000017": 2,
    "?channel=paper&state=refused": 15,
    "?since=2020-01-02&until=2020-01-02": 50,
    "?q=1": 1,
    "?q=%27;--": 0,
    "?partner=nobody": 0,
}


@pytest.mark.usefixtures("many")
def test_lists_stay_quick_at_a_hundred_thousand_cases(client: Client) -> None:
    clerk, slowest = client("clerk"), 0.0
    clerk.get("/cases")
    for search, count in SEARCHES.items():
        began = time.monotonic()
        text = clerk.get(f"/cases{search}").text
        slowest = max(slowest, time.monotonic() - began)
        assert text.count('<td class="key"><a href="/cases/') == count, search
    assert slowest < 0.5, f"the slowest list of {MANY} cases took {slowest:.2f} s"


@pytest.mark.usefixtures("many")
def test_paging_shows_every_case_that_was_searched_once(client: Client) -> None:
    clerk, seen, address = client("clerk"), list[str](), "/cases?state=refused&channel=web&q="
    while address:
        text = clerk.get(address).text
        seen += re.findall(r'<td class="key"><a href="(/cases/\d+)"', text)
        found = re.search(r'<a href="([^"]+before=\d+)">Next page', text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == MANY // 1000 - 15
