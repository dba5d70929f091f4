"""Characters that look alike are told apart by the word they stand in."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.handprint.classes import BLANK, CLASSES, INDEX
from ocr.handprint.lattice import Lattice, best
from ocr.handprint.words import agreed, in_context, plausible


def read(*cells: dict[str, float]) -> tuple[str, float]:
    rows = np.zeros((len(cells), CLASSES), np.float32)
    for row, cell in zip(rows, cells, strict=True):
        for character, p in cell.items():
            row[BLANK if character == " " else INDEX[character]] = p
    return best(in_context(Lattice(rows)))[0]


ROUND, SPACE = {"0": 0.4, "O": 0.35, "o": 0.25}, {" ": 1.0}


def sure(text: str) -> list[dict[str, float]]:
    return [{c: 0.9, "-": 0.1} for c in text]


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([*sure("L"), ROUND, *sure("ND"), ROUND, *sure("N")], "LONDON"),
        ([*sure("37"), ROUND, ROUND], "3700"),
        ([*sure("St"), ROUND, *sure("ckh"), ROUND, *sure("lm")], "Stockholm"),
        ([*sure("37"), ROUND, ROUND, SPACE, *sure("R"), ROUND, *sure("W")], "3700 ROW"),
    ],
)
def test_a_round_sign_is_what_its_word_makes_it(cells: list[dict[str, float]], text: str) -> None:
    assert read(*cells)[0] == text


def test_a_flat_number_with_its_letter_is_still_read() -> None:
    assert read(*sure("12"), {"B": 0.95, "8": 0.05})[0] == "12B"


def test_context_leaves_probabilities_that_sum_to_one() -> None:
    rows = np.random.default_rng(1).dirichlet(np.ones(CLASSES), 6).astype(np.float32)
    assert in_context(Lattice(rows)).cells.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-4)


@pytest.mark.parametrize(
    ("usual", "odd"), [("USA", "4SA"), ("12 B", "1Z B3"), ("44B", "4B4"), ("Åsa-Lena", "Ås4-Lena")]
)
def test_words_that_mix_digits_and_letters_are_held_for_misread(usual: str, odd: str) -> None:
    assert plausible(usual) == 1.0
    assert plausible(odd) < 0.1


def letters(*cells: dict[str, float]) -> Lattice:
    rows = np.zeros((len(cells), CLASSES), np.float32)
    for row, cell in zip(rows, cells, strict=True):
        for character, p in cell.items():
            row[INDEX[character]] = p
    return Lattice(rows)


def test_what_both_readers_say_wins_over_what_each_says_first() -> None:
    cells, lines = (("HSA", 0.5), ("USA", 0.4)), (("4SA", 0.5), ("USA", 0.4))
    text, p = agreed(cells, letters({"H": 0.5, "U": 0.4}, {"S": 1}, {"A": 1}), lines)[0]
    assert text == "USA"
    assert p > 0.5


def test_marks_and_spaces_are_as_the_cells_say() -> None:
    cells, lines = (("37 MAIN ST.", 0.9), ("37 MAIN ST", 0.05)), (("37MAIN ST", 0.9),)
    assert agreed(cells, letters(*sure("37MAINST")), lines)[0][0] == "37 MAIN ST."


def test_a_text_that_only_the_line_reader_names_is_weighed_by_the_cells_and_takes_their_marks() -> None:
    cells, lines = (("4BC CORP.", 0.5),), (("ABC CORP", 0.9), ("4BC CORP", 0.01))
    seen = letters({"4": 0.6, "A": 0.3}, *sure("BCCORP"))
    assert agreed(cells, seen, lines)[0][0] == "ABC CORP."


def test_round_signs_stay_what_the_word_makes_them_however_the_line_was_read() -> None:
    cells, lines = (("3700 ROW", 0.6),), (("37OO R0W", 0.8),)
    assert agreed(cells, letters(*sure("37"), ROUND, ROUND, *sure("R"), ROUND, *sure("W")), lines)[0][0] == "3700 ROW"


def test_readers_of_different_lengths_leave_each_text_doubtful() -> None:
    assert agreed((("400 CR", 0.9),), letters(*sure("400CR")), (("4000 CR", 0.9),))[0][1] < 0.5


def test_a_field_seldom_ends_with_a_comma() -> None:
    assert read(*sure("ST"), {",": 0.8, ".": 0.2})[0] == "ST."
