"""Typed writing in fields that are made for hands."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.fields.handwriting import read_handwriting
from ocr.fields.handwritten import prepare_handwriting
from ocr.fields.typed import is_typed, joined, with_stops
from ocr.handprint.classes import BLANK, CLASSES, INDEX
from ocr.handprint.lattice import Lattice, best
from ocr.readings import Reading
from ocr.template.model import CombField, HandprintField

FACE = "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf"


def comb(sheet, text: str, charset: str, cells: int) -> Reading:
    """A comb with `text` typed into its cells, as it is read."""
    field = CombField(kind="comb", box=(10, 10, 6.0 * cells, 8), cells=cells, charset=charset)
    sheet.rect(field.box, width=0.25)
    for cell in range(1, cells):
        sheet.line((10 + 6 * cell, 10), (10 + 6 * cell, 18), width=0.25)
    for cell, character in enumerate(text):
        sheet.type(character, 11.8 + 6 * cell, 14)
    (reading,) = read_handwriting([prepare_handwriting("field", field, "SE", sheet.image, sheet.matrix)])
    return reading


@pytest.mark.parametrize(
    ("text", "charset", "cells"),
    [
        ("4711093825", "digits", 12), ("BERGSTRÖM", "upper", 14), ("HJÄLMAR", "upper", 12),
        ("nils.ryden@telia.com", "email", 24),
    ],
)  # fmt: skip
def test_typed_cells_are_read(paper, text: str, charset: str, cells: int) -> None:
    assert comb(paper((30 + 6 * cells, 30)), text, charset, cells).value == text


def test_a_typed_line_without_cells_is_read(paper) -> None:
    for text, charset in (("Östra Ågatan 12", "text"), ("anna.berg@example.org", "email")):
        sheet = paper((120, 30)).type(text, 12, 14)
        field = HandprintField(kind="handprint", box=(10, 10, 90, 8), charset=charset)
        (reading,) = read_handwriting([prepare_handwriting("field", field, "SE", sheet.image, sheet.matrix)])
        assert reading.value == text


def test_letters_on_one_line_are_typed_and_a_hands_are_not() -> None:
    assert is_typed([20] * 6, [60, 60, 61, 60, 59, 60], "digits")
    assert not is_typed([20] * 6, [60, 52, 66, 57, 71, 63], "digits")


def test_digits_of_unequal_height_are_a_hands_though_they_stand_on_a_line() -> None:
    tops = [20, 31, 12, 26, 17, 35]
    assert not is_typed(tops, [60] * 6, "digits")
    assert is_typed(tops, [60] * 6, "email")


def test_two_letters_are_too_few_to_tell() -> None:
    assert not is_typed([20, 20], [60, 60], "digits")
    assert not is_typed([], [], "text")


def cells_of(*rows: dict[str, float]) -> np.ndarray:
    found = np.zeros((len(rows), CLASSES), np.float32)
    for row, chances in zip(found, rows, strict=True):
        row[BLANK] = 1.0 - sum(chances.values())
        for character, chance in chances.items():
            row[INDEX[character]] = chance
    return found


def said(cells: np.ndarray) -> str:
    return best(Lattice(cells))[0][0]


def test_the_other_reader_decides_where_the_net_is_unsure_and_not_where_it_is_sure() -> None:
    cells = cells_of({"E": 0.4, "B": 0.59}, {"Q": 0.99999, "O": 0.00001})
    assert said(joined(cells, "EO")) == "EQ"


def test_a_letter_made_up_or_left_out_shifts_no_other() -> None:
    cells = cells_of(*({character: 0.7, "0": 0.29} for character in "ABCDE"))
    assert said(joined(cells, "AABCDE")) == "ABCDE"
    assert said(joined(cells, "ABDE")) == "ABCDE"


def test_what_lies_behind_the_typed_word_is_no_character() -> None:
    cells = cells_of({"A": 0.99}, {"B": 0.99}, {"-": 0.6, ".": 0.39})
    assert said(joined(cells, "AB")) == "AB"


def test_a_stop_too_small_for_ink_is_put_between_the_letters_of_an_address() -> None:
    cells = with_stops(cells_of({"a": 0.99}, {}, {"b": 0.99}, {}))
    assert said(joined(cells, "a.b")) == "a.b"


def test_nothing_written_stays_nothing() -> None:
    assert said(joined(with_stops(cells_of({}, {})), "")) == ""
