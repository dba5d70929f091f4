"""What a row of cells can say: each cell's probabilities against what the field can hold, alternatives included."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import BLANK, CHARACTERS, DIGITS, INDEX, STRUCK
from ocr.handprint.net import Probabilities
from ocr.readings import Alternative

_LEAST = 1e-7
Holds = Callable[[str], bool]
"""Whether a whole value is possible: a date that exists, a number whose check digit fits."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """The probabilities of a field's cells, (cells, CLASSES), each row summing to 1; values begin at the left."""

    cells: Probabilities

    @property
    def logs(self) -> NDArray[np.float64]:
        return np.log(np.maximum(self.cells, _LEAST).astype(np.float64))

    @property
    def struck(self) -> float:
        """Probability of the likeliest struck-out or overwritten cell."""
        return float(self.cells[:, STRUCK].max())


def best(lattice: Lattice, count: int = 5) -> tuple[Alternative, ...]:
    """The `count` most probable texts with the probabilities that the whole text is right.

    A blank inside is a space, blanks at the ends are nothing; a struck cell has no character and counts against
    every text.
    """
    return _merged(_paths(lattice, 4 * count), count)


def best_that(
    lattice: Lattice, holds: Holds, count: int = 5, tried: int = 400, outside: float = 0.02
) -> tuple[Alternative, ...]:
    """The most probable texts among the `tried` best for which `holds` is true.

    `outside` is how often people write what does not hold: an impossible text keeps that share of its probability.
    """
    possible = [(text, p) for text, p in _merged(_paths(lattice, tried), tried) if holds(text)]
    sure = sum(p for _, p in possible)
    whole = (1 - outside) * sure + outside * max(1 - sure, 0.0)
    return tuple((text, (1 - outside) * p / whole) for text, p in possible[:count])


def _paths(lattice: Lattice, count: int) -> list[tuple[str, float]]:
    """Beam search: exact for independent cells as long as the beam holds `count` paths."""
    texts, scores = [""], np.zeros(1)
    for row in lattice.logs:
        top = np.argsort(-row)[:12]
        likely = top[(row[top] > -14) & (top != STRUCK)]
        if not len(likely):
            return []
        ends = [_text(index) for index in likely.tolist()]
        grown = (scores[:, None] + row[likely]).ravel()
        best = np.argsort(-grown, kind="stable")[:count]
        texts = [texts[at // len(ends)] + ends[at % len(ends)] for at in best.tolist()]
        scores = grown[best]
    return [(text, float(np.exp(p))) for text, p in zip(texts, scores, strict=True)]


def _text(index: int) -> str:
    return " " if index == BLANK else CHARACTERS[index]


def _merged(paths: Iterable[tuple[str, float]], count: int) -> tuple[Alternative, ...]:
    totals: dict[str, float] = {}
    for text, p in paths:
        totals[text.strip()] = totals.get(text.strip(), 0.0) + p
    return tuple(heapq.nlargest(count, totals.items(), key=lambda pair: pair[1]))


def likelihoods(lattice: Lattice, texts: Sequence[str]) -> NDArray[np.float64]:
    """The net's probability of each text, (n,), as a log; -inf for one that cannot stand in the cells.

    A text begins in the first cell that is not blank.
    """
    count = len(lattice.cells)
    first = int(np.argmax(lattice.cells[:, BLANK] < 0.5))
    fitting = [
        first + len(text) <= count and all(character in INDEX or character == " " for character in text)
        for text in texts
    ]
    indexes = np.full((len(texts), count), BLANK, np.intp)
    for row, text, fits in zip(indexes, texts, fitting, strict=True):
        if fits:
            row[first : first + len(text)] = [INDEX.get(character, BLANK) for character in text]
    return np.asarray(np.where(fitting, lattice.logs[np.arange(count), indexes].sum(axis=1), -np.inf), dtype=np.float64)


def luhn(text: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812 (customer numbers, Swedish birth numbers)."""
    if not text or any(character not in DIGITS for character in text):
        return False
    doubled = [int(c) * (1 + at % 2) for at, c in enumerate(reversed(text))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
