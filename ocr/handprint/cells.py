"""From the gray crop of a field to the 32 x 32 pictures that the net reads.

Training and reading both call these functions and nothing else, so that the net meets what it has learnt.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray

SIDE = 32
_GLYPH = 24
"""The longer side of a character, in px of the cell picture."""
_SMALLEST = 0.4
"""Share of the cell's height that fills the picture: what is smaller (a dot, a dash) stays small."""
_NOISE = 0.12
_EDGE = 0.35
_SPECK = 1 / 22
_DARKEST_PAPER = 48

_INKED = 21
"""Darkness from which a pixel may be ink: a twelfth of black."""
Darkness = NDArray[np.uint8]
"""How much darker than its paper each pixel is: 0 is paper, 255 is black; shape as the crop."""
_STRETCHED = np.clip((np.arange(256) / 255 - _NOISE) / (1 - _NOISE) * 255, 0, 255).round().astype(np.uint8)
"""Without the noise of the paper."""


def darkness(gray: Gray) -> Darkness:
    """Takes the paper's own brightness away: shadows, fading and noise below 12 % come out as 0."""
    paper = _paper(gray)
    floor = cv2.max(paper, np.full_like(paper, _DARKEST_PAPER))
    share = cv2.divide(cv2.subtract(paper, gray), floor, scale=255)
    return np.asarray(cv2.LUT(share, _STRETCHED), np.uint8)


def _paper(gray: Gray) -> Gray:
    """The brightness of the paper behind the ink: the brightest neighbourhood, smoothed, never far below the crop's."""
    step = max(2, min(gray.shape) // 16)
    columns, rows = max(1, gray.shape[1] // step), max(1, gray.shape[0] // step)
    # whole steps are five times as quick
    small = cv2.resize(gray[: rows * step, : columns * step], (columns, rows), interpolation=cv2.INTER_AREA)
    usual = quantile(small, 0.8)
    wide = cv2.blur(cv2.dilate(small, np.ones((7, 7), np.uint8)), (5, 5))
    wide = np.clip(wide, int(0.7 * usual), min(int(1.1 * usual), 255)).astype(np.uint8)
    return np.asarray(cv2.resize(wide, (gray.shape[1], gray.shape[0])), dtype=np.uint8)


def ink_level(dark: Darkness) -> float:
    """The darkness of this writing's strokes, 0..1: what is lighter than a part of it is no stroke."""
    counts = cv2.calcHist([dark], [0], None, [256], [0, 256]).ravel()
    counts[:_INKED] = 0
    below = np.cumsum(counts)
    return int(np.searchsorted(below, 0.9 * (below[-1] - 1), side="right")) / 255 if below[-1] >= 6 else 1.0


def quantile(values: NDArray[Any], share: float) -> float:
    """The value below which `share` of `values` lie; many times quicker than numpy's own on small pictures."""
    flat = values.ravel()
    index = int(share * (flat.size - 1))
    return float(np.partition(flat, index)[index])


def strokes(dark: Darkness, level: float) -> NDArray[np.bool_]:
    """The pixels that belong to strokes of ink with this level."""
    return np.asarray(dark > int(_EDGE * level * 255), dtype=np.bool_)


def without_specks(dark: Darkness, cell_height: float) -> Darkness:
    """Without islands of ink smaller than a square of 1/22 `cell_height` (px): too small even for a full stop."""
    on = strokes(dark, ink_level(dark)).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(on, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < (_SPECK * cell_height) ** 2
    small[0] = False
    if count <= 1 or not small.any():
        return dark
    specks = cv2.dilate(small[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.where((specks > 0) & ~((on > 0) & ~small[labels]), 0, dark).astype(np.uint8)


def normalise(dark: Darkness, cell_height: float) -> Gray:
    """One character alone in `dark` becomes a (32, 32) picture, ink 255 on 0.

    Its box is scaled with its aspect kept until the longer side is 24 px; marks below 0.4 `cell_height` (px) are
    scaled as if they were that large. Centred across; down as well, except that small marks keep their height in
    the cell, which tells a full stop from an apostrophe. Without ink the picture is 0 throughout.
    """
    picture = np.zeros((SIDE, SIDE), np.uint8)
    level = ink_level(dark)
    on = strokes(dark, level)
    left, top, columns, rows = cv2.boundingRect(on.view(np.uint8))
    if not rows:
        return picture
    bottom, right = top + rows, left + columns
    scale = _GLYPH / max(bottom - top, right - left, _SMALLEST * cell_height)
    height, width = (max(1, round(float(side) * scale)) for side in (bottom - top, right - left))
    glyph = cv2.convertScaleAbs(dark[top:bottom, left:right], alpha=1 / level)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    glyph = cv2.resize(glyph, (width, height), interpolation=way)
    margin = (SIDE - _GLYPH) // 2
    wanted = round((top + bottom) / 2 / cell_height * SIDE - height / 2)
    y, x = min(max(wanted, margin), SIDE - margin - height), (SIDE - width) // 2
    picture[y : y + height, x : x + width] = glyph
    return picture
