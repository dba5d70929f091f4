"""The clock of attention, with a time that the test sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(browser: Browser, desk: str) -> Iterator[Tab]:
    opened = browser.new_page()
    opened.goto(f"{desk}/sign-in")
    opened.evaluate(
        """async () => {
          const { Clock } = await import('/static/clock.js');
          window.time = 100;
          window.clock = new Clock(() => window.time);
        }"""
    )
    yield opened
    opened.close()


def after(tab: Tab, seconds: float, what: str) -> None:
    tab.evaluate(f"window.time += {seconds}; window.clock.{what}()")


def took(tab: Tab) -> dict[str, float | None]:
    found: dict[str, float | None] = tab.evaluate("window.clock.took()")
    return found


def test_time_counts_from_when_the_question_shows_to_the_answer(tab: Tab) -> None:
    after(tab, 1.5, "key")
    after(tab, 2, "key")
    assert took(tab) == {"active_s": 3.5, "keys": 2, "first_key_s": 1.5}


def test_of_an_idle_time_twenty_seconds_count_at_most(tab: Tab) -> None:
    after(tab, 20, "touch")
    after(tab, 500, "touch")
    assert took(tab)["active_s"] == 40


def test_the_clock_stands_while_the_window_is_not_looked_at(tab: Tab) -> None:
    after(tab, 3, "leave")
    after(tab, 10, "leave")
    after(tab, 5, "back")
    after(tab, 2, "touch")
    assert took(tab)["active_s"] == 5


def test_a_key_that_comes_while_away_starts_the_clock_again(tab: Tab) -> None:
    after(tab, 3, "leave")
    after(tab, 60, "key")
    after(tab, 1, "touch")
    assert took(tab) == {"active_s": 4, "keys": 1, "first_key_s": 3}


def test_looking_and_pointing_are_no_keys(tab: Tab) -> None:
    after(tab, 4, "touch")
    assert took(tab) == {"active_s": 4, "keys": 0, "first_key_s": None}


def test_every_question_starts_from_nothing(tab: Tab) -> None:
    after(tab, 4, "key")
    tab.evaluate("window.clock.start()")
    after(tab, 1, "touch")
    assert took(tab) == {"active_s": 1, "keys": 0, "first_key_s": None}


def test_questions_are_held_for_signs_of_life_alone(tab: Tab) -> None:
    stirred = [tab.evaluate("window.clock.stirred()")]
    after(tab, 60, "touch")
    stirred += [tab.evaluate("window.clock.stirred()"), tab.evaluate("window.time += 60, window.clock.stirred()")]
    after(tab, 60, "key")
    after(tab, 1, "leave")
    stirred += [tab.evaluate("window.clock.stirred()")]
    assert stirred == [True, True, False, False]


def test_a_time_that_passed_without_a_sign_of_life_before_the_answer_is_bounded_too(tab: Tab) -> None:
    tab.evaluate("window.time += 3600")
    assert took(tab)["active_s"] == 20
