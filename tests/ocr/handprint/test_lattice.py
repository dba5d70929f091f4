"""Rows of doubtful cells become values: alternatives in order, rules heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.handprint.classes import BLANK, CLASSES, DIGITS, INDEX, STRUCK, UPPER
from ocr.handprint.lattice import Lattice, best, best_that, luhn
from tests.ocr.handprint.certain import certain


def lattice(*cells: dict[str, float]) -> Lattice:
    rows = np.zeros((len(cells), CLASSES), np.float32)
    for row, cell in zip(rows, cells, strict=True):
        for character, p in cell.items():
            row[{" ": BLANK, "#": STRUCK}.get(character, INDEX.get(character, 0))] = p
    return Lattice(rows)


@given(st.text(alphabet=DIGITS + UPPER, min_size=1, max_size=12))
def test_a_text_beyond_doubt_reads_as_itself(text: str) -> None:
    (first, probability), *_ = best(certain(text, 14))
    assert first == text
    assert probability == pytest.approx(1.0, abs=1e-3)


def test_alternatives_come_in_the_order_of_their_probabilities() -> None:
    found = best(lattice({"1": 0.6, "7": 0.4}, {"0": 0.7, "6": 0.3}))
    assert [text for text, _ in found] == ["10", "70", "16", "76"]
    assert [p for _, p in found] == pytest.approx([0.42, 0.28, 0.18, 0.12], abs=1e-4)


def test_blanks_inside_are_spaces_and_at_the_ends_nothing() -> None:
    assert best(lattice({" ": 1.0}, {"A": 1.0}, {" ": 1.0}, {"B": 1.0}, {" ": 1.0}))[0][0] == "A B"


def test_a_struck_cell_makes_every_text_improbable_and_says_so() -> None:
    doubtful = lattice({"1": 1.0}, {"2": 0.1, "#": 0.9})
    assert best(doubtful)[0] == ("12", pytest.approx(0.1, abs=1e-3))
    assert doubtful.struck == pytest.approx(0.9)


def test_a_check_digit_decides_between_two_readings() -> None:
    right = next(f"7992739871{d}" for d in DIGITS if luhn(f"7992739871{d}"))
    cells = lattice(*({c: 1.0} for c in right[:4]), {right[4]: 0.4, "1": 0.6}, *({c: 1.0} for c in right[5:]))
    assert best(cells)[0][0] != right
    assert best_that(cells, luhn)[0][0] == right


def test_nothing_is_tried_once_the_rest_cannot_matter() -> None:
    tried = []

    def holds(text: str) -> bool:
        tried.append(text)
        return True

    cells = lattice(*({c: 0.9999, "7": 0.0001} for c in "1234"))
    assert best_that(cells, holds)[0][0] == "1234"
    assert tried == ["1234"]
