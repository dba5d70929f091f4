"""Typed writing in fields that are made for hands: its letters stand on one line, and Tesseract reads it as well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import BLANK, CHARACTERS, INDEX
from ocr.handprint.net import Probabilities
from ocr.template.model import Charset

_NEAR_PX = 2
"""At 12 px/mm. Nine of ten typed letters end within it of their line, four of ten written by hand."""
_ON_LINE, _OF_ONE_HEIGHT, _LEAST = 0.7, 0.6, 3
_MIXED = ("email", "text")
_NET, _OTHER = 0.5, 0.01
"""The net has learnt from hands: its word counts by half (an exponent); and how often Tesseract errs in a letter."""
_SKIPPED, _UNLIKE = 4.0, 0.002
"""Cost (a log) of a cell that Tesseract left out or of a letter that it made up; how little a letter is like a cell."""
_LEAST_P = 1e-6
_STOPS = {".": 0.7, "-": 0.2, "_": 0.1}
"""What stands in a cell of a typed address that looks empty: a full stop is smaller than a hand's."""


def is_typed(tops: Sequence[int], bottoms: Sequence[int], charset: Charset) -> bool:
    """Whether letters whose ink reaches between these rows (px at 12 px/mm) stand on one line as no hand lets them.

    Digits and capitals are of one height as well; small letters are not.
    """
    if len(bottoms) < _LEAST or _level(bottoms) < _ON_LINE:
        return False
    return charset in _MIXED or _level(tops) >= _OF_ONE_HEIGHT


def _level(rows: Sequence[int]) -> float:
    """The share of the rows that are (nearly) the same."""
    found = np.array(rows)
    return float((np.abs(found - np.median(found)) <= _NEAR_PX).mean())


def joined(cells: Probabilities, text: str) -> Probabilities:
    """What the net and Tesseract together say of the `cells` (n, CLASSES); `text` is Tesseract's."""
    written = np.flatnonzero(cells[:, BLANK] < 1)
    if not len(written):
        return cells
    weighed, letters = cells.copy(), _aligned(cells[written], text.replace(" ", ""))
    last = max((n for n, letter in enumerate(letters) if letter is not None), default=len(letters))
    for n, (cell, character) in enumerate(zip(written, letters, strict=True)):
        if n > last:
            # what a fold or dirt has left behind the writing
            weighed[cell] = np.arange(cells.shape[1]) == BLANK
            continue
        weighed[cell] = np.maximum(cells[cell], _LEAST_P * (cells[cell] > 0)) ** _NET
        if character is not None:
            weighed[cell] *= np.where(np.arange(cells.shape[1]) == INDEX[character], 1.0, _OTHER)
    return np.asarray(weighed / np.maximum(weighed.sum(axis=1, keepdims=True), 1e-12), dtype=np.float32)


def with_stops(cells: Probabilities) -> Probabilities:
    """A mail address in a comb, where an empty cell between others has a mark too small for a hand's."""
    found = np.flatnonzero(cells[:, BLANK] < 1)
    filled = cells.copy()
    for cell in set(range(found[0], found[-1])) - set(found.tolist()) if len(found) else ():
        filled[cell] = 0.0
        filled[cell, [INDEX[character] for character in _STOPS]] = list(_STOPS.values())
    return filled


def _aligned(cells: Probabilities, text: str) -> list[str | None]:
    """Tesseract's character for each cell (edit distance weighed by the net), or None where it has none."""
    letters = [character for character in text if character in INDEX]
    logs = np.log(np.maximum(cells[:, : len(CHARACTERS)], _UNLIKE)).astype(np.float64)
    costs = -logs[:, [INDEX[character] for character in letters]]
    rows, columns = costs.shape
    total: NDArray[np.float64] = np.full((rows + 1, columns + 1), np.inf)
    total[0], total[:, 0] = np.arange(columns + 1) * _SKIPPED, np.arange(rows + 1) * _SKIPPED
    for i in range(rows):
        for j in range(columns):
            total[i + 1, j + 1] = min(total[i, j] + costs[i, j], total[i, j + 1] + _SKIPPED, total[i + 1, j] + _SKIPPED)
    found: list[str | None] = [None] * rows
    i, j = rows, columns
    while i and j:
        if total[i, j] == total[i - 1, j - 1] + costs[i - 1, j - 1]:
            i, j = i - 1, j - 1
            found[i] = letters[j]
        elif total[i, j] == total[i - 1, j] + _SKIPPED:
            i -= 1
        else:
            j -= 1
    return found
