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

Darkness = NDArray[np.float32]
"""How much darker than its paper each pixel is: 0 is paper, 1 is black; shape as the crop."""


def darkness(gray: Gray) -> Darkness:
    """Takes the paper's own brightness away: shadows, fading and noise below 12 % come out as 0."""
    paper = _paper(gray)
    share = paper - gray
    share /= np.maximum(paper, np.float32(48))
    share -= np.float32(_NOISE)
    np.maximum(share, 0, out=share)
    share /= np.float32(1 - _NOISE)
    return share


def _paper(gray: Gray) -> Darkness:
    """The brightness of the paper behind the ink: the brightest neighbourhood, smoothed, never far below the crop's."""
    step = max(2, min(gray.shape) // 16)
    size = (max(1, gray.shape[1] // step), max(1, gray.shape[0] // step))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    usual = quantile(small, 0.8)
    wide = cv2.blur(cv2.dilate(small, np.ones((7, 7), np.uint8)), (5, 5)).astype(np.float32)
    wide = np.clip(wide, 0.7 * usual, 1.1 * usual)
    return np.asarray(cv2.resize(wide, (gray.shape[1], gray.shape[0])), dtype=np.float32)


def ink_level(dark: Darkness) -> float:
    """The darkness of this writing's strokes, 0..1: what is lighter than a part of it is no stroke."""
    inked = dark[dark > 0.08]
    return quantile(inked, 0.9) if inked.size >= 6 else 1.0


def quantile(values: NDArray[Any], share: float) -> float:
    """The value below which `share` of `values` lie; many times quicker than numpy's own on small pictures."""
    flat = values.ravel()
    index = int(share * (flat.size - 1))
    return float(np.partition(flat, index)[index])


def strokes(dark: Darkness, level: float) -> NDArray[np.bool_]:
    """The pixels that belong to strokes of ink with this level."""
    return np.asarray(dark > _EDGE * level, dtype=np.bool_)


def without_specks(dark: Darkness, cell_height: float) -> Darkness:
    """Without islands of ink smaller than a square of 1/22 `cell_height` (px): too small even for a full stop."""
    on = (dark > _EDGE * ink_level(dark)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(on, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < (_SPECK * cell_height) ** 2
    small[0] = False
    if count <= 1 or not small.any():
        return dark
    specks = cv2.dilate(small[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.where((specks > 0) & ~((on > 0) & ~small[labels]), np.float32(0), dark).astype(np.float32)


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
    glyph = np.minimum(dark[top:bottom, left:right] / level, 1.0) * 255
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    glyph = cv2.resize(glyph, (width, height), interpolation=way)
    margin = (SIDE - _GLYPH) // 2
    wanted = round((top + bottom) / 2 / cell_height * SIDE - height / 2)
    y, x = min(max(wanted, margin), SIDE - margin - height), (SIDE - width) // 2
    picture[y : y + height, x : x + width] = glyph.astype(np.uint8)
    return picture
