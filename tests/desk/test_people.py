"""The admin's page of persons, everybody's tokens, and what each change leaves in the ledger."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from cases import ledger, persons
from cases.clock import now
from cases.database import open_session
from cases.models import ApiToken, LedgerEvent, Person
from cases.settings import Settings
from desk.app import create_app
from desk.throttle import Throttle
from tests.desk.conftest import PASSWORD
from tests.running import replyflow

Enter = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one person of each role but supervisor, to be copied and not changed."""
    folder = tmp_path_factory.mktemp("staffed")
    with open_session(folder) as session:
        for login in ("admin", "clerk", "auditor"):
            persons.add_person(session, login, login.title(), login, PASSWORD)  # type: ignore[arg-type]
        session.commit()
    return folder


@pytest.fixture
def app(staffed: Path, tmp_path: Path) -> FastAPI:
    shutil.copytree(staffed, tmp_path, dirs_exist_ok=True)
    return create_app(Settings(data=tmp_path))


@pytest.fixture
def enter(app: FastAPI) -> Iterator[Enter]:
    """Browsers in which a person is signed in."""
    opened: list[TestClient] = []

    def sign_in(login: str) -> TestClient:
        client = TestClient(app, follow_redirects=False, headers={"sec-fetch-site": "same-origin"})
        assert client.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
        opened.append(client)
        return client

    yield sign_in
    for client in opened:
        client.close()


@pytest.fixture
def session(app: FastAPI) -> Iterator[Session]:
    with Session(app.state.engine.execution_options(reader=True)) as opened:
        yield opened


def id_of(session: Session, login: str) -> int:
    person = persons.find_person(session, login)
    assert person is not None
    return person.id or 0


def last_event(session: Session) -> tuple[str, str, dict[str, object]]:
    """Tag, who and facts of what was recorded last."""
    session.rollback()
    query = select(LedgerEvent).where(LedgerEvent.chain == ledger.OFFICE)
    event = session.exec(query.order_by(col(LedgerEvent.seq).desc())).first()
    assert event is not None and ledger.verify_chain(session) is None
    return event.tag, event.who, event.facts


def token_on(page: httpx.Response) -> str:
    found = re.search(r"rf_[\w-]+", page.text)
    assert found is not None
    return found[0]


def test_an_invitation_is_shown_once_and_makes_one_person(enter: Enter, session: Session) -> None:
    admin = enter("admin")
    link = re.search(r"http://testserver(/welcome/[\w-]+)", admin.post("/people/invite", data={"role": "clerk"}).text)
    assert link is not None
    assert last_event(session) == ("desk:invitation:added", "person:admin", {"role": "clerk"})
    assert link[1] not in admin.get("/people").text
    form = {"login": "nova", "name": "Nova", "password": PASSWORD}
    assert admin.post(link[1], data=form).status_code == 303
    assert admin.post(link[1], data={**form, "login": "second"}).status_code == 422


def test_a_locked_person_is_out_of_every_browser_at_once_and_comes_back_when_unlocked(
    enter: Enter, session: Session
) -> None:
    admin, clerk = enter("admin"), enter("clerk")
    assert clerk.get("/review").status_code == 200
    there = id_of(session, "clerk")
    assert admin.post(f"/people/{there}/lock").status_code == 303
    assert last_event(session) == ("desk:person:locked", "person:admin", {})
    assert clerk.get("/review").status_code == 303
    assert clerk.post("/api/undo").status_code == 401
    assert clerk.post("/sign-in", data={"login": "clerk", "password": PASSWORD}).status_code == 401
    assert admin.post(f"/people/{there}/unlock").status_code == 303
    assert last_event(session) == ("desk:person:unlocked", "person:admin", {})
    assert clerk.get("/review").status_code == 303
    assert enter("clerk").get("/review").status_code == 200


def test_a_changed_role_counts_from_the_next_request(enter: Enter, session: Session) -> None:
    admin, clerk = enter("admin"), enter("clerk")
    there = id_of(session, "clerk")
    assert admin.post(f"/people/{there}/role", data={"role": "auditor"}).status_code == 303
    assert clerk.post("/api/undo").status_code == 403
    facts = {"from": "clerk", "to": "auditor"}
    assert last_event(session) == ("desk:person:role_changed", "person:admin", facts)
    assert admin.post(f"/people/{there}/role", data={"role": "king"}).status_code == 422


