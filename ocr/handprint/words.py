"""Context for mixed text: a word is in capitals, capitalised, small, or a number; rarely anything else."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import (
    BLANK,
    DIGITS,
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

_CAPITALS = mask_of(UPPER + UPPER_ACCENTED + ".-'&/")
_SMALL = mask_of(LOWER + LOWER_ACCENTED + ".-'@_")
_NUMBER = mask_of(DIGITS + ".-/+,:()")
_ANY = mask_of(DIGITS + UPPER + UPPER_ACCENTED + LOWER + LOWER_ACCENTED + PUNCTUATION)
_COMMON = np.where(mask_of(PUNCTUATION), 0.2, 1.0).astype(np.float32)
_COMMON[[BLANK, STRUCK]] = 1.0
"""Marks are that much rarer inside words than letters and digits."""
_MIXED = 0.02
_PURE = re.compile(r"[^\W\d_]*[\W_]*[^\W\d_]*[\W_]*|[\d\W]*[^\W\d_]?")
_SMALL_SHAPED = 0.25
"""How usual a capital in the shape of its small letter is beside its own shape."""
_SHARES = {"capitals": 0.48, "number": 0.28, "capitalised": 0.15, "small": 0.045, "flat": 0.04, "any": 0.005}
"""How often a word on a form is written so; a flat is a house number with its letter."""


def in_context(lattice: Lattice) -> Lattice:
    """The lattice with each word's characters weighed by how the whole word is written.

    This is what tells O from 0 and S from s, which alone look alike. Words end at blank cells.
    """
    cells = lattice.cells.copy()
    blank = cells[:, BLANK] > 0.5
    edges = np.flatnonzero(np.diff(np.concatenate([[True], blank, [True]]).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        cells[start:end] = _weighed(cells[start:end])
    return Lattice(cells)


def plausible(text: str) -> float:
    """How usual the text's words are, 0..1: words that mix digits with letters, other than 12B, are rare."""
    return float(np.prod([1.0 if _PURE.fullmatch(word) else _MIXED for word in text.split()]))


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
