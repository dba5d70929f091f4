"""The review page in a real browser, worked with keys alone."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page as Tab
from sqlmodel import Session

from cases import persons
from cases.database import engine_for
from cases.settings import Settings
from flows.server import free_port
from tests.desk.conftest import PASSWORD
from tests.desk.work import Clerk, add_pages, clear_groups, desk_on, doubt, multiply, query

pytestmark = pytest.mark.browser
ALL_SENT = "() => !JSON.parse(sessionStorage.getItem('replyflow-unsent')).length"
OPEN = "SELECT count(*) FROM exception WHERE state = 'open'"
STANDING = "SELECT exception_id FROM answer WHERE undone_at IS NULL"


@pytest.fixture
def data(busy: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(busy, tmp_path / "data"))


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
            person = persons.add_person(session, login, login.title(), "clerk", PASSWORD)
            secret = persons.open_session(session, person)
        context = browser.new_context(**how)  # type: ignore[arg-type]
        context.add_cookies([{"name": "replyflow", "value": secret, "url": f"http://127.0.0.1:{port}"}])
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()


def tell(capsys: pytest.CaptureFixture[str], figures: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{figures}\n")


@pytest.mark.parametrize("alike", [0, 30])
def test_a_person_who_only_uses_keys_clears_every_exception(
    desk: str, data: Path, enter: Callable[..., Tab], capsys: pytest.CaptureFixture[str], alike: int
) -> None:
    doubt(data, "signature", True, alike)
    before = query(data, OPEN)[0][0]
    tab = enter()
    keys = clear_groups(tab, desk)
    together = query(data, STANDING)
    clerk = Clerk(tab, desk)
    while not clerk.is_done:
        clerk.answer()
    assert before > 20
    assert query(data, OPEN) == [(0,)]
    assert query(data, "SELECT count(*) FROM \"case\" WHERE state = 'waiting'") == [(0,)]
    presses = [*clerk.presses, *([keys / len(together)] * len(together) if together else [])]
    assert len(together) >= alike
    assert statistics.median(presses) <= 3
    assert not alike or keys / len(together) <= 0.5
    median = statistics.median(presses)
    tell(capsys, f"{len(presses)} exceptions, {len(together)} as groups: {median:.2f} keys in the median")
    kept = query(data, "SELECT active_s, keys, first_key_s FROM answer")
    assert all(0 < active < 60 and keys > 0 for active, keys, _ in kept)
    alone = [(active, first) for active, _, first in kept if first is not None]
    # one answer may settle other questions about the same form before they are answered
    assert 20 < len(alone) <= len(clerk.presses)
    assert all(0 <= first <= active for active, first in alone)


def test_z_brings_the_last_question_back_and_its_answer_counts_no_more(
    desk: str, data: Path, enter: Callable[..., Tab]
) -> None:
    clerk = Clerk(enter(), desk)
    first = clerk.item
    clerk.answer()
    clerk.press("z")
    expect(clerk.tab.locator("body")).to_have_attribute("data-item", first)
    expect(clerk.tab.locator("#told")).to_have_text("Taken back.")
    assert query(data, STANDING) == []
    clerk.answer()
    clerk.tab.wait_for_function(ALL_SENT)
    assert query(data, STANDING) == [(int(first),)]


def test_two_browsers_on_one_queue_decide_every_exception_once(
    desk: str, data: Path, enter: Callable[..., Tab], capsys: pytest.CaptureFixture[str]
) -> None:
    multiply(data, 200)
    asked = {row[0] for row in query(data, "SELECT id FROM exception WHERE state = 'open'")}
    clerks = [Clerk(enter(login), desk) for login in ("eva", "nils")]
    while not all(clerk.is_done for clerk in clerks):
        for clerk in clerks:
            if clerk.is_done:
                clerk.tab.reload()
                clerk.settle()
            else:
                clerk.answer()
    decided = [row[0] for row in query(data, STANDING)]
    assert len(asked) >= 200
    assert len(decided) == len(set(decided))
    assert query(data, OPEN) == [(0,)]
    shares = [count for _, count in query(data, "SELECT person, count(*) FROM answer GROUP BY person")]
    assert len(shares) == 2 and min(shares) > len(decided) / 4
    # what nobody decided was settled by an answer about the same form
    settled = {row[0] for row in query(data, "SELECT id FROM exception WHERE state = 'obsolete'")}
    assert asked <= settled | set(decided)
    assert not settled & set(decided)
    tell(
        capsys,
        f"two browsers, {len(asked)} exceptions: {len(decided)} decided once ({shares[0]} and {shares[1]}), "
        f"{len(asked & settled)} settled by an answer about the same form, 0 lost",
    )


def test_the_page_key_shows_the_page_with_the_field_outlined(desk: str, enter: Callable[..., Tab]) -> None:
    clerk = Clerk(enter(), desk)
    while clerk.takes != "text":
        clerk.answer()
    outline = clerk.tab.locator(".outline")
    assert outline.is_hidden()
    clerk.press("p")
    expect(outline).to_be_visible()
    frame, box = clerk.tab.locator("#crop").bounding_box(), outline.bounding_box()
    assert frame and box
    assert frame["x"] <= box["x"] and box["y"] >= frame["y"] and box["width"] > 20
    assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    clerk.press("p")
    expect(outline).to_be_hidden()


WATCH = """() => {
  window.waits = [];
  const shown = () => new Promise((go) => {
    const picture = document.getElementById('picture');
    const painted = () => requestAnimationFrame(() => requestAnimationFrame(go));
    picture.complete ? painted() : picture.addEventListener('load', painted, { once: true });
  });
  if (window.watched) return;
  window.watched = true;
  document.addEventListener('keydown', () => {
    const from = performance.now(), before = document.body.dataset.item;
    const look = () => document.body.dataset.item === before
      ? requestAnimationFrame(look) : shown().then(() => window.waits.push(performance.now() - from));
    look();
  }, { capture: true });
}"""


def test_the_next_question_shows_at_once_with_ten_thousand_waiting(
    desk: str, data: Path, enter: Callable[..., Tab], capsys: pytest.CaptureFixture[str]
) -> None:
    multiply(data, 100)
    add_pages(data, 10_000)
    clerk = Clerk(enter(), desk)
    rounds = []
    # what else this machine does at the moment is no fault of the desk: it has three tries
    while len(rounds) < 3 and not any(median < 100 and p95 < 250 for median, p95 in rounds):
        rounds.append(waits_of(clerk, 40))
        tell(capsys, "next question: median {:.0f} ms, p95 {:.0f} ms of 40".format(*rounds[-1]))
    assert any(median < 100 and p95 < 250 for median, p95 in rounds)


def waits_of(clerk: Clerk, count: int) -> tuple[float, float]:
    """Median and p95 of the ms from a key to the next question with its picture."""
    clerk.tab.evaluate(WATCH)
    for _ in range(count):
        before = clerk.item
        clerk.press("n" if clerk.takes == "sender" else "Space")
        clerk.tab.wait_for_function("old => document.body.dataset.item !== old", arg=before)
        clerk.tab.wait_for_timeout(250)
    waits = sorted(clerk.tab.evaluate("window.waits"))
    assert len(waits) >= count
    return statistics.median(waits), waits[int(len(waits) * 0.95)]


def test_a_desk_that_is_killed_between_two_answers_loses_none(data: Path, port: int, enter: Callable[..., Tab]) -> None:
    said: list[str] = []
    with desk_on(data, port):
        clerk = Clerk(enter(), f"http://127.0.0.1:{port}")
        said.append(clerk.item)
        clerk.answer()
    for _ in range(2):
        # the desk is away: the answer waits in the page
        said.append(clerk.item)
        before = clerk.item
        clerk.press("Space", "n")
        expect(clerk.tab.locator("#told")).to_contain_text("cannot be reached")
        assert int(before) not in {row[0] for row in query(data, STANDING)}
        with desk_on(data, port) as process:
            clerk.tab.wait_for_function(ALL_SENT, timeout=30_000)
            clerk.settle()
            said.append(clerk.item)
            clerk.press("Space", "n")
            process.kill()
    with desk_on(data, port):
        clerk.tab.reload()
        clerk.tab.wait_for_function(ALL_SENT, timeout=30_000)
        decided = [row[0] for row in query(data, STANDING)]
    assert {int(one) for one in said} <= set(decided)
    assert len(decided) == len(set(decided))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("when", ["before it is sent", "before its reply comes"])
def test_a_desk_that_is_killed_at_each_request_loses_no_decision(
    data: Path, port: int, enter: Callable[..., Tab], capsys: pytest.CaptureFixture[str], when: str
) -> None:
    struck, said = set[str](), list[str]()
    with ExitStack() as house:
        running = [house.enter_context(desk_on(data, port))]

        def strike(route: Route) -> None:
            name = f"{route.request.method} {route.request.url}"
            if name in struck:
                return route.continue_()
            struck.add(name)
            if when == "before its reply comes":
                # another request may have struck meanwhile, which is as good
                with suppress(PlaywrightError):
                    route.fetch()
            running[0].kill()
            running[0] = house.enter_context(desk_on(data, port))
            return route.continue_() if when == "before it is sent" else route.abort()

        tab = enter()
        tab.set_default_timeout(120_000)
        tab.route("**/api/**", strike)
        clerk = Clerk(tab, f"http://127.0.0.1:{port}")
        for _ in range(4):
            said.append(clerk.item)
            clerk.answer()
        tab.wait_for_function(ALL_SENT)
        decided = [row[0] for row in query(data, STANDING)]
    assert {int(one) for one in said} <= set(decided)
    assert len(decided) == len(set(decided))
    assert len(struck) >= 5
    tell(capsys, f"killed {len(struck)} times, {when}: {len(said)} answers given, {len(decided)} kept, each once")


def test_keys_can_be_changed_and_stay_changed(desk: str, enter: Callable[..., Tab]) -> None:
    clerk = Clerk(enter(), desk)
    clerk.press("?")
    row = clerk.tab.locator("#key-table tr", has_text="cannot be read")
    row.get_by_role("button").click()
    clerk.press("x")
    expect(row.get_by_role("button")).to_have_text("x")
    clerk.press("Escape")
    clerk.tab.reload()
    clerk.settle()
    before = clerk.item
    expect(clerk.tab.locator("#unreadable kbd")).to_have_text("x")
    clerk.press("n" if clerk.takes == "sender" else "x")
    expect(clerk.tab.locator("body")).not_to_have_attribute("data-item", before)


def test_single_keys_that_are_switched_off_do_nothing_and_everything_works_with_tab_and_enter(
    desk: str, data: Path, enter: Callable[..., Tab]
) -> None:
    clerk = Clerk(enter(), desk)
    clerk.press("?")
    clerk.tab.locator("#keys-on").focus()
    clerk.press("Space", "Escape")
    kept = json.loads(clerk.tab.evaluate("localStorage.getItem('replyflow-keys')"))
    assert kept["on"] is False
    before = clerk.item
    clerk.press("1", "Space", "n", "z", "p")
    clerk.tab.wait_for_timeout(300)
    assert (clerk.item, query(data, STANDING)) == (before, [])
    for _ in range(30):
        clerk.press("Tab")
        if clerk.tab.evaluate("document.activeElement.closest('.choice, #unreadable') !== null"):
            break
    clerk.press("Enter")
    expect(clerk.tab.locator("body")).not_to_have_attribute("data-item", before)


def test_what_was_typed_is_still_there_when_the_page_is_opened_again(desk: str, enter: Callable[..., Tab]) -> None:
    clerk = Clerk(enter(), desk)
    while clerk.takes != "text":
        clerk.answer()
    before = clerk.item
    clerk.press("t")
    with clerk.tab.expect_response(lambda response: response.url.endswith("/draft")):
        clerk.tab.keyboard.type("070-17")
    clerk.tab.reload()
    clerk.settle()
    while clerk.item != before:
        clerk.answer()
    assert clerk.tab.locator("#text").input_value() == "070-17"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_on_a_wide_screen_or_a_phone(
    desk: str, enter: Callable[..., Tab], scheme: str, width: int
) -> None:
    tab = enter(viewport={"width": width, "height": 844}, color_scheme=scheme, has_touch=width < 500)
    for path in ("/sign-in", "/", "/review", "/group", "/group?kind=signature:true"):
        tab.goto(desk + path)
        tab.wait_for_load_state("networkidle")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(ground) < 150) is (scheme == "dark")
