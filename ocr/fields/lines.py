"""Lines of print made ready for a recogniser: black on pure white, one picture a line, letters of one size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.fields.crops import PX_PER_MM, Mask, Shares, without_specks
from ocr.handprint.cells import quantile
from ocr.pieces import pieces
from ocr.readings import Gray

_DOT_MM = 0.25
_DOT_SHARE = 0.28
"""Side of the smallest dot or accent, where it has this share of the darkness of the ink around it."""
_LETTER_PX = (24, 44)
"""Heights of capitals that need no scaling; others are brought to the middle."""
_LEAST_LINE_MM = 0.9
_ABOVE_MM, _BELOW_MM = 1.2, 0.6
"""How far dots and commas stand from the letters of their line."""
_WHITE_PX = 14
_AROUND_PX = 20
"""Beside the writing nothing of it is drawn."""
_HEIGHT_PX, _NARROWED = 48, 0.85
"""Tesseract's time goes with the width: so narrow it reads as well in three quarters of the time."""
_BLACK = 140
_DOT_AT_MOST, _LETTER_AT_MOST = 0.45, 1.17
"""Heights against a capital's: a dot or an accent has less than the first, a letter with one grown on has more than
the second."""
_LEAST_DOT_PX = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line's `picture`, black on white, 48 px high, and how many `dots` and accents stand over its letters.

    None where a letter is so tall that its accent may have grown onto it.
    """

    picture: Gray
    dots: int | None


def line_pictures(shares: Shares, dark: Mask, kept: Mask, pitch_px: float) -> list[Line]:
    """Each line of the print `dark`, top to bottom, drawn from the darkness `shares` where `kept` is true.

    `pitch_px` is the height the form gives a line. Contrast is stretched, so that faded ink is as black as any.
    """
    used = np.flatnonzero(dark.any(axis=0))
    if not len(used):
        return []
    part = slice(max(0, int(used[0]) - _AROUND_PX), int(used[-1]) + _AROUND_PX)
    shares, dark, kept = shares[:, part], np.ascontiguousarray(dark[:, part]), kept[:, part]
    level = max(quantile(shares[dark], 0.9), 0.2)
    # dots of i, å and ö are smaller than specks, but they stand by a letter
    near = cv2.dilate(dark.view(np.uint8), np.ones((25, 15), np.uint8), anchor=(7, 3)) > 0
    fine = without_specks((shares > max(_DOT_SHARE * level, 0.07)) & kept, _DOT_MM) & near
    grown = cv2.dilate(fine.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    black = np.clip((shares - 0.15 * level) / (0.65 * level), 0, 1)
    picture = np.where(grown & kept, np.round(255 * (1 - black)), 255).astype(np.uint8)
    labels, stats, _ = pieces(fine.view(np.uint8))
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    scale = _scale(heights)
    letters = np.concatenate(([False], heights >= _LEAST_LINE_MM * PX_PER_MM))[labels]
    return [_framed(picture[top:end], fine[top:end], scale) for top, end in _rows(letters, pitch_px)]


def _rows(letters: Mask, pitch_px: float) -> list[tuple[int, int]]:
    """The lines' rows (from, to): where `letters` stand, with the dots above and the commas below them.

    A line too tall to be one is split where least ink is.
    """
    least = _LEAST_LINE_MM * PX_PER_MM
    profile = letters.sum(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (profile > 0).astype(np.int8), [0]))))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    bodies = [part for run in runs for part in _split(profile, run, pitch_px)]
    bodies = [(top, end) for top, end in bodies if end - top >= 0.5 * least]
    above, below = round(_ABOVE_MM * PX_PER_MM), round(_BELOW_MM * PX_PER_MM)
    rows = []
    for n, (top, end) in enumerate(bodies):
        first = bodies[n - 1][1] if n else 0
        last = bodies[n + 1][0] if n + 1 < len(bodies) else len(profile)
        rows.append(
            (max(top - above, first + round(0.3 * (top - first))), min(end + below, end + round(0.3 * (last - end))))
        )
    return rows


def _split(profile: Mask, line: tuple[int, int], pitch_px: float) -> list[tuple[int, int]]:
    top, end = line
    parts = round((end - top) / pitch_px)
    if parts < 2:
        return [line]
    cuts = [top]
    for n in range(1, parts):
        middle, reach = top + (end - top) * n / parts, pitch_px / 4
        first = int(middle - reach)
        cuts.append(first + int(np.argmin(profile[first : int(middle + reach)])))
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _scale(heights: NDArray[np.int32]) -> float:
    """What brings capitals into the heights that Tesseract reads best, by the `heights` in px of all pieces."""
    heights = heights[heights >= _LEAST_LINE_MM * PX_PER_MM]
    if not len(heights):
        return 1.0
    capital = float(np.percentile(heights, 75))
    low, high = _LETTER_PX
    return 1.0 if low <= capital <= high else float(np.clip((low + high) / 2 / capital, 0.4, 2.0))


def _framed(picture: Gray, fine: Mask, scale: float) -> Line:
    """The line without empty paper at its ends, with white around it, at the recogniser's size."""
    used = np.flatnonzero(fine.any(axis=0))
    if not len(used):
        return Line(np.full((_HEIGHT_PX, _HEIGHT_PX), 255, np.uint8), 0)
    part = picture[:, max(0, used[0] - 3) : used[-1] + 4]
    framed = np.pad(part, round(_WHITE_PX / scale), constant_values=255)
    rows, columns = framed.shape
    size = (max(1, round(_NARROWED * columns * _HEIGHT_PX / rows)), _HEIGHT_PX)
    way = cv2.INTER_AREA if rows > _HEIGHT_PX else cv2.INTER_CUBIC
    return Line(np.asarray(cv2.resize(framed, size, interpolation=way), dtype=np.uint8), _dots(part))


def _dots(picture: Gray) -> int | None:
    """How many dots and accents stand over the letters; None where one may have grown together with its letter."""
    _, stats, _ = pieces((picture < _BLACK).view(np.uint8))
    left, top, width, height, area = (stats[1:, column] for column in range(5))
    tall = height >= _LEAST_LINE_MM * PX_PER_MM
    if not tall.any():
        return None
    capital = float(np.percentile(height[tall], 75))
    if (height > _LETTER_AT_MOST * capital).any():
        return None
    letter, dot = height >= _DOT_AT_MOST * capital, (height < _DOT_AT_MOST * capital) & (area >= _LEAST_DOT_PX)
    over = (
        (left[letter] < (left + width)[dot, None] + 2)
        & ((left + width)[letter] > left[dot, None] - 2)
        & (top[letter] > (top + height / 2)[dot, None])
    )
    return int(over.any(axis=1).sum())
