"""A printed frame is no writing, wherever on a field's edge it lies; what is written stays."""

from __future__ import annotations

import pytest

from ocr.fields.handwriting import read_handwriting
from ocr.fields.handwritten import prepare_handwriting
from ocr.fields.writing import prepare
from ocr.template.model import HandprintField, TextField

BOX = (10.0, 10.0, 90.0, 8.0)
WRITTEN = HandprintField(kind="handprint", box=BOX, charset="digits")
TYPED = TextField(kind="text", box=BOX)


@pytest.fixture(params=[200, 300])
def sheet(paper, request):
    return paper((120, 60), request.param)


def framed(sheet, inset, width=0.35, sides="tblr"):
    x, y, w, h = BOX[0] + inset, BOX[1] + inset, BOX[2] - 2 * inset, BOX[3] - 2 * inset
    lines = {
        "t": ((x, y), (x + w, y)), "b": ((x, y + h), (x + w, y + h)),
        "l": ((x, y), (x, y + h)), "r": ((x + w, y), (x + w, y + h)),
    }  # fmt: skip
    for side in sides:
        sheet.line(*lines[side], width=width)
    return sheet


def read(sheet):
    return read_handwriting([prepare_handwriting("f", WRITTEN, "SE", sheet.image, sheet.matrix)])[0]


@pytest.mark.parametrize("inset", [-0.6, -0.3, 0.0, 0.3])
def test_an_empty_frame_is_an_empty_field(sheet, inset) -> None:
    framed(sheet, inset)
    assert read(sheet).status == "empty"
    assert prepare("f", TYPED, sheet.image, sheet.matrix).empty


@pytest.mark.parametrize("inset", [-0.6, 0.0])
def test_a_frame_does_not_change_what_is_read(sheet, inset) -> None:
    def ones(paper):
        for x in range(20, 60, 8):
            paper.line((x, 11.5), (x, 16.5), width=0.5)
        return read(paper).value

    bare = ones(sheet)
    assert bare == "11111"
    assert ones(framed(sheet, inset)) == bare


def test_a_stroke_at_the_end_of_a_writing_line_is_kept(sheet) -> None:
    framed(sheet, 0.0, sides="b").line((10.5, 11.5), (10.5, 17.5), width=0.5)
    assert read(sheet).status != "empty"
