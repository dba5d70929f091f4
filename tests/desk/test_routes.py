"""Every route of the desk, found by walking the application: who may come in, and nobody else.

A route that the table does not name fails here until somebody has decided who may use it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session
from starlette.routing import BaseRoute

from cases import persons
from cases.database import engine_for
from cases.persons import ROLES
from cases.settings import Settings
from desk.app import create_app
from tests.desk.conftest import PASSWORD

EVERYBODY = frozenset(ROLES)
WHO_ANSWERS = frozenset({"clerk", "supervisor", "admin"})
LEADS = frozenset({"supervisor", "admin"})
OVERSEES = LEADS | {"auditor"}
ADMIN = frozenset({"admin"})
PUBLIC: frozenset[str] = frozenset()
"""Without a session: the ways in and out, and what says nothing about anybody."""
ALLOWED = {
    ("GET", "/static"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/api/openapi.json"): PUBLIC,
    ("GET", "/sign-in"): PUBLIC,
    ("POST", "/sign-in"): PUBLIC,
    ("GET", "/sign-in/oidc"): PUBLIC,
    ("GET", "/sign-in/oidc/done"): PUBLIC,
    ("GET", "/welcome/{secret}"): PUBLIC,
    ("POST", "/welcome/{secret}"): PUBLIC,
    ("POST", "/sign-out"): PUBLIC,
    ("GET", "/"): EVERYBODY,
    ("GET", "/batches/{batch_id}"): EVERYBODY,
    ("GET", "/review"): EVERYBODY,
    ("GET", "/api/waiting"): EVERYBODY,
    ("GET", "/api/documents"): EVERYBODY,
    ("GET", "/crops/{reading_id}"): EVERYBODY,
    ("GET", "/pages/{page_id}.jpg"): EVERYBODY,
    ("GET", "/account"): EVERYBODY,
    ("POST", "/account/tokens"): EVERYBODY,
    ("POST", "/account/password"): EVERYBODY,
    ("POST", "/tokens/{token_id}/revoke"): EVERYBODY,
    ("GET", "/api/queue"): WHO_ANSWERS,
    ("POST", "/api/queue/hold"): WHO_ANSWERS,
    ("POST", "/api/queue/back"): WHO_ANSWERS,
    ("PUT", "/api/exceptions/{exception_id}/draft"): WHO_ANSWERS,
    ("POST", "/api/exceptions/{exception_id}/answer"): WHO_ANSWERS,
    ("GET", "/api/exceptions/{exception_id}/senders"): WHO_ANSWERS,
    ("GET", "/api/subscribers"): WHO_ANSWERS,
    ("POST", "/api/undo"): WHO_ANSWERS,
    ("GET", "/upload"): WHO_ANSWERS,
    ("POST", "/api/uploads"): WHO_ANSWERS,
    ("GET", "/photo"): WHO_ANSWERS,
    ("POST", "/api/photos"): WHO_ANSWERS,
    ("DELETE", "/api/photos/{token}"): WHO_ANSWERS,
    ("POST", "/api/photos/send"): WHO_ANSWERS,
    ("GET", "/quality"): EVERYBODY,
    ("GET", "/figures"): EVERYBODY,
    ("GET", "/quality/people/{login}"): OVERSEES,
    ("POST", "/quality/people/{login}/notes"): LEADS,
    ("POST", "/quality/notes/{note_id}/done"): LEADS,
    ("GET", "/cases"): EVERYBODY,
    ("GET", "/cases/{case_id}"): EVERYBODY,
    ("GET", "/documents/{document_id}"): EVERYBODY,
    ("GET", "/replays/{replay_id}"): EVERYBODY,
    ("GET", "/api/replays/{replay_id}"): EVERYBODY,
    ("POST", "/batches/{batch_id}/replay"): LEADS,
    ("POST", "/batches/{batch_id}/retry"): LEADS,
    ("POST", "/replays/{replay_id}/apply"): LEADS,
    ("GET", "/group"): WHO_ANSWERS,
    ("GET", "/api/groups"): EVERYBODY,
    ("POST", "/api/groups/take"): WHO_ANSWERS,
    ("POST", "/api/groups/confirm"): WHO_ANSWERS,
    ("GET", "/repair/{page_id}"): WHO_ANSWERS,
    ("GET", "/repair/documents/{document_id}"): WHO_ANSWERS,
    ("GET", "/blanks/{name}.png"): WHO_ANSWERS,
    ("GET", "/api/pages/{page_id}/repairs"): WHO_ANSWERS,
    ("POST", "/api/pages/{page_id}/repairs"): WHO_ANSWERS,
    ("POST", "/api/pages/{page_id}/repairs/{repair_id}/undo"): WHO_ANSWERS,
    ("GET", "/settlement"): OVERSEES,
    ("GET", "/settlement/{number}"): OVERSEES,
    ("GET", "/settlement/{number}/statement.{ending}"): OVERSEES,
    ("POST", "/settlement"): LEADS,
    ("POST", "/settlement/{number}/approve"): LEADS,
    ("POST", "/settlement/{number}/withdraw"): LEADS,
    ("POST", "/settlement/lines/{line_id}/disputes"): LEADS,
    ("POST", "/settlement/disputes/{dispute_id}/answer"): LEADS,
    ("GET", "/exports"): OVERSEES,
    ("POST", "/exports"): OVERSEES,
    ("GET", "/exports/{number}/bag.zip"): OVERSEES,
    ("GET", "/people"): ADMIN,
    ("POST", "/people/invite"): ADMIN,
    ("POST", "/people/{person_id}/role"): ADMIN,
    ("POST", "/people/{person_id}/lock"): ADMIN,
    ("POST", "/people/{person_id}/unlock"): ADMIN,
    ("POST", "/people/{person_id}/sign-out"): ADMIN,
    ("POST", "/people/{person_id}/password"): ADMIN,
}
GUARDED = [route for route, roles in ALLOWED.items() if roles]
CHANGING = [route for route in ALLOWED if route[0] not in ("GET", "HEAD")]
FILLED = {"token": "0" * 32, "token_id": "0" * 64, "secret": "x", "batch_id": "B-0", "ending": "csv"}
NUMBERS = (
    "cases?before",
    "figures?days",
    "batches/B-0?after",
    "replays/1?after",
    "api/documents?id",
    "api/queue?count",
)
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(data=tmp_path_factory.mktemp("routes")))


@pytest.fixture(scope="module")
def session_of(app: FastAPI) -> Callable[[str], str]:
    """The cookie of a new session of a role."""

    def enter(role: str) -> str:
        with Session(app.state.engine) as session:
            known = persons.find_person(session, role)
            person = known or persons.add_person(session, role, role, role, PASSWORD)  # type: ignore[arg-type]
            return persons.open_session(session, person)

    return enter


@pytest.fixture(scope="module")
def stranger(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def walked(routes: Iterable[BaseRoute]) -> set[tuple[str, str]]:
    """Every method and path; HEAD and OPTIONS go with their GET."""
    found = set()
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            found |= walked(included.routes)
            continue
        methods = getattr(route, "methods", None) or {"GET"}
        found |= {(method, route.path) for method in methods - {"HEAD", "OPTIONS"}}  # type: ignore[attr-defined]
    return found


def address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: FILLED.get(found[1], "999999"), path)


def test_somebody_has_decided_about_every_route_who_may_use_it(app: FastAPI) -> None:
    assert walked(app.routes) == set(ALLOWED)


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("how", ["nobody", "forged session", "forged token"])
def test_nobody_comes_in_without_a_session_of_ours(stranger: TestClient, method: str, path: str, how: str) -> None:
    headers = OURS | {
        "nobody": {}, "forged session": {"cookie": "replyflow=" + "x" * 43},
        "forged token": {"authorization": "Bearer rf_" + "x" * 43},
    }[how]  # fmt: skip
    answer = stranger.request(method, address(path), headers=headers)
    if method == "GET" and not path.startswith("/api/"):
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_each_role_reaches_its_own_routes_and_no_others(
    stranger: TestClient, session_of: Callable[[str], str], method: str, path: str
) -> None:
    for role in ROLES:
        headers = OURS | {"cookie": f"replyflow={session_of(role)}"}
        status = stranger.request(method, address(path), headers=headers).status_code
        assert (status == 403) is (role not in ALLOWED[method, path]), (role, status)
        assert status != 401 and status < 500, (role, status)


def test_numbers_that_no_row_can_have_are_no_fault_of_the_server(
    stranger: TestClient, session_of: Callable[[str], str]
) -> None:
    cookie, huge = {"cookie": f"replyflow={session_of('admin')}"}, "9" * 30
    numbered = [(method, re.sub(r"\{\w+_id\}", huge, path)) for method, path in ALLOWED if "_id}" in path]
    asked = [("GET", f"/{path}={huge}") for path in NUMBERS]
    statuses = {
        (method, path): stranger.request(method, path, headers=OURS | cookie).status_code
        for method, path in (*numbered, *asked)
    }
    assert {route: status for route, status in statuses.items() if status not in (404, 409, 422)} == {}


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_what_changes_something_is_refused_without_the_header_that_a_browser_sends(
    stranger: TestClient, session_of: Callable[[str], str], method: str, path: str
) -> None:
    cookie = {"cookie": f"replyflow={session_of('admin')}"}
    for forged in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        answer = stranger.request(method, address(path), headers=cookie | forged)
        assert (answer.status_code, answer.json()["detail"][:12]) == (403, "This request")


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_the_token_and_the_session_of_a_locked_person_open_nothing(
    app: FastAPI, stranger: TestClient, method: str, path: str
) -> None:
    with Session(engine_for(app.state.settings)) as session:
        person = persons.find_person(session, "gone") or persons.add_person(session, "gone", "", "admin", PASSWORD)
        person.active = True
        token, cookie = persons.issue_token(session, person, "test"), persons.open_session(session, person)
        persons.lock_out(session, "gone")
    for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"replyflow={cookie}"}):
        answer = stranger.request(method, address(path), headers=OURS | headers)
        assert answer.status_code in (303, 401, 403)
        assert answer.headers.get("location", "/sign-in") == "/sign-in"
