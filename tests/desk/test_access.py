"""Who gets in, and what each role may do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from cases import persons
from cases.clock import now
from cases.database import engine_for
from cases.models import FieldReading, Person, WebSession
from cases.settings import Settings
from desk.app import create_app
from desk.throttle import Throttle
from tests.desk.conftest import PASSWORD

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]
CHANGES = (
    ("GET", "/api/queue"), ("POST", "/api/queue/hold"), ("POST", "/api/queue/back"),
    ("PUT", "/api/exceptions/1/draft"), ("POST", "/api/exceptions/1/answer"), ("POST", "/api/undo"),
    ("POST", "/api/groups/take"), ("POST", "/api/groups/confirm"),
)  # fmt: skip


@pytest.fixture
def session(data: Path) -> Iterator[Session]:
    """A session that must be committed or rolled back before the desk is asked: SQLite has one writer."""
    with Session(engine_for(Settings(data=data))) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/review", "/group", "/batches/B-1", "/crops/1", "/pages/1.jpg"])
def test_without_a_session_every_page_and_picture_leads_to_the_sign_in(client: Client, path: str) -> None:
    answer = client(None).get(path)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/sign-in")


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_the_api_answers_nobody_without_a_session_or_with_a_forged_one(client: Client, method: str, path: str) -> None:
    assert client(None).request(method, path, json={}).status_code == 401
    forged = client(None)
    forged.cookies.set("replyflow", "x" * 43)
    assert forged.request(method, path, json={}).status_code == 401


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_an_auditor_reads_and_changes_nothing(client: Client, method: str, path: str) -> None:
    auditor = client("auditor")
    assert auditor.get("/").status_code == 200
    body = {
        "ids": [1],
        "draft": {},
        "word": "unreadable",
        "active_s": 1,
        "keys": 1,
        "group": "x",
        "confirmed": [],
        "odd": [],
    }
    assert auditor.request(method, path, json=body).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_a_request_that_the_desk_did_not_send_changes_nothing(client: Client, desk: str, site: str | None) -> None:
    clerk = client("clerk")
    clerk.headers.pop("sec-fetch-site")
    headers = {"sec-fetch-site": site} if site else {}
    assert clerk.post("/api/undo", headers=headers).status_code == 403
    assert clerk.post("/api/undo", headers={"origin": "http://elsewhere.example"}).status_code == 403
    assert clerk.post("/api/undo", headers={"origin": desk}).status_code == 404


def test_a_program_comes_in_with_a_token_until_its_person_is_locked_out(client: Client, session: Session) -> None:
    person = persons.add_person(session, "robot", "Robot", "clerk", PASSWORD)
    secret = persons.issue_token(session, person, "test")
    session.commit()
    robot = client(None, authorization=f"Bearer {secret}")
    robot.headers.pop("sec-fetch-site")
    assert robot.get("/api/waiting").status_code == 200
    assert robot.post("/api/undo").status_code == 404
    assert persons.lock_out(session, "robot")
    assert robot.get("/api/waiting").status_code == 401


def test_a_crop_is_shown_to_those_who_are_signed_in_alone(client: Client, session: Session) -> None:
    reading = session.exec(select(FieldReading).where(col(FieldReading.crop).is_not(None))).first()
    assert reading is not None
    crop, page_id = reading.id, reading.page_id
    session.rollback()
    found = client("clerk").get(f"/crops/{crop}")
    assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    assert client(None).get(f"/crops/{crop}").status_code == 303
    page = client("clerk").get(f"/pages/{page_id}.jpg")
    assert page.content[:2] == b"\xff\xd8" and 0 < float(page.headers["x-scale"]) <= 1
    assert client("clerk").get("/crops/999999").status_code == 404


def test_signing_in_and_out(client: Client, session: Session) -> None:
    if session.exec(select(Person).where(Person.login == "olle")).first() is None:
        persons.add_person(session, "olle", "Olle", "clerk", PASSWORD)
    session.commit()
    browser = client(None)
    wrong = browser.post("/sign-in", data={"login": "olle", "password": "not it at all"})
    assert wrong.status_code == 401 and "replyflow" not in browser.cookies
    assert browser.post("/sign-in", data={"login": "Olle", "password": PASSWORD}).status_code == 303
    cookie = next(cookie for cookie in browser.cookies.jar if cookie.name == "replyflow")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert browser.get("/review").status_code == 200
    out = browser.post("/sign-out")
    assert (out.status_code, out.headers["clear-site-data"]) == (303, '"cache"')
    assert browser.get("/review").status_code == 303


def test_behind_a_server_that_encrypts_the_session_is_for_encrypted_requests_alone(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, desk_url="https://desk.example"))
    with Session(app.state.engine) as writing, TestClient(app, follow_redirects=False) as browser:
        persons.add_person(writing, "eva", "Eva", "clerk", PASSWORD)
        writing.commit()
        answer = browser.post(
            "/sign-in", data={"login": "eva", "password": PASSWORD}, headers={"sec-fetch-site": "same-origin"}
        )
    assert {"secure", "httponly", "samesite=strict"} <= set(answer.headers["set-cookie"].lower().split("; "))


def test_each_sign_in_makes_a_new_session_and_ends_the_one_that_the_browser_brought(
    client: Client, session: Session
) -> None:
    persons.add_person(session, "ylva", "Ylva", "clerk", PASSWORD)
    session.commit()
    browser, other = client(None), client(None)
    browser.post("/sign-in", data={"login": "ylva", "password": PASSWORD})
    first = browser.cookies["replyflow"]
    browser.post("/sign-in", data={"login": "ylva", "password": PASSWORD})
    assert browser.cookies["replyflow"] != first
    assert browser.get("/review").status_code == 200
    other.cookies.set("replyflow", first)
    assert other.get("/review").status_code == 303


def test_a_session_ends_by_itself(client: Client, session: Session) -> None:
    clerk = client("clerk", "kort")
    assert clerk.get("/review").status_code == 200
    person = session.exec(select(Person).where(Person.login == "kort")).one()
    for one in session.exec(select(WebSession).where(WebSession.person_id == person.id)):
        assert dt.timedelta(hours=11) < one.expires_at - now() <= persons.SESSION
        one.expires_at = now() - dt.timedelta(seconds=1)
        session.add(one)
    session.commit()
    assert clerk.get("/review").status_code == 303
    assert clerk.get("/api/queue").status_code == 401


def test_whoever_guesses_passwords_waits_longer_and_longer(client: Client) -> None:
    browser = client(None)
    answers = [browser.post("/sign-in", data={"login": "nobody", "password": "wrong " * 3}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_the_wait_doubles_and_ends_with_a_right_password() -> None:
    clock = iter([0.0] * 100)
    throttle = Throttle(clock=lambda: next(clock))
    for _ in range(5):
        throttle.failed("eva")
    first = throttle.wait_s("eva")
    throttle.failed("eva")
    assert throttle.wait_s("eva") == 2 * first > 0
    assert throttle.wait_s("nils") == 0
    throttle.succeeded("eva")
    assert throttle.wait_s("eva") == 0


def test_a_one_time_link_makes_an_account_once(client: Client, session: Session) -> None:
    secret = persons.invite(session, "clerk")
    session.commit()
    form = {"login": f"new{secret[:6]}", "name": "New", "password": "short", "language": "de"}
    browser = client(None)
    refused = browser.post(f"/welcome/{secret}", data=form, headers={"accept-language": "sv"})
    assert refused.status_code == 422 and "Minst 12 tecken." in refused.text
    assert form["login"] in refused.text and "short" not in refused.text
    assert browser.post(f"/welcome/{secret}", data={**form, "password": PASSWORD}).status_code == 303
    assert "Übersicht" in browser.get("/").text
    assert client(None).get(f"/welcome/{secret}").status_code == 410


def test_no_page_leads_to_a_host_outside(client: Client) -> None:
    for path in ("/", "/review", "/group", "/group?kind=x", "/sign-in"):
        outside = re.findall(r"(?:src|href|action)=\"(?:https?:)?//(?!127\.0\.0\.1)", client("admin").get(path).text)
        assert outside == []
