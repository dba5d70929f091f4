"""What comes late at the review page never undoes what was done, and nothing is answered before it can be seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Route, expect
from playwright.sync_api import Page as Tab

from cases.clock import now
from cases.rules import CHECKS, Context
from tests.desk.work import Clerk, doubt, execute, held_back, query
from tests.running import wait_until

pytestmark = pytest.mark.browser
Enter = Callable[..., BrowserContext]
ALL_SENT = "() => !JSON.parse(sessionStorage.getItem('replyflow-unsent')).length"
RULES = {"New e-mail address": "email", "New phone number": "phone", "New postcode": "postcode"}


@pytest.fixture(scope="module")
def data(busy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(busy, tmp_path_factory.mktemp("order") / "data"))
    doubt(folder, "choice", ["price", "service"], 2)
    # among the first that a queue of twenty holds
    execute(folder, "UPDATE exception SET due = '2020-01-01' WHERE field IN ('reasons', 'new_email')")
    return folder


@pytest.fixture(autouse=True)
def given_back(data: Path) -> Iterator[None]:
    """Nobody holds a question when the next test begins."""
    yield
    execute(data, "UPDATE exception SET leased_by = NULL, leased_until = NULL")


def answers_of(data: Path, person: str) -> list[tuple[str, str]]:
    return query(data, f"SELECT word, value FROM answer WHERE person = '{person}' AND undone_at IS NULL ORDER BY id")


def first_of(queue: dict[str, list[dict[str, object]]], takes: str) -> dict[str, list[dict[str, object]]]:
    """The queue with the questions in front that take such an answer."""
    return {**queue, "items": sorted(queue["items"], key=lambda one: one["takes"] != takes)}


def starting_with(tab: Tab, takes: str) -> None:
    """Lets the page show questions first that take such an answer."""

    def answer(route: Route) -> None:
        reply = route.fetch(url=route.request.url.replace("count=8", "count=20"))
        route.fulfill(response=reply, json=first_of(reply.json(), takes))

    tab.route("**/api/queue?*", answer)


def test_keys_do_nothing_until_the_picture_is_there_and_no_other_picture_stands_beside_the_question(
    desk: str, data: Path, signed_in: Enter
) -> None:
    tab = signed_in("clerk", "slow").new_page()
    starting_with(tab, "text")
    held = held_back(tab, "**/crops/*")
    tab.goto(f"{desk}/review")
    tab.wait_for_selector("#choices .choice, #typing:not([hidden])")
    tab.keyboard.press("Enter")
    tab.keyboard.press("1")
    tab.keyboard.press("Space")
    expect(tab.locator("#picture")).not_to_be_visible()
    assert tab.evaluate("document.body.dataset.item") is None
    assert answers_of(data, "slow") == []
    tab.unroute("**/crops/*")
    for route in held:
        route.continue_()
    tab.wait_for_selector("#desk[aria-busy=false]")
    expect(tab.locator("#picture")).to_be_visible()
    tab.keyboard.press("Space")
    wait_until(lambda: answers_of(data, "slow") or tab.wait_for_timeout(50))
    assert [word for word, _ in answers_of(data, "slow")] == ["unreadable"]


def test_a_picture_that_cannot_be_shown_is_said_to_be_missing(desk: str, signed_in: Enter) -> None:
    tab = signed_in("clerk", "blindfold").new_page()
    starting_with(tab, "text")
    tab.route("**/crops/*", lambda route: route.abort())
    tab.goto(f"{desk}/review")
    tab.wait_for_selector("#desk[aria-busy=false]")
    expect(tab.locator("#no-picture")).to_be_visible()


def test_a_page_that_comes_late_does_not_take_the_place_of_the_crop(desk: str, signed_in: Enter) -> None:
    tab = signed_in("clerk", "nimble").new_page()
    starting_with(tab, "text")
    tab.goto(f"{desk}/review")
    tab.wait_for_selector("#desk[aria-busy=false]")
    held = held_back(tab, "**/pages/*")
    tab.keyboard.press("p")
    tab.keyboard.press("p")
    wait_until(lambda: held or tab.wait_for_timeout(50))
    held[0].continue_()
    tab.wait_for_timeout(400)
    assert "/crops/" in tab.evaluate("document.getElementById('picture').src")
    expect(tab.locator("#show-page")).to_have_attribute("aria-pressed", "false")


def test_what_was_taken_back_stays_on_the_page_while_the_queue_is_still_being_asked(
    desk: str, data: Path, signed_in: Enter
) -> None:
    tab = signed_in("clerk", "hasty").new_page()
    # one question at a time, and then a queue that takes its time
    tab.route("**/api/queue?*", lambda route: route.continue_(url=route.request.url.replace("count=8", "count=1")))
    clerk = Clerk(tab, desk)
    first = clerk.item
    held = held_back(tab, "**/api/queue?*")
    clerk.press("n" if clerk.takes == "sender" else "1" if clerk.takes == "one" else "Space")
    wait_until(lambda: len(answers_of(data, "hasty")) == 1 or tab.wait_for_timeout(50))
    clerk.press("z")
    expect(tab.locator("#told")).to_have_text("Taken back.")
    for route in held:
        route.continue_()
    tab.wait_for_timeout(400)
    clerk.settle()
    assert clerk.item == first
    assert answers_of(data, "hasty") == []


def test_a_search_that_answers_late_does_not_stand_beside_another_question(desk: str, signed_in: Enter) -> None:
    tab = signed_in("clerk", "seeker").new_page()
    starting_with(tab, "sender")
    clerk = Clerk(tab, desk)
    assert clerk.takes == "sender"
    clerk.wait_for_content()
    held = held_back(tab, "**/api/subscribers?*")
    tab.fill("#search", "Johansson")
    tab.get_by_role("button", name="Search", exact=True).click()
    wait_until(lambda: held or tab.wait_for_timeout(50))
    before = clerk.item
    tab.get_by_role("button", name="Not a customer").click()
    tab.wait_for_function("old => document.body.dataset.item !== old", arg=before)
    held[0].continue_()
    tab.wait_for_timeout(400)
    assert "Johansson" not in tab.locator("#choices").inner_text()
    if clerk.takes == "sender":
        clerk.wait_for_content()
        assert tab.locator("#search").input_value() == ""


def test_several_boxes_are_answered_by_touch_alone(desk: str, data: Path, signed_in: Enter) -> None:
    tab = signed_in("clerk", "finger", has_touch=True, viewport={"width": 390, "height": 844}).new_page()
    starting_with(tab, "several")
    clerk = Clerk(tab, desk)
    assert clerk.takes == "several"
    before = clerk.item
    tab.locator("#choices .choice", has_text="Network coverage").tap()
    tab.locator("#done").tap()
    tab.wait_for_function("old => document.body.dataset.item !== old", arg=before)
    tab.wait_for_function(ALL_SENT)
    ((word, value),) = answers_of(data, "finger")
    assert (word, set(json.loads(value))) == ("value", {"price", "service", "coverage"})


def test_what_breaks_a_rule_is_shown_and_has_to_be_typed(client: Callable[..., httpx.Client]) -> None:
    clerk = client("clerk", "strict")
    items = clerk.get("/api/queue?count=20").json()["items"]
    checked = [one for one in items if one["label"] in RULES]
    context = Context("SE", now().date())
    for item in checked:
        fault = CHECKS[RULES[item["label"]]]
        offered = [choice["value"] for choice in item["choices"]]
        assert [text for text in offered if fault(text, context)] == []
        assert item["confirm"] is None or item["confirm"]["value"] in offered
    assert any(one["read"] and not one["choices"] and one["confirm"] is None for one in checked)
    clerk.post("/api/queue/back", json={"ids": [one["id"] for one in items]})


def test_a_key_with_shift_can_be_chosen_and_escape_leaves_it_as_it_was(desk: str, signed_in: Enter) -> None:
    clerk = Clerk(signed_in("clerk", "keys").new_page(), desk)
    clerk.press("?")
    button = clerk.tab.locator("[data-deed=bright]")
    button.click()
    clerk.press("Escape")
    expect(button).to_have_text("b")
    expect(button).to_be_focused()
    button.click()
    clerk.press("5")
    expect(button).to_contain_text("…")
    clerk.press("Shift+B")
    expect(button).to_have_text("B")
    expect(button).to_be_focused()
    assert clerk.tab.locator("#keys").evaluate("one => one.open")