def test_signing_out_everywhere_ends_sessions_and_nothing_else(enter: Enter, session: Session) -> None:
    admin, one, two = enter("admin"), enter("clerk"), enter("clerk")
    assert admin.post(f"/people/{id_of(session, 'clerk')}/sign-out").status_code == 303
    assert [browser.get("/review").status_code for browser in (one, two)] == [303, 303]
    assert last_event(session) == ("desk:person:signed_out", "person:admin", {"sessions": 2})
    assert enter("clerk").get("/review").status_code == 200


def test_a_person_changes_their_password_and_their_other_browsers_are_out(enter: Enter, session: Session) -> None:
    one, other = enter("clerk"), enter("clerk")
    wrong = one.post("/account/password", data={"old": "not it at all", "new": "another long secret"})
    short = one.post("/account/password", data={"old": PASSWORD, "new": "short"})
    assert (wrong.status_code, short.status_code) == (401, 422)
    assert other.get("/review").status_code == 200
    done = one.post("/account/password", data={"old": PASSWORD, "new": "another long secret"})
    assert done.status_code == 200
    assert last_event(session) == ("desk:person:password_changed", "person:clerk", {})
    assert (one.get("/review").status_code, other.get("/review").status_code) == (200, 303)
    assert other.post("/sign-in", data={"login": "clerk", "password": PASSWORD}).status_code == 401
    assert other.post("/sign-in", data={"login": "clerk", "password": "another long secret"}).status_code == 303


def test_somebody_who_forgot_their_password_gets_one_that_is_shown_once(enter: Enter, session: Session) -> None:
    admin, clerk = enter("admin"), enter("clerk")
    given = admin.post(f"/people/{id_of(session, 'clerk')}/password")
    found = re.search(r'id="password">([\w-]{16})<', given.text)
    assert given.status_code == 201 and found is not None
    assert found[1] not in admin.get("/people").text
    assert last_event(session) == ("desk:person:password_changed", "person:admin", {})
    assert clerk.get("/review").status_code == 303
    assert clerk.post("/sign-in", data={"login": "clerk", "password": PASSWORD}).status_code == 401
    assert clerk.post("/sign-in", data={"login": "clerk", "password": found[1]}).status_code == 303


@pytest.mark.parametrize("change", ["lock", "role"])
def test_the_last_admin_stays_one(enter: Enter, session: Session, change: str) -> None:
    admin = enter("admin")
    answer = admin.post(f"/people/{id_of(session, 'admin')}/{change}", data={"role": "clerk"})
    assert answer.status_code == 409
    assert "the only admin" in answer.text
    assert admin.get("/people").status_code == 200


def test_a_token_is_shown_once_says_when_it_was_used_and_ends_when_revoked(enter: Enter, session: Session) -> None:
    clerk = enter("clerk")
    made = clerk.post("/account/tokens", data={"label": "nightly", "days": "30"})
    secret = token_on(made)
    assert secret not in clerk.get("/account").text
    assert "nightly" in clerk.get("/account").text
    robot = {"authorization": f"Bearer {secret}"}
    assert clerk.get("/api/waiting", headers=robot).status_code == 200
    session.rollback()
    (token,) = session.exec(select(ApiToken)).all()
    assert token.last_used_on == token.created_at.date()
    assert token.expires_at is not None and (token.expires_at - token.created_at).days in (29, 30)
    assert secret not in (token.id, token.label) and len(token.id) == 64
    assert clerk.post(f"/tokens/{token.id}/revoke").status_code == 303
    assert last_event(session) == ("desk:api_token:revoked", "person:clerk", {"token": token.id[:12]})
    assert TestClient(clerk.app).get("/api/waiting", headers=robot).status_code == 401


