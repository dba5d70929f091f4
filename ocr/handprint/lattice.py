"""What a row of cells can say: each cell's probabilities against what the field can hold, alternatives included."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import BLANK, CHARACTERS, CLASSES, DIGITS, INDEX, STRUCK
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


@dataclass(frozen=True, slots=True)
class Known:
    """The values that a field can have, as class indexes padded with blanks (n, cells); `weights` sum to 1."""

    values: tuple[str, ...]
    indexes: NDArray[np.int16]
    weights: NDArray[np.float64]


def known(values: Sequence[str], cells: int, weights: Sequence[float] | None = None) -> Known:
    """Values for a comb of `cells`; those too long or with characters that the net does not know are left out."""
    given = weights if weights is not None else [1.0] * len(values)
    fitting = [
        (value, weight) for value, weight in zip(values, given, strict=True)
        if len(value) <= cells and all(c in INDEX or c == " " for c in value)
    ]  # fmt: skip
    indexes = np.full((len(fitting), cells), BLANK, np.int16)
    for row, (value, _) in zip(indexes, fitting, strict=True):
        row[: len(value)] = [INDEX.get(character, BLANK) for character in value]
    shares = np.array([weight for _, weight in fitting], np.float64)
    return Known(tuple(value for value, _ in fitting), indexes, shares / max(shares.sum(), 1e-12))


def best_of(lattice: Lattice, among: Known, count: int = 5, outside: float = 0.02) -> tuple[Alternative, ...]:
    """The most probable of the known values.

    `outside` is how often people write a value that is not among them: any other text is that much less probable
    than a usual known one, so that the best of a bad lot stays improbable.
    """
    if not among.values:
        return ()
    read = _probability(lattice, among.indexes)
    odds = (1 - outside) * among.weights * read
    usual = float((among.weights**2).sum())
    whole = odds.sum() + outside * usual * max(1 - read.sum(), 0.0)
    top = np.argsort(-odds)[:count]
    return tuple((among.values[i], float(odds[i] / whole)) for i in top)


def agreement(lattice: Lattice, expected: str, prior: float = 0.5) -> float:
    """The probability that the written text is `expected`, which before reading was `prior` (0..1) probable.

    Against it stands every other text; 0 for a value that cannot stand in the comb.
    """
    among = known([expected], len(lattice.cells))
    if not among.values:
        return 0.0
    read = float(_probability(lattice, among.indexes)[0])
    return prior * read / (prior * read + (1 - prior) * (1 - read))


def _probability(lattice: Lattice, indexes: NDArray[np.int16]) -> NDArray[np.float64]:
    """The net's own probability of each value, (n,)."""
    logs = lattice.logs[np.arange(len(lattice.cells)), indexes]
    return np.asarray(np.exp(logs.sum(axis=1)), dtype=np.float64)


def luhn(text: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812 (customer numbers, Swedish birth numbers)."""
    if not text or any(character not in DIGITS for character in text):
        return False
    doubled = [int(c) * (1 + at % 2) for at, c in enumerate(reversed(text))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def certain(text: str, cells: int) -> Lattice:
    """The lattice of a text that is beyond doubt."""
    found = np.zeros((cells, CLASSES), np.float32)
    found[:, BLANK] = 1.0
    for at, character in enumerate(text):
        if character != " ":
            found[at] = 0.0
            found[at, INDEX[character]] = 1.0
    return Lattice(found)
