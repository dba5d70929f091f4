"""What a person says of a page stands in the place of the search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.by_hand import METHOD, find, mended
from ocr.locate import Located, locate
from ocr.page import ByHand, Page, Placed, Turn
from ocr.pages import open_pages
from ocr.reader import read_page
from ocr.registration.geometry import Points, apply
from ocr.registration.result import NotRegistered
from ocr.template.loading import TemplateSet, load_templates
from ocr.template.model import Template

ROOT = Path(__file__).parents[2]
NAME = "retention-offer"


@pytest.fixture(scope="module")
def templates() -> TemplateSet:
    return load_templates(ROOT / "templates")


@pytest.fixture(scope="module")
def page() -> Page:
    (opened,) = open_pages(ROOT / "samples/scans/paper/0014-retention-offer.png")
    assert isinstance(opened, Page)
    return opened


@pytest.fixture(scope="module")
def found(page: Page, templates: TemplateSet) -> Located:
    located = locate(page, templates)
    assert isinstance(located, Located)
    return located


def placed(points: Points, px: Points, turn: Turn = 0, name: str = NAME) -> Placed:
    mm, seen = ([(float(x), float(y)) for x, y in each] for each in (points, px))
    return Placed(name, tuple(mm), tuple(seen), turn)  # type: ignore[arg-type]


def corners(found: Located) -> Points:
    width, height = found.template.page.mm
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def covered(page: Page) -> Page:
    """The page with its margins pasted over, so that no marker is seen."""
    image = page.image.copy()
    rows, columns = image.shape
    cv2.rectangle(image, (0, 0), (columns, rows), 255, round(0.19 * columns))
    return replace(page, image=image)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_four_points_are_enough_however_the_page_is_turned_later(
    page: Page, found: Located, templates: TemplateSet, turn: Turn
) -> None:
    lost = covered(page)
    assert isinstance(find(lost, templates), NotRegistered)
    mm = corners(found)
    said = ByHand(turn=turn, placed=placed(mm, apply(found.registration.matrix, mm)))
    located = find(mended(lost, said), templates)
    assert isinstance(located, Located)
    assert (located.registration.method, np.isnan(located.registration.residual_mm)) == (METHOD, True)
    assert located.registration.rotation == (found.registration.rotation + turn) % 360
    for field in ("offer", "signature"):
        before = read_page(page, templates)[field].value
        assert read_page(mended(lost, said), templates)[field].value == before


def test_points_set_on_a_turned_page_hold_on_the_page_as_scanned(
    page: Page, found: Located, templates: TemplateSet
) -> None:
    mm = corners(found)
    upright = apply(found.registration.matrix, mm)
    columns = page.image.shape[1]
    # a quarter left: x becomes y, and y is counted from the other edge
    left = np.column_stack([upright[:, 1], columns - 1 - upright[:, 0]])
    located = find(mended(page, ByHand(placed=placed(mm, left, 270))), templates)
    assert isinstance(located, Located)
    assert np.allclose(apply(located.registration.matrix, mm), upright, atol=0.5)


def test_any_four_spots_of_the_form_do(page: Page, found: Located, templates: TemplateSet) -> None:
    spots = np.array([[30.0, 60.0], [150.0, 70.0], [160.0, 200.0], [40.0, 220.0]])
    said = ByHand(placed=placed(spots, apply(found.registration.matrix, spots)))
    located = find(mended(page, said), templates)
    assert isinstance(located, Located)
    near = apply(located.registration.matrix, corners(found)) - apply(found.registration.matrix, corners(found))
    assert np.abs(near).max() < 8


def test_points_that_cannot_be_the_form_are_refused_with_a_reason(
    page: Page, found: Located, templates: TemplateSet
) -> None:
    mm = corners(found)
    mirrored = apply(found.registration.matrix, mm)[[1, 0, 3, 2]]
    refused = find(mended(page, ByHand(placed=placed(mm, mirrored))), templates)
    assert isinstance(refused, NotRegistered) and "mirrored" in refused.reason
    unknown = find(mended(page, ByHand(placed=placed(mm, mm, name="gone"))), templates)
    assert isinstance(unknown, NotRegistered) and "gone" in unknown.reason


def test_a_typed_reference_stands_in_the_place_of_what_is_printed_and_names_the_form(
    page: Page, templates: TemplateSet
) -> None:
    typed = "RF1.RET1.C26A.S000001.AAAAAAAAAAAAAAAA"
    reading = read_page(mended(page, ByHand(code=typed)), templates)["reference"]
    assert (reading.value, reading.status, reading.reader, reading.notes) == (typed, "ok", "person", ("typed",))
    refused = find(mended(page, ByHand(code="RF1.FBK1")), templates)
    assert isinstance(refused, NotRegistered), "the feedback card is looked for, and it is none"


def test_a_form_that_looks_the_same_upside_down_is_read_when_a_person_says_how_it_stands(tmp_path: Path) -> None:
    squares = [[10, 10, 8, 8], [192, 10, 8, 8], [10, 279, 8, 8], [192, 279, 8, 8]]
    design = {
        "name": "same", "code": "SAME", "title": "Same", "page": {"size": "A4"}, "printable": False,
        "marks": {"method": "squares", "squares": squares},
        "fields": {"wish": {"kind": "tick", "box": [30, 100, 5, 5]}},
    }  # fmt: skip
    alone = TemplateSet(((Template.model_validate(design), tmp_path, "h" * 64),))
    image = np.full((297 * 8, 210 * 8), 255, np.uint8)
    for x, y, w, h in squares:
        cv2.rectangle(image, (8 * x, 8 * y), (8 * (x + w), 8 * (y + h)), 0, -1)
    for x, y in ((30, 100), (210 - 35, 297 - 105)):
        cv2.rectangle(image, (8 * x, 8 * y), (8 * (x + 5), 8 * (y + 5)), 0, 2)
    scan = Page("same.png", 1, image)
    assert isinstance(find(scan, alone), NotRegistered)
    for turn in (0, 180):
        located = find(mended(scan, ByHand(turn=turn)), alone)  # type: ignore[arg-type]
        assert isinstance(located, Located)
        assert located.registration.rotation == 0


def test_what_nobody_can_know_of_a_place_by_hand_is_not_told(
    page: Page, found: Located, templates: TemplateSet
) -> None:
    mm = corners(found)
    said = ByHand(placed=placed(mm, apply(found.registration.matrix, mm)))
    told = read_page(mended(page, said), templates).as_json()
    assert (told["registered"], told["method"], told["residual_mm"]) == (True, METHOD, None)
