"""Signing in through an OpenID Connect provider that runs here, told the truth and lied to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from sqlmodel import Session, select

from cases import persons
from cases.database import engine_for, upgrade
from cases.models import LedgerEvent, Person
from cases.settings import Settings
from desk.app import create_app
from desk.provider import Provider as OurSide
from desk.provider import ProviderError
from flows.server import free_port
from tests.desk.conftest import PASSWORD
from tests.desk.vouching import CLIENT, SECRET, Provider, providing
from tests.desk.work import desk_on

pytestmark = pytest.mark.browser
ROLES = '{"desk-leads": "supervisor", "desk": "clerk"}'


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.reset()
    return running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oidc")
    upgrade(Settings(data=folder))
    return folder


@pytest.fixture(scope="module")
def desk(data: Path, running: Provider) -> Iterator[str]:
    port = free_port()
    told = {"ISSUER": running.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "ROLES": ROLES}
    with desk_on(data, port, **{f"REPLYFLOW_OIDC_{name}": value for name, value in told.items()}):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def session(data: Path) -> Iterator[Session]:
    with Session(engine_for(Settings(data=data))) as opened:
        yield opened


def there_and(desk: str) -> tuple[httpx.Client, str]:
    """A browser that has been at the provider, and the address that leads it back."""
    browser = httpx.Client(base_url=desk)
    there = browser.get("/sign-in/oidc")
    assert there.status_code == 303
    with httpx.Client() as at_provider:
        page = at_provider.get(there.headers["location"])
        form = re.search(r'action="([^"]+)"', page.text)
        assert form is not None
        back = at_provider.post(str(page.url.join(form[1])))
    return browser, back.headers["location"]


def come_in(desk: str) -> tuple[httpx.Client, httpx.Response]:
    browser, back = there_and(desk)
    return browser, browser.get(back)


def people(data: Path) -> list[tuple[str, str, str | None, bool]]:
    with Session(engine_for(Settings(data=data)).execution_options(reader=True)) as session:
        found = session.exec(select(Person).order_by(Person.id)).all()  # type: ignore[arg-type]
        return [(one.login, one.role, one.subject, one.active) for one in found]


def test_whom_the_provider_vouches_for_is_made_once_and_found_again(desk: str, data: Path, provider: Provider) -> None:
    for _ in range(2):
        browser, answer = come_in(desk)
        assert answer.status_code == 200
        assert browser.get("/review").status_code == 200
        assert [one for one in people(data) if one[2] == "s-1"] == [("eva", "clerk", "s-1", True)]
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("replyflow="))
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie


def test_a_person_is_known_by_subject_and_never_by_a_name(
    desk: str, data: Path, provider: Provider, session: Session
) -> None:
    persons.add_person(session, "boss", "Boss", "admin", PASSWORD)
    session.commit()
    provider.person |= {"sub": "s-2", "preferred_username": "Boss"}
    browser, answer = come_in(desk)
    assert answer.status_code == 200
    assert ("boss-2", "clerk", "s-2", True) in people(data)
    assert browser.get("/people").status_code == 403


LIES = {
    "wrong nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "wrong issuer": {"iss": "http://localhost:1"},
    "wrong audience": {"aud": "another client"},
    "several audiences and no azp": {"aud": [CLIENT, "another client"]},
    "expired": {"exp": int(time.time()) - 3600},
    "not yet valid": {"nbf": int(time.time()) + 3600},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_with_a_wrong_claim_lets_nobody_in(desk: str, data: Path, provider: Provider, lie: str) -> None:
    before = people(data)
    provider.person["sub"] = "s-liar"
    provider.twist = lambda claims: {k: v for k, v in (claims | LIES[lie]).items() if v is not None}
    browser, answer = come_in(desk)
    assert answer.status_code == 401
    assert "replyflow" not in browser.cookies
    assert people(data) == before
    provider.reset()
    assert come_in(desk)[1].status_code == 200


@pytest.mark.parametrize("way", ["with_a_foreign_key", "with_the_clients_secret", "not_at_all"])
def test_a_token_that_the_providers_key_did_not_sign_lets_nobody_in(desk: str, provider: Provider, way: str) -> None:
    provider.sign = getattr(provider, way)
    browser, answer = come_in(desk)
    assert answer.status_code == 401
    assert "replyflow" not in browser.cookies
    provider.reset()
    assert come_in(desk)[1].status_code == 200


def test_whoever_has_no_role_of_ours_stays_outside_and_no_account_is_made(
    desk: str, data: Path, provider: Provider
) -> None:
    for roles in (["canteen"], [], None, "desks", {"desk": 1}):
        provider.person = {"sub": "s-3", "preferred_username": "nils", "roles": roles}
        browser, answer = come_in(desk)
        assert answer.status_code == 403
        assert "Your work account has no role here" in answer.text
        assert "replyflow" not in browser.cookies
    assert [one for one in people(data) if one[2] == "s-3"] == []


def test_the_role_follows_the_provider_and_who_loses_it_is_out_at_once(
    desk: str, data: Path, provider: Provider, session: Session
) -> None:
    provider.person = {"sub": "s-4", "preferred_username": "kim", "roles": ["desk", "desk-leads"]}
    first, _ = come_in(desk)
    assert ("kim", "supervisor", "s-4", True) in people(data)
    provider.person["roles"] = "desk"
    come_in(desk)
    assert ("kim", "clerk", "s-4", True) in people(data)
    provider.person["roles"] = []
    assert come_in(desk)[1].status_code == 403
    assert first.get("/review").status_code == 303
    provider.person["roles"] = ["desk"]
    assert "locked here" in come_in(desk)[1].text
    tags = session.exec(select(LedgerEvent.tag).where(LedgerEvent.tag.startswith("desk:person"))).all()  # type: ignore[attr-defined]
    assert {"desk:person:added", "desk:person:role_changed", "desk:person:locked"} <= set(tags)


def test_the_answer_of_one_browser_is_worth_nothing_in_another(desk: str, provider: Provider) -> None:
    _, stolen = there_and(desk)
    mine, back = there_and(desk)
    assert httpx.get(stolen).status_code == 401  # no cookie at all
    assert mine.get(stolen).status_code == 401  # the other one's state
    thief, back = there_and(desk)
    state = parse_qs(urlsplit(back).query)["state"][0]
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    # with the right state, the code of another still fails for its verifier (PKCE)
    assert thief.get(f"/sign-in/oidc/done?code={code}&state={state}").status_code == 401
    assert come_in(desk)[1].status_code == 200


def test_an_answer_works_once_and_one_without_a_code_not_at_all(desk: str, provider: Provider) -> None:
    browser, back = there_and(desk)
    cookie = browser.cookies["replyflow-oidc"]
    assert browser.get(back).status_code == 200
    assert httpx.get(back, headers={"cookie": f"replyflow-oidc={cookie}"}).status_code == 401
    browser, back = there_and(desk)
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert browser.get(f"/sign-in/oidc/done?error=access_denied&state={state}").status_code == 401
    browser, back = there_and(desk)
    assert browser.get(back.replace("iss=", "iss=http%3A%2F%2Felsewhere")).status_code == 401
    assert come_in(desk)[1].status_code == 200


def test_a_real_browser_goes_there_and_comes_back_under_the_strict_policy(
    browser: Browser, desk: str, provider: Provider
) -> None:
    context = browser.new_context()
    tab, complaints = context.new_page(), list[str]()
    tab.on("console", lambda told: complaints.append(told.text) if told.location["url"].startswith(desk) else None)
    tab.goto(f"{desk}/sign-in")
    tab.get_by_role("link", name="Sign in with your work account").click()
    tab.get_by_role("button", name="Enter").click()
    tab.wait_for_url(f"{desk}/")
    assert "Eva Lind" in tab.locator("header").inner_text()
    assert {one["name"]: one["sameSite"] for one in context.cookies(desk)} == {"replyflow": "Strict"}
    assert complaints == []
    context.close()


def settings(data: Path, issuer: str, **more: object) -> Settings:
    return Settings(
        data=data, oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_roles=ROLES, **more
    )  # type: ignore[arg-type]


def test_passwords_can_be_switched_off(data: Path, provider: Provider, session: Session) -> None:
    secret = persons.invite(session, "clerk")
    if persons.find_person(session, "local") is None:
        persons.add_person(session, "local", "", "clerk", PASSWORD)
    session.commit()
    app = create_app(settings(data, provider.issuer, password_login=False))
    with TestClient(app, follow_redirects=False, headers={"sec-fetch-site": "same-origin"}) as client:
        assert 'type="password"' not in client.get("/sign-in").text
        assert client.post("/sign-in", data={"login": "local", "password": PASSWORD}).status_code == 401
        made = {"login": "new", "name": "New", "password": PASSWORD}
        assert client.post(f"/welcome/{secret}", data=made).status_code == 410


def test_a_provider_that_calls_itself_otherwise_or_is_away_is_not_asked(data: Path, provider: Provider) -> None:
    with pytest.raises(ProviderError, match="another name"):
        OurSide(settings(data, provider.issuer + "/")).address("x", "http://127.0.0.1/")
    with pytest.raises(ProviderError) as away:
        OurSide(settings(data, f"http://127.0.0.1:{free_port()}")).address("x", "http://127.0.0.1/")
    assert away.value.code == "unreachable"


def test_a_role_may_lie_deep_in_the_claims(data: Path, provider: Provider) -> None:
    ours = OurSide(settings(data, provider.issuer, oidc_role_claim="realm_access.roles"))
    assert ours._role({"realm_access": {"roles": ["desk"]}}) == "clerk"
    assert ours._role({"realm_access.roles": ["desk-leads"]}) == "supervisor"
    assert ours._role({"realm_access": "desk"}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://id.example.org"}, {"oidc_client_id": ""}, {"oidc_roles": "{}"},
        {"oidc_roles": '{"desk": "king"}'}, {"oidc_roles": "desk"}, {"oidc_issuer": "", "password_login": False},
    ],
)  # fmt: skip
def test_settings_that_would_let_in_nobody_or_anybody_are_refused(wrong: dict[str, object]) -> None:
    right = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "r", "oidc_roles": ROLES}
    Settings(**right)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"OIDC|oidc"):
        Settings(**{**right, **wrong})  # type: ignore[arg-type]


def test_without_a_provider_its_addresses_lead_nowhere(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(data=tmp_path)), follow_redirects=False) as client:
        assert client.get("/sign-in/oidc").status_code == 404
        assert client.get("/sign-in/oidc/done?state=x&code=y").status_code == 404
        assert "/sign-in/oidc" not in client.get("/sign-in").text
