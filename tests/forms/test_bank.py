"""Real, hand-filled forms of somebody else, read through templates that only say where things are."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ocr.page import Page
from ocr.pages import open_pages
from ocr.reader import read_page
from ocr.readings import Gray, PageReading
from ocr.template.loading import TemplateSet, load_templates

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared/data/forms/bank"
FORMS = ("Page_01.tif", "Page_02.tif", "Page_03.tif")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="shared/data/forms/bank is not beside this checkout")


@pytest.fixture(scope="module")
def templates() -> TemplateSet:
    return load_templates(HERE / "bank")


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / "ground_truth.json").read_text())
    return loaded


def page_of(file: str) -> Page:
    page = next(open_pages(DATA / file))
    assert isinstance(page, Page)
    return page


def assert_marks_agree(reading: PageReading, expected: dict[str, Any]) -> None:
    assert reading.registered, reading.reason
    assert reading["barcode_ean13"].value == expected["barcode_ean13"]
    ticks = {name: (reading[name].value, reading[name].status) for name in expected["ticks"]}
    assert ticks == {name: (value, "ok" if value else "empty") for name, value in expected["ticks"].items()}
    signed = {name: reading[f"signature.{name}"].value for name in expected["signature_present"]}
    assert signed == expected["signature_present"]


@pytest.mark.parametrize("file", FORMS)
def test_code_ticks_and_signatures_of_a_real_form_are_right(
    file: str, templates: TemplateSet, truth: dict[str, Any]
) -> None:
    assert_marks_agree(read_page(page_of(file), templates), truth[file])


@pytest.mark.parametrize("file", FORMS)
def test_handwriting_is_told_from_blank_and_what_is_sure_is_right(
    file: str, templates: TemplateSet, truth: dict[str, Any]
) -> None:
    reading = read_page(page_of(file), templates)
    expected = truth[file]["fields"]
    assert {name for name in expected if reading[name].status == "empty"} == {
        n for n, text in expected.items() if not text
    }
    sure = {name: reading[name].value for name in expected if reading[name].status == "ok"}
    assert sure == {name: expected[name] for name in sure}


def test_most_handprint_of_the_real_forms_is_read_exactly(templates: TemplateSet, truth: dict[str, Any]) -> None:
    exact = [
        reading[name].value == text
        for file in FORMS
        for reading in [read_page(page_of(file), templates)]
        for name, text in truth[file]["fields"].items()
        if text
    ]
    assert sum(exact) / len(exact) >= 0.75


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="the extra freehand is not installed")
def test_with_another_reader_nine_in_ten_fields_are_read_exactly(templates: TemplateSet, truth: dict[str, Any]) -> None:
    exact = [
        reading[name].value == text
        for file in FORMS
        for reading in [read_page(page_of(file), templates)]
        for name, text in truth[file]["fields"].items()
        if text
    ]
    assert sum(exact) / len(exact) >= 0.9


def test_a_stamp_counts_as_ink(templates: TemplateSet) -> None:
    assert read_page(page_of("Page_01.tif"), templates)["stamp_present"].value is True


def test_a_page_of_another_form_is_refused_with_a_reason(templates: TemplateSet) -> None:
    reading = read_page(page_of("Page_04.tif"), templates)
    assert not reading.registered
    assert reading.reason


def half_turned(image: Gray) -> Gray:
    return np.ascontiguousarray(np.rot90(image, 2))


def lying(image: Gray) -> Gray:
    return np.ascontiguousarray(np.rot90(image))


def standing_on_its_side(image: Gray) -> Gray:
    return np.ascontiguousarray(np.rot90(image, 3))


def skewed(image: Gray) -> Gray:
    rows, columns = image.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), 1.5, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (columns, rows), borderValue=255), dtype=np.uint8)


def at_200_dpi(image: Gray) -> Gray:
    return np.asarray(cv2.resize(image, None, fx=2 / 3, fy=2 / 3, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def shifted(image: Gray) -> Gray:
    return np.pad(image[60:, 40:], ((0, 60), (0, 40)), constant_values=255)


@pytest.mark.parametrize("scanned", [half_turned, lying, standing_on_its_side, skewed, at_200_dpi, shifted])
@pytest.mark.parametrize("file", FORMS)
def test_however_it_was_fed_the_form_reads_the_same(
    file: str, scanned: Callable[[Gray], Gray], templates: TemplateSet, truth: dict[str, Any]
) -> None:
    page = page_of(file)
    assert_marks_agree(read_page(Page(file, 1, scanned(page.image)), templates), truth[file])
