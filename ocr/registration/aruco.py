"""ArUco corner markers (Garrido-Jurado 2014): found on a small copy, their corners refined on the scan itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ocr.readings import Gray
from ocr.registration.geometry import Points, fit_homography, residual_mm, rotation_of, why_implausible
from ocr.registration.result import NotRegistered, Registration
from ocr.template.model import ArucoMarks, Template

DICTIONARY = cv2.aruco.DICT_4X4_250
_LONG_SIDES_PX = (1240, 1800, 3600)
"""Copies to look at, the cheapest first; 1240 px is A4 at 106 dpi."""
_LEAST_MARKERS = 2
_SMALLEST_PX = 16
_CORNER_SHARE = 0.18
"""Side of the corner windows as a share of the page's short side: 38 mm of A4, 19 mm of A6."""
_HALVED_OVER_PX = 1800
"""Long side of a page (A4 at 154 dpi) above which half its pixels are enough."""
_SEEN_PX, _SEEN_IN_CORNER_PX = (13, 23), (23, 23)
"""Smallest and largest neighbourhood that tells black from white; one is enough where a marker fills its window."""
_LEAST_ROUND, _LEAST_ROUND_IN_CORNER = 0.03, 0.25
"""Shortest outline of a marker as a share of the picture's side; nearly all other outlines are shorter."""


@dataclass(frozen=True, slots=True)
class FoundMarker:
    """A marker's id and its corners (4, 2) in px of the page, clockwise from its own top left."""

    id: int
    corners: Points


def find_markers(image: Gray, *, expected: int = 4) -> tuple[FoundMarker, ...]:
    """All markers on the page; the corners are tried first, then larger copies until `expected` are found."""
    best = find_markers_in_corners(image)
    if len(best) >= expected:
        return best
    for long_side in _LONG_SIDES_PX:
        scale = min(1.0, long_side / max(image.shape))
        found = _find_at(image, scale, _detector(_SEEN_PX, _LEAST_ROUND))
        best = max(best, found, key=len)
        if len(best) >= expected or scale == 1.0:
            break
    return best


def find_markers_in_corners(image: Gray) -> tuple[FoundMarker, ...]:
    """The markers in the page's four corners, where a sheet that fills the picture has them: a tenth of the work."""
    height, width = image.shape
    factor = 1
    while max(height, width) / factor > _HALVED_OVER_PX:
        factor *= 2
    side = int(_CORNER_SHARE * min(height, width)) // factor * factor
    if side < _SMALLEST_PX:
        return ()
    detector = _detector(_SEEN_IN_CORNER_PX, _LEAST_ROUND_IN_CORNER)
    places = [(top, left) for top in (0, height - side) for left in (0, width - side)]
    found = [
        marker
        for top, left in places
        for marker in _find_at(image[top : top + side, left : left + side], 1 / factor, detector, (left, top))
    ]
    return tuple({marker.id: marker for marker in found}.values())


def register_aruco(
    template: Template, markers: tuple[FoundMarker, ...], shape: tuple[int, int]
) -> Registration | NotRegistered:
    """Fits the page to the template's markers; two surviving markers suffice (eight corners)."""
    marks = template.marks
    assert isinstance(marks, ArucoMarks)
    expected = marker_corners(template)
    seen = {marker.id: marker.corners for marker in markers if marker.id in expected}
    if len(seen) < _LEAST_MARKERS:
        return NotRegistered(f"Only {len(seen)} of the 4 corner markers were found; the page may be cut or covered.")
    mm = np.vstack([expected[number] for number in seen])
    px = np.vstack(list(seen.values()))
    matrix = fit_homography(mm, px)
    if matrix is None:
        return NotRegistered("The corner markers do not lie as on the form.")
    wrong = why_implausible(matrix, template.page.mm, shape)
    residual = residual_mm(matrix, mm, px)
    if wrong is None and residual > marks.max_residual:
        wrong = f"its markers are {residual:.1f} mm off their places"
    if wrong is not None:
        return NotRegistered(
            f"The form was found but {wrong}; it is not read, because boxes would be shifted.", residual
        )
    return Registration(matrix, residual, "aruco", len(seen), rotation_of(matrix, template.page.mm), mm)


def marker_corners(template: Template) -> dict[int, Points]:
    """Each marker's corners (4, 2) in mm, clockwise from its top left, by marker id."""
    marks = template.marks
    assert isinstance(marks, ArucoMarks)
    width, height = template.page.mm
    near, size = marks.margin, marks.size
    far_x, far_y = width - near - size, height - near - size
    places = ((near, near), (far_x, near), (far_x, far_y), (near, far_y))
    square = np.array([[0.0, 0.0], [size, 0.0], [size, size], [0.0, size]])
    return {number: square + np.array(place) for number, place in zip(marks.ids, places, strict=True)}


def _find_at(
    image: Gray, scale: float, detector: cv2.aruco.ArucoDetector, origin: tuple[int, int] = (0, 0)
) -> tuple[FoundMarker, ...]:
    """Markers of a part of a page that begins at `origin` (x, y), in px of the page."""
    small = image
    if scale != 1.0:
        # halving whole windows is seven times as quick as any other scale
        size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    corners, ids, _ = detector.detectMarkers(small)
    if ids is None:
        return ()
    markers = []
    for number, quad in zip(ids.ravel(), corners, strict=True):
        full = ((quad.reshape(4, 2) + 0.5) / scale - 0.5).astype(np.float32)
        markers.append(FoundMarker(int(number), _refined(image, full) + origin))
    return tuple({marker.id: marker for marker in markers}.values())


def _refined(image: Gray, corners: Points) -> Points:
    side = float(np.linalg.norm(corners[0] - corners[1]))
    window = max(2, int(side / 12))
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.02)
    refined = cv2.cornerSubPix(image, corners.reshape(-1, 1, 2).copy(), (window, window), (-1, -1), criteria)
    return np.asarray(refined, dtype=np.float64).reshape(4, 2)


@cache
def _detector(seen_px: tuple[int, int], least_round: float) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMin, parameters.adaptiveThreshWinSizeMax = seen_px
    parameters.minMarkerPerimeterRate = least_round
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), parameters)
