"""Characters that look alike are told apart by the word they stand in."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.handprint.classes import BLANK, CLASSES, INDEX
from ocr.handprint.lattice import Lattice, best
from ocr.handprint.words import in_context, plausible


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
