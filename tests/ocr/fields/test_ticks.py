"""Tick boxes and groups of them: what a mark means, and what a person must look at."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.fields.marks import read_choice, read_tick_field
from ocr.template.model import ChoiceField, TickField

BOX = (10.0, 10.0, 4.6, 4.6)
SECOND = (10.0, 20.0, 4.6, 4.6)
FIELD = TickField(kind="tick", box=BOX)


def cross(paper, box=BOX, **pen):
    x, y, w, h = box
    return paper.line((x + 0.5, y + 0.5), (x + w - 0.5, y + h - 0.5), **pen).line(
        (x + w - 0.5, y + 0.5), (x + 0.5, y + h - 0.5), **pen
    )


@pytest.fixture(params=[200, 300])
def sheet(paper, request):
    return paper((40, 40), request.param).rect(BOX).rect(SECOND)


def read(sheet):
    return read_tick_field("consent", FIELD, sheet.image, sheet.matrix)


def test_an_empty_box_is_false_and_empty(sheet) -> None:
    reading = read(sheet)
    assert (reading.value, reading.status) == (False, "empty")
    assert reading.confidence > 0.98


@pytest.mark.parametrize(
    "points",
    [[(10.5, 12.5), (12, 14), (15.2, 9)], [(10.5, 14.2), (14.2, 10.4)], [(10.3, 12.3), (14.4, 12.4)]],
    ids=["hook", "slash", "dash"],
)
def test_a_stroke_in_the_box_ticks_it(sheet, points) -> None:
    reading = read(sheet.line(*points))
    assert (reading.value, reading.status) == (True, "ok")


def test_a_cross_ticks_the_box_also_in_pencil(sheet) -> None:
    assert read(cross(sheet)).value is True
    assert read(cross(sheet, gray=170)).status in ("ok", "doubtful")


def test_a_box_filled_over_takes_the_tick_back(sheet) -> None:
    reading = read(sheet.rect((9.8, 9.8, 5.0, 5.0), fill=True))
    assert (reading.value, reading.status, reading.notes) == (False, "empty", ("withdrawn",))


def test_a_dot_asks_a_person(sheet) -> None:
    reading = read(sheet.rect((12.1, 12.1, 0.45, 0.45), fill=True))
    assert reading.status == "doubtful"
    assert reading.confidence <= 0.5


def test_a_stroke_beside_the_box_and_a_neighbours_tail_do_not_count(sheet) -> None:
    reading = read(sheet.line((16, 8), (16, 18)).line((4, 17), (20, 17)).line((14.2, 16.5), (14.9, 14.9)))
    assert (reading.value, reading.status) == (False, "empty")


def test_a_box_printed_half_a_millimetre_off_is_still_empty(paper) -> None:
    sheet = paper((40, 40)).rect((10.5, 9.6, 4.6, 4.6))
    assert read(sheet).status == "empty"


def test_a_dropped_out_box_is_read_where_it_should_be(paper) -> None:
    assert read(paper((40, 40))).status == "empty"
    assert read(cross(paper((40, 40)))).value is True


def group(*, multiple: bool) -> ChoiceField:
    return ChoiceField(kind="choice", multiple=multiple, options={"a": {"box": BOX}, "b": {"box": SECOND}})


def test_one_tick_of_a_single_choice_is_the_answer(sheet) -> None:
    reading = read_choice("offer", group(multiple=False), cross(sheet, SECOND).image, sheet.matrix)
    assert (reading.value, reading.status) == (["b"], "ok")
    assert reading.alternatives[0][0] == "b"


def test_two_ticks_contradict_in_a_single_choice_and_add_up_in_a_multiple_one(sheet) -> None:
    image = cross(cross(sheet), SECOND).image
    single = read_choice("offer", group(multiple=False), image, sheet.matrix)
    assert (single.status, "several" in single.notes) == ("doubtful", True)
    both = read_choice("offer", group(multiple=True), image, sheet.matrix)
    assert (both.value, both.status) == (["a", "b"], "ok")


def test_a_tick_taken_back_leaves_the_other_one_as_the_answer(sheet) -> None:
    image = cross(sheet.rect((9.8, 9.8, 5.0, 5.0), fill=True), SECOND).image
    reading = read_choice("offer", group(multiple=False), image, sheet.matrix)
    assert (reading.value, reading.status, reading.notes) == (["b"], "ok", ("withdrawn:a",))


def test_one_unclear_box_makes_the_group_doubtful(sheet) -> None:
    image = cross(sheet, SECOND).rect((12.1, 12.1, 0.45, 0.45), fill=True).image
    assert read_choice("offer", group(multiple=True), image, sheet.matrix).notes == ("unclear:a",)


def test_nothing_ticked_is_empty_not_doubtful(sheet) -> None:
    reading = read_choice("offer", group(multiple=False), sheet.image, sheet.matrix)
    assert (reading.value, reading.status) == ([], "empty")


def test_circles_are_read_without_their_outline(paper) -> None:
    import cv2

    field = ChoiceField(kind="choice", shape="circle", options={"1": {"box": BOX}, "2": {"box": SECOND}})
    sheet = paper((40, 40))
    for x, y, w, h in (BOX, SECOND):
        middle = (round((x + w / 2) * sheet.scale), round((y + h / 2) * sheet.scale))
        cv2.circle(sheet.image, middle, round(w / 2 * sheet.scale), 50, 4)
    reading = read_choice("score", field, sheet.line((11, 21), (14, 24)).image, sheet.matrix)
    assert (reading.value, reading.status) == (["2"], "ok")


def test_a_box_outside_the_scan_is_empty_paper(paper) -> None:
    sheet = paper((40, 40))
    field = TickField(kind="tick", box=(100, 100, 5, 5))
    assert read_tick_field("x", field, np.ascontiguousarray(sheet.image), sheet.matrix).status == "empty"
