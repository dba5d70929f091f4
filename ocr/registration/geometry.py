"""Homographies between millimetres on the form and pixels of the scan."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.registration.result import Matrix

Points = NDArray[np.floating[Any]]
_MAX_STRETCH = 1.25
"""Across and down may differ this much in scale: fax modes and tilted photos, not another form."""
_MAX_PERSPECTIVE = 1.6


def apply(matrix: Matrix, points: Points) -> Points:
    """Maps (n, 2) points through the 3x3 `matrix`."""
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:3], dtype=np.float64)


def residual_mm(matrix: Matrix, mm: Points, px: Points) -> float:
    """Mean distance in mm between `mm` and where `px` come to lie through the inverse."""
    back = apply(np.linalg.inv(matrix), px)
    return float(np.mean(np.linalg.norm(back - mm, axis=1)))


def fit_homography(mm: Points, px: Points) -> Matrix | None:
    """Robust homography (Hartley and Zisserman, direct linear transform inside USAC-MAGSAC), refined on its inliers."""
    matrix, _ = cv2.findHomography(mm, px, cv2.USAC_MAGSAC, 3.0, maxIters=2000, confidence=0.999)
    return None if matrix is None else np.asarray(matrix, dtype=np.float64)


def fit_affine(mm: Points, px: Points) -> Matrix:
    """Least-squares affine map: a flatbed scan has no perspective, and six unknowns leave points over to check it."""
    design = np.column_stack([mm, np.ones(len(mm))])
    solution, *_ = np.linalg.lstsq(design, px, rcond=None)
    return np.vstack([solution.T, [0.0, 0.0, 1.0]])


def rotation_of(matrix: Matrix, size_mm: tuple[float, float]) -> int:
    """By how many degrees clockwise the scan is turned: 0, 90, 180 or 270."""
    width, height = size_mm
    left, right = apply(matrix, np.array([[0.0, height / 2], [width, height / 2]]))
    angle = math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))
    return round(angle / 90) % 4 * 90


def why_implausible(matrix: Matrix, size_mm: tuple[float, float], shape: tuple[int, int] | None = None) -> str | None:
    """Why this cannot be a sheet of `size_mm` on an image of `shape` (h, w), or on any, or None when it can."""
    width, height = size_mm
    corners = apply(matrix, np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]]))
    if not np.isfinite(corners).all():
        return "its corners lie at infinity"
    top, right, bottom, left = (float(np.linalg.norm(corners[i] - corners[(i + 1) % 4])) for i in range(4))
    if _signed_area(corners) <= 0:
        return "it is mirrored"
    if (
        min(top, right, bottom, left) <= 0
        or max(top / bottom, bottom / top, left / right, right / left) > _MAX_PERSPECTIVE
    ):
        return "its perspective is too strong"
    stretch = ((top + bottom) / width) / ((left + right) / height)
    if not 1 / _MAX_STRETCH < stretch < _MAX_STRETCH:
        return "its proportions are not those of the form"
    rows, columns = shape or (np.inf, np.inf)
    centre = corners.mean(axis=0)
    if shape and not (0 <= centre[0] <= columns and 0 <= centre[1] <= rows):
        return "it lies outside the picture"
    return None


def _signed_area(corners: Points) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)
