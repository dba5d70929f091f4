"""Lines of writing made ready for a recogniser: black on pure white, one picture a line, letters of one size."""

from __future__ import annotations

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


def line_pictures(shares: Shares, dark: Mask, kept: Mask, pitch_px: float) -> list[Gray]:
    """Each line of the writing `dark`, top to bottom, drawn from the darkness `shares` where `kept` is true.

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


def _framed(picture: Gray, fine: Mask, scale: float) -> Gray:
    """The line without empty paper at its ends, scaled, with white around it."""
    used = np.flatnonzero(fine.any(axis=0))
    if not len(used):
        return np.full((2 * _WHITE_PX, 2 * _WHITE_PX), 255, np.uint8)
    part = picture[:, max(0, used[0] - 3) : used[-1] + 4]
    if scale != 1.0:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        part = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way), dtype=np.uint8)
    return np.pad(part, _WHITE_PX, constant_values=255)
