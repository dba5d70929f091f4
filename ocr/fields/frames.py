"""The printed frame around a place to write: taken away, so that no side of it is read as a letter."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.fields.crops import PX_PER_MM, Mask, darkness_of
from ocr.fields.rules import rule_mask
from ocr.readings import Gray

_DARKNESS = 0.16
_INSIDE_MM = 1.0
"""So far inside its box a frame may be printed, or seem to lie on a scan."""
_SIDE_SHARE, _SIDE_MM, _THICKEST_MM = 0.7, 12.0, 1.1
"""An upright side is as long as this share of the box or this length, and thinner than a stroke that crosses it."""
_LEAST_SIDES = 3
"""A stroke beside a writing line may be a letter; with two more sides it is a frame."""


def without_frame(crop: Gray, margin_mm: float) -> Gray:
    """`crop`, a box at `PX_PER_MM` with `margin_mm` around it, with paper in place of the frame near its edges.

    Strokes that cross the frame keep their ink. A crop that shows fewer than three sides is returned as it is.
    """
    dark = darkness_of(crop) > _DARKNESS
    level, upright = _rules(dark, margin_mm)
    reach = round((margin_mm + _INSIDE_MM) * PX_PER_MM)
    ends = slice(0, reach), slice(-reach, None)
    sides = [*(level[end] for end in ends), *(upright[:, end] for end in ends)]
    if sum(bool(side.any()) for side in sides) < _LEAST_SIDES:
        return crop
    across, down = np.zeros_like(dark), np.zeros_like(dark)
    for end in ends:
        across[end], down[:, end] = level[end], upright[:, end]
    frame = across | down | (_longer(across, upright=False) & _longer(down, upright=True))
    soft = cv2.dilate(frame.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(soft & ~(dark & ~frame), np.uint8(np.median(crop)), crop)


def _longer(lines: Mask, *, upright: bool) -> Mask:
    """The lines grown at their ends: where two of them meet, they are thicker than a line."""
    size = 2 * round(_THICKEST_MM * PX_PER_MM) + 1
    return np.asarray(cv2.dilate(lines.view(np.uint8), np.ones((size, 1) if upright else (1, size), np.uint8)) > 0)


def _rules(dark: Mask, margin_mm: float) -> tuple[Mask, Mask]:
    """The level and the upright lines."""
    # a line that the edge of the crop cuts would seem as thick as what may lie beyond
    beyond = round(_THICKEST_MM * PX_PER_MM)
    inner = slice(beyond, -beyond), slice(beyond, -beyond)
    wide = np.pad(dark, beyond)
    return rule_mask(wide)[inner], _upright(wide, margin_mm + _THICKEST_MM)[inner]


def _upright(dark: Mask, margin_mm: float) -> Mask:
    """Thin upright lines, long for the box or long for any letter."""
    inside = dark.shape[0] - 2 * margin_mm * PX_PER_MM
    length = max(1, round(min(_SIDE_SHARE * inside, _SIDE_MM * PX_PER_MM)))
    picture = dark.view(np.uint8)
    wide = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((1, round(_THICKEST_MM * PX_PER_MM)), np.uint8))
    long = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    beside = cv2.dilate(long, np.ones((1, 3), np.uint8))
    return np.asarray((beside > 0) & (wide == 0) & dark, dtype=np.bool_)
