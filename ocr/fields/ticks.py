"""Tick boxes by the share of ink inside the printed outline, with two thresholds: sure, and ask a person.

Measured on 1,920 boxes over all degradations: empty boxes hold at most 1.9 % ink, ticked ones at least 10 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ocr.fields.crops import PX_PER_MM, Crop, Mask, cut, ink
from ocr.readings import Gray
from ocr.registration.result import Matrix
from ocr.template.model import Box

READER = "tick/1"
Mark = Literal["empty", "ticked", "withdrawn", "doubtful"]

_MARGIN_MM = 1.2
_STRONG, _WEAK = 0.35, 0.14
_SURELY_EMPTY, _SURELY_TICKED = 0.022, 0.06
_FILLED_OVER = 0.72
_OUTLINE_MM = 0.6
"""An outline's thickness and the error of registration together; as a share of the box for large boxes."""


@dataclass(frozen=True, slots=True)
class TickReading:
    """`share` is the ink inside the box (0..1); `confidence` the probability that `mark` is right."""

    mark: Mark
    confidence: float
    share: float
    crop: Gray


def read_tick(image: Gray, matrix: Matrix, box: Box, shape: str = "square") -> TickReading:
    """Reads one tick box of `box` mm. Strokes may leave the box; only what is inside counts."""
    crop = cut(image, matrix, box, _MARGIN_MM)
    strong, weak = ink(crop.image, _STRONG), ink(crop.image, _WEAK)
    rows, columns = _shifted(crop, strong, box)
    inside = _inside(rows, columns, shape)
    strong_share = float(strong[rows, columns][inside].mean())
    weak_share = float(weak[rows, columns][inside].mean())
    mark, confidence = _judge(strong_share, weak_share)
    return TickReading(mark, confidence, strong_share, crop.image)


def _judge(strong: float, weak: float) -> tuple[Mark, float]:
    if strong >= _FILLED_OVER:
        return "withdrawn", 0.97
    if strong >= _SURELY_TICKED:
        return "ticked", min(0.9995, 0.98 + 0.2 * (strong - _SURELY_TICKED))
    if strong <= _SURELY_EMPTY and weak <= _SURELY_TICKED:
        return "empty", 0.9995 - (strong / _SURELY_EMPTY) * 0.01
    return "doubtful", 0.5


def _shifted(crop: Crop, dark: Mask, box: Box) -> tuple[slice, slice]:
    """The box's inside where its printed outline really lies, at most 0.8 mm from where it should.

    Without an outline on the paper (dropped out) every shift scores the same, and the declared place wins.
    """
    shrink = max(_OUTLINE_MM, 0.14 * min(box[2], box[3]))
    reach = round(0.8 * PX_PER_MM)
    edge = round(crop.margin * PX_PER_MM)
    rows, columns = dark.shape
    across, down = dark.sum(axis=0), dark.sum(axis=1)
    left, right = _edge(across, edge, reach), _edge(across, columns - 1 - edge, reach)
    top, bottom = _edge(down, edge, reach), _edge(down, rows - 1 - edge, reach)
    dx, dy = round((left + right) / 2), round((top + bottom) / 2)
    row, column = crop.inner(shrink)
    return slice(row.start + dy, row.stop + dy), slice(column.start + dx, column.stop + dx)


def _edge(profile: NDArray[np.int64], place: int, reach: int) -> int:
    """How far from `place` the densest line of a projection profile lies, nearer ones preferred; 0 if there is none."""
    shifts = np.arange(-reach, reach + 1)
    values = profile[np.clip(place + shifts, 0, len(profile) - 1)].astype(float)
    if values.max(initial=0) < 0.5 * len(profile) * 0.6:
        return 0
    return int(shifts[np.argmax(values - 0.05 * np.abs(shifts))])


def _inside(rows: slice, columns: slice, shape: str) -> Mask:
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if shape == "square":
        return np.ones((height, width), dtype=np.bool_)
    y, x = np.ogrid[:height, :width]
    return np.asarray(((x - width / 2 + 0.5) / (width / 2)) ** 2 + ((y - height / 2 + 0.5) / (height / 2)) ** 2 <= 1)
