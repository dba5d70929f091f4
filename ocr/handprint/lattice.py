"""What a row of cells can say: each cell's probabilities against what the field can hold, alternatives included."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import BLANK, CHARACTERS, DIGITS, INDEX, STRUCK
from ocr.handprint.net import Probabilities
from ocr.readings import Alternative

_LEAST = 1e-7
_AS_GOOD_AS_NONE = 0.002
"""Probability that texts not looked at may have together."""
_FARTHEST = 11.5
"""Log of how much less probable than the best a path or a character may be to be followed."""
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
    lattice: Lattice, holds: Holds, count: int = 5, tried: int = 120, outside: float = 0.02
) -> tuple[Alternative, ...]:
    """The most probable texts among the `tried` best for which `holds` is true.

    `outside` is how often people write what does not hold: an impossible text keeps that share of its probability.
    """
    texts = _merged(_paths(lattice, tried), tried)
    unseen, sure, possible = sum(p for _, p in texts), 0.0, list[Alternative]()
    whole = outside
    for text, p in texts:
        if unseen <= _AS_GOOD_AS_NONE * whole:
            break
        unseen -= p
        if holds(text):
            possible.append((text, p))
            sure += p
            whole = (1 - outside) * sure + outside * max(1 - sure, 0.0)
    return tuple((text, (1 - outside) * p / whole) for text, p in possible[:count])


def _paths(lattice: Lattice, count: int) -> list[tuple[str, float]]:
    """Beam search: exact for independent cells as long as the beam holds `count` paths."""
    logs = lattice.logs
    logs[:, STRUCK] = -np.inf
    likely = logs > np.maximum(logs.max(axis=1, keepdims=True) - _FARTHEST, -_FARTHEST)
    paths = [(0.0, "")]
    for row, held in zip(logs, likely, strict=True):
        ends = [(float(row[index]), _text(index)) for index in np.flatnonzero(held).tolist()]
        if not ends:
            return []
        if len(ends) == 1:
            ((more, end),) = ends
            paths = [(score + more, text + end) for score, text in paths]
            continue
        least = max(score for score, _ in paths) + max(more for more, _ in ends) - _FARTHEST
        grown = [(score + more, text + end) for score, text in paths for more, end in ends if score + more > least]
        paths = grown if len(grown) <= count else heapq.nlargest(count, grown)
    return [(text, math.exp(score)) for score, text in paths]


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
