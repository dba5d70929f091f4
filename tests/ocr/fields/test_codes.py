"""Code fields: how many copies were read, whether they agree, and whether they belong to this form."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from ocr.codes.finding import FORMATS, find_codes
from ocr.fields.codes import codes_at_places, read_code
from ocr.template.model import CodeField

TWICE = CodeField(kind="code", format="qr", boxes=((10, 10, 22, 22), (70, 10, 22, 22)))

REFERENCE = "RF1.RET1.C26A.S000001.ABCDEFGHIJKLMNOP"


def put(sheet, text, box, kind="qr"):
    drawn = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode(text, FORMATS[kind]), scale=8, add_quiet_zones=False
    )
    x, y, w, h = (round(side * sheet.scale) for side in box)
    sheet.image[y : y + h, x : x + w] = cv2.resize(np.asarray(drawn), (w, h), interpolation=cv2.INTER_AREA)
    return sheet


def read(sheet, field=TWICE):
    found = find_codes(sheet.image, formats=[field.format])
    return read_code("reference", field, sheet.image, sheet.matrix, found)


@pytest.fixture
def sheet(paper):
    return paper((110, 60))


def test_two_copies_that_agree_are_surer_than_one(sheet, paper) -> None:
    both = read(put(put(sheet, "RF1.A", TWICE.boxes[0]), "RF1.A", TWICE.boxes[1]))
    one = read(put(paper((110, 60)), "RF1.A", TWICE.boxes[1]))
    assert (both.value, both.status, both.notes) == ("RF1.A", "ok", ())
    assert (one.value, one.status, one.notes) == ("RF1.A", "ok", ("one_copy",))
    assert both.confidence > one.confidence


def test_copies_that_differ_are_doubtful_with_both_to_choose_from(sheet) -> None:
    reading = read(put(put(sheet, "RF1.A", TWICE.boxes[0]), "RF1.B", TWICE.boxes[1]))
    assert (reading.status, reading.notes) == ("doubtful", ("differ",))
    assert {text for text, _ in reading.alternatives} == {"RF1.A", "RF1.B"}


def test_the_copy_that_a_pen_crossed_is_looked_at_again(sheet) -> None:
    put(put(sheet, "RF1.A", TWICE.boxes[0]), "RF1.A", TWICE.boxes[1])
    sheet.image = cv2.GaussianBlur(sheet.image, (0, 0), 1.5)
    sheet.line((72, 26), (90, 29), width=0.4)
    assert read(sheet).value == "RF1.A"


def test_no_code_is_doubtful_not_silent(sheet) -> None:
    reading = read(sheet)
    assert (reading.value, reading.status, reading.notes) == (None, "doubtful", ("unreadable",))


def test_a_code_elsewhere_on_the_page_is_not_this_fields(paper) -> None:
    sheet = put(paper((110, 120)), "RF1.A", (40, 80, 22, 22))
    assert read(sheet).value is None


def test_the_code_of_another_form_is_not_ok(sheet) -> None:
    field = CodeField(kind="code", format="ean13", content="form", value="6529141677079", boxes=((10, 10, 45, 20),))
    right = read(put(sheet, "6529141677079", (10, 10, 45, 20), "ean13"), field)
    assert (right.status, right.value) == ("ok", "6529141677079")
    wrong = read(put(sheet, "2529141677080", (10, 10, 45, 20), "ean13"), field)
    assert (wrong.status, wrong.value, wrong.notes) == ("invalid", "2529141677080", ("other_form",))


def crossed_out(sheet, box) -> None:
    x, y, w, h = box
    for a, b in ((0.2, 0.8), (0.85, 0.35), (0.55, 0.6)):
        sheet.line((x - 1, y + h * a), (x + w + 1, y + h * b), width=0.4)
        sheet.line((x + w * b, y - 1), (x + w * a, y + h + 1), width=0.4)


def test_both_copies_crossed_out_by_a_pen_are_read_and_agree(sheet) -> None:
    for box in TWICE.boxes:
        put(sheet, REFERENCE, box)
        crossed_out(sheet, box)
    assert find_codes(sheet.image, formats=["qr"]) == ()
    reading = read(sheet)
    assert (reading.value, reading.status, reading.notes) == (REFERENCE, "ok", ())


def test_a_code_read_at_its_place_is_told_where_it_lies_on_the_page(sheet) -> None:
    put(sheet, REFERENCE, TWICE.boxes[0])
    crossed_out(sheet, TWICE.boxes[0])
    (code,) = codes_at_places(sheet.image, sheet.matrix, [TWICE])
    expected = np.array([[10, 10], [32, 10], [32, 32], [10, 32]]) * sheet.scale
    assert np.abs(np.array(code.quad) - expected).max() < 4


def test_a_blotted_code_is_not_guessed(sheet) -> None:
    put(sheet, REFERENCE, TWICE.boxes[0])
    sheet.rect((13, 16, 19, 16), fill=True)
    assert read(sheet).value is None
