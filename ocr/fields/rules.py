"""Printed writing lines and frames inside a field: found as long, thin and straight, whatever crosses them.

A rule is not always one run of dark pixels: skew breaks it into steps, a 1-bit scan into dashes, writing cuts it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.fields.crops import PX_PER_MM, Mask
from ocr.readings import Gray
from ocr.registration.geometry import Points

_SHORTEST_MM = 12.0
_THICKEST_MM = 1.1
_COVERED = 0.75
"""Share of a rule's columns that must be dark; the rest may be dashes lost or strokes that cross it."""
_SHARE = 0.5
"""A rule runs through at least this share of the field; a long pen stroke rarely does."""
_SLACK_MM, _RAGGED_MM = 0.25, 1 / 6


def rule_mask(dark: Mask, px_per_mm: float = PX_PER_MM) -> Mask:
    """The pixels of the level rules in `dark`. Strokes that cross a rule keep their pixels where they are tall."""
    picture = dark.view(np.uint8)
    tall = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((round(_THICKEST_MM * px_per_mm), 1), np.uint8))
    thin = np.asarray(cv2.subtract(picture, tall), dtype=np.uint8)
    found = np.zeros_like(dark)
    for level, thickness in _lines(thin, px_per_mm):
        reach = max(_SLACK_MM * px_per_mm, thickness / 2 + _RAGGED_MM * px_per_mm)
        first, last = max(0, int(level.min() - reach)), min(dark.shape[0], int(level.max() + reach) + 2)
        near = slice(first, max(first, last))
        band = np.abs(np.arange(near.start, near.stop)[:, None] - level) <= reach
        if (band & dark[near]).any(axis=0).mean() >= _SHARE:
            found[near] |= band & (thin[near] > 0)
    return found


def without_rules(dark: Mask, px_per_mm: float = PX_PER_MM) -> Mask:
    """`dark` without level and upright rules."""
    return dark & ~rule_mask(dark, px_per_mm) & ~rule_mask(np.ascontiguousarray(dark.T), px_per_mm).T


def _lines(thin: Gray, px_per_mm: float) -> list[tuple[Points, float]]:
    """Every long thin line: its row at each column of the field, from a straight fit, and its thickness in px."""
    window = (min(round(_SHORTEST_MM * px_per_mm), thin.shape[1]), 1)
    near = cv2.dilate(thin, np.ones((2 * round(_SLACK_MM * px_per_mm) - 1, 1), np.uint8))
    inked = cv2.boxFilter(near, cv2.CV_32S, window, normalize=False, borderType=cv2.BORDER_CONSTANT)
    covered = inked >= _COVERED * window[0]
    rows = np.flatnonzero(covered.any(axis=1))
    if not len(rows):
        return []
    # a rule's dark rows are few, and only they are looked at
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    near, thin = near[top:bottom], thin[top:bottom]
    reach = cv2.dilate(covered[top:bottom].view(np.uint8), np.ones(window[::-1], np.uint8))
    count, labels = cv2.connectedComponents(cv2.bitwise_and(near, reach))
    columns = np.arange(thin.shape[1])
    lines: list[tuple[Points, float]] = []
    for label in range(1, count):
        y, x = np.nonzero((labels == label) & (thin > 0))
        if len(x) and x.max() - x.min() >= 0.5 * window[0]:
            lines.append((top + _fit(x, y, columns), len(x) / np.count_nonzero(np.bincount(x))))
    return lines


def _fit(x: NDArray[np.intp], y: NDArray[np.intp], columns: NDArray[np.intp]) -> Points:
    """The straight line nearest to the points, at each of the `columns`."""
    across, middle = x - x.mean(), y.mean()
    slope = float((across * y).sum() / (across**2).sum())
    return np.asarray(middle + slope * (columns - x.mean()), dtype=np.float64)