def test_a_token_may_do_what_its_person_may_and_makes_no_other_token(enter: Enter) -> None:
    auditor, admin = enter("auditor"), enter("admin")
    reads = {"authorization": f"Bearer {token_on(auditor.post('/account/tokens', data={'label': 'x'}))}"}
    program = TestClient(auditor.app, follow_redirects=False)
    assert program.get("/api/waiting", headers=reads).status_code == 200
    assert program.get("/api/queue", headers=reads).status_code == 403
    assert program.post("/api/uploads", headers=reads | {"x-file-name": "a.pdf"}).status_code == 403
    all_of_it = {"authorization": f"Bearer {token_on(admin.post('/account/tokens', data={'label': 'x'}))}"}
    for path, form in (("/account/tokens", {"label": "y"}), ("/people/invite", {"role": "admin"})):
        assert program.post(path, data=form, headers=all_of_it).status_code == 403


def test_only_its_owner_and_an_admin_revoke_a_token(enter: Enter, session: Session) -> None:
    clerk, auditor, admin = enter("clerk"), enter("auditor"), enter("admin")
    clerk.post("/account/tokens", data={"label": "mine"})
    session.rollback()
    (token,) = session.exec(select(ApiToken.id)).all()
    assert "mine" not in auditor.get("/account").text
    assert auditor.post(f"/tokens/{token}/revoke").status_code == 404
    assert "mine" in admin.get("/people").text
    assert admin.post(f"/tokens/{token}/revoke").headers["location"] == "/people"
    assert "mine" not in clerk.get("/account").text


def test_a_token_that_ran_out_opens_nothing(app: FastAPI, enter: Enter) -> None:
    with Session(app.state.engine) as writing:
        person = persons.find_person(writing, "clerk")
        assert person is not None
        secret = persons.issue_token(writing, person, "old", days=1)
        writing.commit()
        token = writing.exec(select(ApiToken)).one()
        token.expires_at = token.created_at
        writing.add(token)
        writing.commit()
    assert TestClient(app).get("/api/waiting", headers={"authorization": f"Bearer {secret}"}).status_code == 401


def test_the_command_line_prints_a_token_that_works(app: FastAPI, tmp_path: Path) -> None:
    done = replyflow(tmp_path, "people", "token", "Clerk", "--label", "nightly", "--days", "7")
    assert done.returncode == 0, done.stderr
    headers = {"authorization": f"Bearer {done.stdout.strip()}"}
    assert TestClient(app).get("/api/waiting", headers=headers).status_code == 200
    assert replyflow(tmp_path, "people", "token", "nobody").returncode == 2


def test_a_hostile_name_is_text_on_the_pages(app: FastAPI, enter: Enter) -> None:
    with Session(app.state.engine) as writing:
        hostile = persons.add_person(writing, '"><img src=x>', "<script>alert(1)</script>", "clerk", PASSWORD)
        persons.issue_token(writing, hostile, "<b>label</b>")
        writing.commit()
    page = enter("admin").get("/people").text
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>label" not in page


def test_many_addresses_neither_fill_the_memory_nor_free_who_guesses() -> None:
    throttle = Throttle(clock=lambda: 0.0)
    for number in range(60_000):
        throttle.failed(f"login {number}", f"from {number}")
        if number % 1000 == 0:
            throttle.failed("login eva")
    assert len(throttle._failures) <= 10_000
    assert throttle.wait_s("login eva") == 900


def test_nobody_signs_in_as_a_person_who_comes_through_the_provider_by_an_empty_password(app: FastAPI) -> None:
    with Session(app.state.engine) as writing:
        persons.add_person(writing, "kim", "Kim", "clerk", None, issuer="https://id.example.org", subject="1")
        writing.commit()
    client = TestClient(app, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False)
    for password in (" ", "None", "x" * 20):
        assert client.post("/sign-in", data={"login": "kim", "password": password}).status_code == 401


def test_two_persons_of_one_subject_cannot_be(app: FastAPI) -> None:
    with Session(app.state.engine) as writing:
        for number in range(2):
            writing.add(
                Person(login=f"p{number}", name="", role="clerk", created_at=now(), issuer="https://i", subject="1")
            )
        with pytest.raises(Exception, match="UNIQUE"):
            writing.flush()
