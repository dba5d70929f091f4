"""A real survey of two pages: crosses in boxes, one of them taken back, combs, and a code for each page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ocr.reader import read_page
from ocr.readings import PageReading
from ocr.template.loading import TemplateSet
from tests.forms.foreign import FORMS, Tally, page_of

DATA = FORMS / "quexf"
FILLED = "test_filled_1.pdf"
TICKS = {1: ("A1_A", "A1_B", "B1_A", "B1_B", "B1_C", "B3"), 2: ("C1", "C2")}
COMBS = {1: ("B2_A", "B2_B", "B3O", "B4"), 2: ("C1O",)}


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    if not DATA.is_dir():
        pytest.skip("shared/data/forms/quexf is not beside this checkout")
    loaded: dict[str, Any] = json.loads((DATA / "ground_truth_dev.json").read_text())[FILLED]
    return loaded


def reading_of(page: int, templates: TemplateSet) -> PageReading:
    return read_page(page_of(DATA / "doc/filled" / FILLED, page), templates)


@pytest.mark.parametrize("page", [1, 2])
def test_crosses_and_the_page_code_are_read_without_a_mistake(
    page: int, truth: dict[str, Any], foreign: Callable[[str], TemplateSet]
) -> None:
    reading = reading_of(page, foreign("quexf"))
    assert reading.template == f"survey-{page}"
    assert (reading["page_code"].value, reading["page_code"].status) == (truth[f"barcode_page{page}"], "ok")
    tally = Tally()
    tally.add(reading, {name: [truth[name]] for name in TICKS[page]})
    assert (tally.wrong, tally.asked) == ([], 0)


def test_a_blackened_box_is_a_cross_taken_back(truth: dict[str, Any], foreign: Callable[[str], TemplateSet]) -> None:
    reading = reading_of(2, foreign("quexf"))["C1"]
    assert reading.value == [truth["C1"]]
    assert reading.notes == tuple(f"withdrawn:{option}" for option in truth["C1_cancelled"])


@pytest.mark.parametrize("page", [1, 2])
def test_handwriting_in_combs_is_never_wrong_and_sure(
    page: int, truth: dict[str, Any], foreign: Callable[[str], TemplateSet]
) -> None:
    reading = reading_of(page, foreign("quexf"))
    for name in COMBS[page]:
        assert reading[name].status != "empty"
        assert reading[name].status != "ok" or reading[name].value == truth[name]
