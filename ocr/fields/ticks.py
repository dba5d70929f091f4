"""Tick boxes by the share of ink inside the printed outline, with two thresholds: sure, and ask a person.

Measured on 1,920 boxes over all degradations: empty boxes hold at most 1.9 % ink, ticked ones at least 10 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ocr.fields.crops import PX_PER_MM, Crop, Mask, cut, darkness_of, ink_of
from ocr.readings import Gray
from ocr.registration.result import Matrix
from ocr.template.model import Box

READER = "tick/1"
Profile = NDArray[np.floating[Any]]
Mark = Literal["empty", "ticked", "withdrawn", "doubtful"]

_MARGIN_MM = 1.2
_STRONG, _WEAK = 0.22, 0.13
_SURELY_EMPTY, _SURELY_TICKED = 0.022, 0.06
_FILLED_OVER = 0.82
_REACH_MM = 1.0
_OUTLINE_INK = 0.55
"""Share of a box's side that must be dark to be its outline; the steepest tick stroke stays below."""
_OUTLINE_MM, _THICKEST_MM = 0.6, 0.8
_CLEAR_MM = 0.35
"""Distance kept from the outline, which is ragged on 1-bit scans and slightly turned on skewed ones."""


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
    shares = darkness_of(crop.image)
    strong, weak = ink_of(shares, _STRONG), ink_of(shares, _WEAK)
    # a circle has no straight sides to find; its declared place is taken
    rows, columns = _interior(crop, strong, box) if shape == "square" else crop.inner(_OUTLINE_MM)
    inside = inside_of(rows, columns, shape)
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


def _interior(crop: Crop, dark: Mask, box: Box) -> tuple[slice, slice]:
    """The inside of the printed outline, which is looked for within `_REACH_MM` of where the form has it.

    Without an outline on the paper (dropped out) the declared box, less the usual outline, is taken.
    """
    edge = round(crop.margin * PX_PER_MM)
    rows, columns = dark.shape
    across = dark[edge : rows - edge].mean(axis=0)
    down = dark[:, edge : columns - edge].mean(axis=1)
    left, right = _line(across, edge), columns - _line(across[::-1], edge)
    top, bottom = _line(down, edge), rows - _line(down[::-1], edge)
    usual_rows, usual_columns = crop.inner(_OUTLINE_MM)
    if bottom - top < 0.6 * (usual_rows.stop - usual_rows.start):
        top, bottom = usual_rows.start, usual_rows.stop
    if right - left < 0.6 * (usual_columns.stop - usual_columns.start):
        left, right = usual_columns.start, usual_columns.stop
    return slice(top, bottom), slice(left, right)


def _line(profile: Profile, place: int) -> int:
    """Where the inside begins after the outline near `place`, in a profile (share of ink) that runs inwards."""
    reach = round(_REACH_MM * PX_PER_MM)
    first = max(0, place - reach)
    window = profile[first : place + reach + 1]
    lines = np.flatnonzero(window >= _OUTLINE_INK)
    if not len(lines):
        return place + round(_OUTLINE_MM * PX_PER_MM)
    # the rules of a table may run close to a small box, and be blacker than its outline
    nearest = int(np.argmin(np.abs(lines + first - place)))
    breaks = np.flatnonzero(np.diff(lines) > 1) + 1
    own = next(run for run in np.split(lines, breaks) if lines[nearest] in run)
    peak = int(own[np.argmax(window[own])])
    thickest = round(_THICKEST_MM * PX_PER_MM)
    after = profile[first + peak : first + peak + thickest]
    thin = np.flatnonzero(after < 0.6 * window[peak])
    inside = first + peak + (int(thin[0]) if len(thin) else thickest)
    return inside + round(_CLEAR_MM * PX_PER_MM)


def inside_of(rows: slice, columns: slice, shape: str) -> Mask:
    """Which pixels of a crop's part are in the box: all of a square, the disc of a circle."""
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if shape == "square":
        return np.ones((height, width), dtype=np.bool_)
    y, x = np.ogrid[:height, :width]
    return np.asarray(((x - width / 2 + 0.5) / (width / 2)) ** 2 + ((y - height / 2 + 0.5) / (height / 2)) ** 2 <= 1)
