"""More real capitals: the letters of whole names, cut apart and laid against the names' labels by an earlier net."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import INDEX, LOWER, UPPER, mask_of
from ocr.handprint.net import as_capitals, classify
from ocr.handprint.spaced import Character, cut_line
from training.glyphs import Glyph, boxed
from training.lines import Line, names

_PX_PER_MM = 8.0
_HEIGHT = 72
_UNLIKELY = -2.5
"""Mean log probability of the labels' letters below which the letters are taken to be cut wrongly."""
_WRONG = -3.5


def letters_of_names(folder: Path) -> list[Glyph]:
    """Letters of the names in `folder` (shared/data/handprint/name_fields), by the committed cell net."""
    return [glyph for number, line in enumerate(names(folder)) for glyph in _letters(line, number)]


def _letters(line: Line, number: int) -> list[Glyph]:
    scale = _HEIGHT / line.gray.shape[0]
    size = (round(line.gray.shape[1] * scale), _HEIGHT)
    gray = np.asarray(cv2.resize(line.gray, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    found, text = cut_line(gray, _PX_PER_MM), line.text.replace(" ", "").replace("-", "")
    if len(found) < len(text) or any(character not in UPPER for character in text):
        return []
    return [
        Glyph(boxed(character.picture), label, "name_letters", f"{number}", line.part)
        for character, label in _aligned(found, text)
        if min(boxed(character.picture).shape) > 1
    ]


def _aligned(found: tuple[Character, ...], text: str) -> list[tuple[Character, str]]:
    """The stretch of characters that says `text` best, if it says it well: print stands before, dirt behind."""
    rows = as_capitals(classify(np.stack([c.picture for c in found]), mask_of(UPPER + LOWER)))
    logs: NDArray[np.float64] = np.log(np.maximum(rows[:, [INDEX[c] for c in text]], 1e-6)).astype(np.float64)
    starts = range(len(found) - len(text) + 1)
    scores = [float(np.diagonal(logs[start:]).mean()) for start in starts]
    start = int(np.argmax(scores))
    if scores[start] < _UNLIKELY:
        return []
    fits = np.diagonal(logs[start:])
    return [(found[start + at], label) for at, label in enumerate(text) if fits[at] > _WRONG]
