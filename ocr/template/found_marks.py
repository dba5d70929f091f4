"""Registration marks that stand on a blank already, as form.yaml declares them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ocr.readings import Gray
from ocr.registration.aruco import FoundMarker, find_markers
from ocr.registration.squares import find_squares
from ocr.template.model import Box

_LEAST_SQUARE_MM, _MOST_SQUARE_MM = 3.0, 12.0
_EDGE_SHARE = 0.15
_MARGIN_TOLERANCE_MM = 1.0


def aruco_marks(image: Gray, scale: tuple[float, float], size: tuple[float, float]) -> dict[str, Any] | None:
    """The marks when four markers stand in the corners, equally large and equally far from the edges."""
    markers = find_markers(image)
    if len(markers) != 4:
        return None
    corners = _clockwise(markers)
    boxes = [(marker.corners + 0.5) / np.array(scale) for marker in corners]
    sides = [float(np.linalg.norm(box[0] - box[1])) for box in boxes]
    gaps = [
        gap
        for box, (far_x, far_y) in zip(boxes, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True)
        for gap in (
            size[0] - box[:, 0].max() if far_x else box[:, 0].min(),
            size[1] - box[:, 1].max() if far_y else box[:, 1].min(),
        )
    ]
    if max(gaps) - min(gaps) > _MARGIN_TOLERANCE_MM or max(sides) - min(sides) > _MARGIN_TOLERANCE_MM:
        return None
    ids = [marker.id for marker in corners]
    size_mm, margin = tidy((float(np.mean(sides)), float(np.mean(gaps))))
    return {"method": "aruco", "ids": ids, "size": size_mm, "margin": margin}


def _clockwise(markers: Iterable[FoundMarker]) -> list[FoundMarker]:
    by_height = sorted(markers, key=lambda marker: float(marker.corners[:, 1].mean()))
    top, bottom = ([*pair] for pair in (by_height[:2], by_height[2:]))
    top.sort(key=lambda marker: float(marker.corners[:, 0].mean()))
    bottom.sort(key=lambda marker: -float(marker.corners[:, 0].mean()))
    return top + bottom


def square_marks(image: Gray, scale: tuple[float, float], size: tuple[float, float]) -> dict[str, Any] | None:
    """The marks when at least four solid squares stand near the edges, in three of the four corners or more."""
    found: list[Box] = []
    corners: set[tuple[bool, bool]] = set()
    for x, y, w, h in find_squares(image):
        box = (x / scale[0], y / scale[1], w / scale[0], h / scale[1])
        across, down = (box[0] + box[2] / 2) / size[0], (box[1] + box[3] / 2) / size[1]
        near_edge = min(across, 1 - across, down, 1 - down) < _EDGE_SHARE
        if near_edge and min(box[2:]) >= _LEAST_SQUARE_MM and max(box[2:]) <= _MOST_SQUARE_MM:
            found.append(box)
            if max(min(across, 1 - across), min(down, 1 - down)) < _EDGE_SHARE:
                corners.add((across > 0.5, down > 0.5))
    # three squares fit any three blobs; only a fourth can show that they are the wrong ones
    if len(corners) < 3 or len(found) < 4:
        return None
    return {"method": "squares", "squares": [tidy(box) for box in found]}


def tidy(lengths: Iterable[float]) -> list[float]:
    """Lengths in mm as people write them, to the hundredth."""
    return [round(float(length), 2) for length in lengths]
