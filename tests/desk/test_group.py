"""Group mode in a real browser: thirty questions that are alike, all confirmed but the odd ones."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect
from playwright.sync_api import Page as Tab
from sqlmodel import Session

from cases import persons
from cases.database import engine_for
from cases.settings import Settings
from flows.server import free_port
from tests.desk.conftest import PASSWORD
from tests.desk.work import Clerk, confirm_all, desk_on, doubt, press, query
from tests.running import wait_until

pytestmark = pytest.mark.browser
SIGNED = "/group?kind=signature:true"
STANDING = "SELECT exception_id FROM answer WHERE undone_at IS NULL"
ALIKE = "SELECT id FROM exception WHERE state = 'open' AND alike = 'signature:true'"


@pytest.fixture(scope="module")
def alike(busy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which thirty signatures are doubtful, to be copied and not changed."""
    folder = Path(shutil.copytree(busy, tmp_path_factory.mktemp("alike") / "data"))
    doubt(folder, "signature", True, 30)
    return folder


@pytest.fixture
def data(alike: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(alike, tmp_path / "data"))


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def desk(data: Path, port: int) -> Iterator[str]:
    with desk_on(data, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def enter(browser: Browser, data: Path, port: int) -> Iterator[Callable[..., Tab]]:
    """Opens a browser in which a clerk of this login is signed in."""
    opened: list[BrowserContext] = []

    def make(login: str = "eva", **how: object) -> Tab:
        with Session(engine_for(Settings(data=data))) as session:
            secret = persons.open_session(session, persons.add_person(session, login, login, "clerk", PASSWORD))
        context = browser.new_context(**how)  # type: ignore[arg-type]
        context.add_cookies([{"name": "replyflow", "value": secret, "url": f"http://127.0.0.1:{port}"}])
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()


def tiles(tab: Tab) -> list[int]:
    return [int(one) for one in tab.locator(".tile input").evaluate_all("boxes => boxes.map((box) => box.value)")]


def badge(tab: Tab, place: int) -> str:
    return tab.locator(".tile kbd").nth(place).inner_text()


def ids(data: Path, statement: str) -> set[int]:
    return {row[0] for row in query(data, statement)}


def test_thirty_questions_take_fewer_than_forty_keys_and_the_odd_ones_are_answered_alone(
    desk: str, data: Path, enter: Callable[..., Tab], capsys: pytest.CaptureFixture[str]
) -> None:
    asked, tab = ids(data, ALIKE), enter()
    tab.goto(desk + SIGNED)
    press(tab)
    odd = [tiles(tab)[place] for place in (2, 12)]
    presses = press(tab, badge(tab, 2), badge(tab, 12)) + confirm_all(tab)
    assert len(asked) == 30
    assert ids(data, STANDING) == asked - set(odd)
    assert ids(data, ALIKE) == set(odd)
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    clerk = Clerk.__new__(Clerk)
    clerk.tab, clerk.presses = tab, []
    clerk.settle()
    for one in odd:
        assert clerk.item == str(one)
        clerk.press("2")
        tab.wait_for_function("old => document.body.dataset.item !== old", arg=str(one))
    tab.wait_for_function("() => !JSON.parse(sessionStorage.getItem('replyflow-unsent')).length")
    presses += 1 + len(odd)
    assert dict(query(data, "SELECT exception_id, value FROM answer")) == {
        one: "false" if one in odd else "true" for one in asked
    }
    assert presses < 40
    with capsys.disabled():
        sys.stdout.write(f"\n30 alike, 2 of them odd: {presses} keys\n")


def test_z_brings_the_whole_group_back(desk: str, data: Path, enter: Callable[..., Tab]) -> None:
    tab = enter()
    tab.goto(desk + SIGNED)
    press(tab)
    first, *rest = tiles(tab)
    press(tab, badge(tab, 0))
    confirm_all(tab)
    press(tab, "z")
    expect(tab.locator("#told")).to_have_text("Taken back.")
    assert sorted(tiles(tab)) == sorted(rest)
    assert ids(data, STANDING) == set()
    assert query(data, "SELECT count(*) FROM keyed WHERE person = 'eva'") == [(0,)]
    # what was odd stays odd
    assert query(data, f"SELECT odd_by FROM exception WHERE id = {first}") == [("eva",)]


def test_z_at_the_single_questions_leads_back_to_the_group(desk: str, data: Path, enter: Callable[..., Tab]) -> None:
    tab = enter()
    tab.goto(desk + SIGNED)
    press(tab)
    before = tiles(tab)
    confirm_all(tab)
    clerk = Clerk(tab, desk)
    with tab.expect_navigation(url="**/group*"):
        clerk.press("z")
    press(tab)
    assert sorted(tiles(tab)) == sorted(before)


def test_nothing_is_confirmed_that_was_not_on_the_screen(desk: str, data: Path, enter: Callable[..., Tab]) -> None:
    tab = enter(viewport={"width": 800, "height": 400})
    tab.goto(desk + SIGNED)
    press(tab)
    press(tab, "Enter")
    expect(tab.locator("#told")).to_have_text("Look at these too before you confirm.")
    assert tab.evaluate("window.scrollY") > 100
    assert ids(data, STANDING) == set()
    assert confirm_all(tab) >= 2
    assert len(ids(data, STANDING)) == 30


def test_a_question_without_a_picture_is_odd(desk: str, data: Path, enter: Callable[..., Tab]) -> None:
    tab = enter()
    tab.route("**/crops/*", lambda route: route.abort())
    tab.goto(desk + SIGNED)
    press(tab)
    assert tab.locator(".tile input:checked").count() == 30
    confirm_all(tab)
    assert ids(data, STANDING) == set()


def test_two_browsers_never_get_the_same_questions(desk: str, data: Path, enter: Callable[..., Tab]) -> None:
    doubt(data, "signature", True, 15)
    first, second = enter("eva"), enter("nils")
    for tab in (first, second):
        tab.goto(desk + SIGNED)
        press(tab)
    shares = [set(tiles(first)), set(tiles(second))]
    assert len(shares[0]) == 30
    assert shares[1] and not shares[0] & shares[1]
    for tab in (second, first):
        confirm_all(tab)
    answers = [row[0] for row in query(data, STANDING)]
    assert len(answers) == len(set(answers)) and set(answers) >= shares[0] | shares[1]
    assert ids(data, ALIKE) == set()


def test_a_desk_that_is_killed_between_two_requests_loses_no_decision(
    data: Path, port: int, enter: Callable[..., Tab]
) -> None:
    tab, asked = enter(), ids(data, ALIKE)
    with desk_on(data, port):
        tab.goto(f"http://127.0.0.1:{port}{SIGNED}")
        press(tab)
        odd = tiles(tab)[0]
        press(tab, badge(tab, 0))
    # the desk is away: the decision waits in the page, through a reload too
    while not tab.evaluate("sessionStorage.getItem('replyflow-unsent-group')"):
        tab.keyboard.press("Enter")
    expect(tab.locator("#told")).to_contain_text("cannot be reached")
    assert ids(data, STANDING) == set()
    with desk_on(data, port):
        tab.reload()
        press(tab)
        assert ids(data, STANDING) == asked - {odd}
    assert query(data, f"SELECT state, odd_by FROM exception WHERE id = {odd}") == [("open", "eva")]


def test_a_reply_that_is_lost_on_its_way_does_not_make_two_answers_of_one(
    desk: str, data: Path, enter: Callable[..., Tab]
) -> None:
    tab, lost = enter(), list[int]()

    def lose_the_first(route: Route) -> None:
        reply = route.fetch()
        lost.append(reply.status)
        route.abort() if len(lost) == 1 else route.fulfill(response=reply)

    tab.route("**/api/groups/confirm", lose_the_first)
    tab.goto(desk + SIGNED)
    press(tab)
    confirm_all(tab)
    assert lost == [201, 201]
    expect(tab.locator("#told")).to_have_text("Answered.")
    assert query(data, "SELECT count(*), count(DISTINCT exception_id) FROM answer") == [(30, 30)]
    assert query(data, "SELECT count(*) FROM answer_group") == [(1,)]


def test_who_leaves_gives_the_group_back_and_who_stays_away_too_long_loses_it(
    desk: str, data: Path, enter: Callable[..., Tab]
) -> None:
    eva, nils = enter("eva"), enter("nils")
    eva.goto(desk + SIGNED)
    press(eva)
    eva.goto(f"{desk}/")
    wait_until(lambda: query(data, "SELECT count(*) FROM exception WHERE leased_by = 'eva'") == [(0,)])
    nils.goto(desk + SIGNED)
    press(nils)
    assert len(tiles(nils)) == 30
    with engine_for(Settings(data=data)).begin() as connection:
        connection.exec_driver_sql("UPDATE exception SET leased_until = '2020-01-01 00:00:00'")
    eva.goto(desk + SIGNED)
    press(eva)
    assert len(tiles(eva)) == 30
    confirm_all(nils)
    expect(nils.locator("#told")).to_contain_text("30 were not taken")
    assert ids(data, STANDING) == set()


def test_pointing_space_and_enter_do_what_the_keys_do_when_single_keys_are_off(
    desk: str, data: Path, enter: Callable[..., Tab]
) -> None:
    tab = enter()
    tab.add_init_script("localStorage.setItem('replyflow-keys', JSON.stringify({ on: false }))")
    tab.goto(desk + SIGNED)
    press(tab)
    press(tab, "1", "a")
    assert tab.locator(".tile input:checked").count() == 0
    assert tab.locator(".tile kbd:visible").count() == 0
    tab.locator(".tile").nth(4).click()
    tab.locator(".tile input").nth(5).focus()
    tab.keyboard.press("Space")
    expect(tab.locator("#confirm")).to_contain_text("28")
    odd = {tiles(tab)[4], tiles(tab)[5]}
    confirm_all(tab)
    assert ids(data, ALIKE) == odd


def test_the_keys_of_the_tiles_can_be_changed_and_stay_changed(desk: str, enter: Callable[..., Tab]) -> None:
    tab = enter()
    tab.goto(desk + SIGNED)
    press(tab)
    assert "z" not in [badge(tab, place) for place in range(30)]
    press(tab, "?")
    tab.locator("#tile-keys").fill("asdfz")
    press(tab, "Tab")
    press(tab, "Escape")
    tab.reload()
    press(tab)
    press(tab, "s")
    assert [badge(tab, place) for place in range(5)] == ["a", "s", "d", "f", ""]
    assert tab.locator(".tile input:checked").count() == 1
    assert tab.locator(".tile input").nth(1).is_checked()
    kept = json.loads(tab.evaluate("localStorage.getItem('replyflow-keys')"))
    assert kept["map"]["undo"] == "z"


def test_the_overview_and_the_review_page_lead_to_the_groups(desk: str, enter: Callable[..., Tab]) -> None:
    tab = enter()
    for path in ("/", "/review", "/group"):
        tab.goto(desk + path)
        assert tab.locator(".groups a").first.inner_text() == "30 signatures: Signed"
    tab.locator(".groups a").first.click()
    press(tab)
    expect(tab.locator("#thinks")).to_have_text("The machine thinks: Signed")
