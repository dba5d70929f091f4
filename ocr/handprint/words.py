"""Context for mixed text: a word is in capitals, capitalised, small, or a number; rarely anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import (
    BLANK,
    DIGITS,
    INDEX,
    LOW,
    LOWER,
    LOWER_ACCENTED,
    PUNCTUATION,
    STRUCK,
    UPPER,
    UPPER_ACCENTED,
    Mask,
    mask_of,
)
from ocr.handprint.lattice import Lattice
from ocr.handprint.net import Probabilities, as_capitals
from ocr.readings import Alternative

_CAPITALS = mask_of(UPPER + UPPER_ACCENTED + ".-'&/")
_SMALL = mask_of(LOWER + LOWER_ACCENTED + ".-'@_")
_NUMBER = mask_of(DIGITS + ".-/+,:()")
_ANY = mask_of(DIGITS + UPPER + UPPER_ACCENTED + LOWER + LOWER_ACCENTED + PUNCTUATION)
_COMMON = np.where(mask_of(PUNCTUATION), 0.2, 1.0).astype(np.float32)
_COMMON[[BLANK, STRUCK]] = 1.0
"""Marks are that much rarer inside words than letters and digits."""
_LAST = np.where(mask_of(LOW) & ~mask_of("."), 0.05, 1.0).astype(np.float32)
_LAST[[BLANK, STRUCK]] = 1.0
"""Of the low marks only the full stop is usual at the end of a field."""
_MIXED = 0.02
_ALIKE = {"0": "0Oo", "1": "1Il"}
"""Shapes that only the word tells apart, by the first of them."""
_SHAPES = str.maketrans({sign: first for first, signs in _ALIKE.items() for sign in signs} | dict.fromkeys(LOW + " "))
_PURE = re.compile(r"[^\W\d_]*[\W_]*[^\W\d_]*[\W_]*|[\d\W]*[^\W\d_]?")
_SMALL_SHAPED = 0.25
"""How usual a capital in the shape of its small letter is beside its own shape."""
_UNSAID, _TOGETHER = 0.004, 0.3
_SHARES = {"capitals": 0.48, "number": 0.28, "capitalised": 0.15, "small": 0.045, "flat": 0.04, "any": 0.005}
"""How often a word on a form is written so; a flat is a house number with its letter."""


def in_context(lattice: Lattice) -> Lattice:
    """The lattice with each word's characters weighed by how the whole word is written.

    This is what tells O from 0 and S from s, which alone look alike. Words end at blank cells.
    """
    cells = lattice.cells.copy()
    cells[-1] *= _LAST
    cells[-1] /= max(float(cells[-1].sum()), 1e-9)
    blank = cells[:, BLANK] > 0.5
    edges = np.flatnonzero(np.diff(np.concatenate([[True], blank, [True]]).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        cells[start:end] = _weighed(cells[start:end])
    return Lattice(cells)


def plausible(text: str) -> float:
    """How usual the text's words are, 0..1: words that mix digits with letters, other than 12B, are rare."""
    return float(np.prod([1.0 if _PURE.fullmatch(word) else _MIXED for word in text.split()]))


def agreed(
    cells: Sequence[Alternative], letters: Lattice, lines: Sequence[Alternative], count: int = 5
) -> tuple[Alternative, ...]:
    """What the readers of characters and of whole lines say together; that is likelier than what either says alone.

    They vote on the shapes of letters and digits: `letters` are the cells that hold those, so that the first reader has
    a say on each text of the second. Spaces, marks, and what is O and what 0, are as the cells' likely texts have them.
    """
    one, other = _by_shapes(cells), _by_shapes(lines)
    for own, ways in other.items():
        if cells and len(own) == len(letters.cells) and all(c in INDEX for c in own):
            likeliest = [_likeliest(_ALIKE.get(c, c), row) for c, row in zip(own, letters.cells, strict=True)]
            signs = [likeliest, *([c for c in text if c not in LOW + " "] for text in ways)]
            one[own] = {_set_as(way, cells[0][0]): _probability(letters, way) for way in signs} | one.get(own, {})
    # they may err together
    neither = _TOGETHER * max(1 - sum(p for _, p in cells), 0.05) * max(1 - sum(p for _, p in lines), 0.05)
    found = [_together(one.get(own, {}), other.get(own, {})) for own in one | other]
    whole = sum(odds for _, odds, _ in found) + neither
    return tuple(sorted(((t, odds / whole * share) for t, odds, share in found), key=lambda pair: -pair[1])[:count])


def _together(one: dict[str, float], other: dict[str, float]) -> tuple[str, float, float]:
    """The likeliest way to set the same letters, the odds of the letters, and the share of this way among all."""
    ways = {text: p * plausible(text) for text, p in (one or other).items()}
    text = max(ways, key=ways.__getitem__)
    odds = (sum(one.values()) + _UNSAID) * (sum(other.values()) + _UNSAID) * plausible(text)
    return text, odds, ways[text] / max(sum(ways.values()), 1e-12)


def _by_shapes(texts: Sequence[Alternative]) -> dict[str, dict[str, float]]:
    """The texts with their probabilities by the shapes of their letters and digits."""
    found = dict[str, dict[str, float]]()
    for text, p in texts:
        found.setdefault(text.translate(_SHAPES), {})[" ".join(text.split())] = p
    return found


def _likeliest(signs: str, row: NDArray[np.float32]) -> str:
    return max(signs, key=lambda sign: float(row[INDEX[sign]]))


def _probability(letters: Lattice, text: Sequence[str]) -> float:
    return float(np.prod(letters.cells[np.arange(len(text)), [INDEX[c] for c in text]], dtype=np.float64))


def _set_as(letters: Sequence[str], model: str) -> str:
    """The letters with the spaces and low marks of `model`, which has as many letters."""
    following = iter(letters)
    return " ".join("".join(c if c in LOW + " " else next(following, "") for c in model).split())


def _weighed(word: Probabilities) -> Probabilities:
    capitals = as_capitals(word, _SMALL_SHAPED)
    styles = {
        name: np.where(masks, (capitals if name == "capitals" else word) * _COMMON, 0.0)
        for name, masks in _styles(len(word)).items()
    }
    evidence = np.array([
        np.log(_SHARES[name]) + np.log(np.maximum(rows.sum(axis=1), 1e-9)).sum() for name, rows in styles.items()
    ])  # fmt: skip
    odds: NDArray[np.float64] = np.exp(evidence - evidence.max())
    mixed = np.zeros(word.shape, np.float64)
    for share, rows in zip(odds / odds.sum(), styles.values(), strict=True):
        mixed += share * rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(mixed / np.maximum(mixed.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)


@cache
def _styles(length: int) -> dict[str, Mask]:
    """Which classes each place of a word of this length can hold, (length, CLASSES), for every way of writing."""
    after = np.arange(length)[:, None] > 0
    return {
        "capitals": np.tile(_CAPITALS, (length, 1)),
        "number": np.tile(_NUMBER, (length, 1)),
        "capitalised": np.where(after, _SMALL, _CAPITALS),
        "small": np.tile(_SMALL, (length, 1)),
        "flat": np.where(np.arange(length)[:, None] < length - 1, _NUMBER, _CAPITALS | _SMALL),
        "any": np.tile(_ANY, (length, 1)),
    }
