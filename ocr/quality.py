"""Whether a photographed page can be read: sharp, light and large enough, told in a tenth of a second."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from ocr.readings import Gray
from ocr.registration.result import Registration

Weakness = Literal["blurred", "dark", "small"]
_LONGEST_PX = 2000
_LEAST_SHARP, _LEAST_LIGHT, _LEAST_DPI, _LEAST_PX, _LEAST_EDGES = 0.23, 80.0, 120.0, 1400, 200
_MM_PER_INCH = 25.4


def weakness(image: Gray, found: Registration | None) -> Weakness | None:
    """What keeps the page from being read well, the worst first; None when nothing does.

    `found` is where the form lies, if it was found: its size then counts, and the picture's otherwise.
    """
    if (dpi_of(found) < _LEAST_DPI) if found else (max(image.shape) < _LEAST_PX):
        return "small"
    if float(np.percentile(image, 90)) < _LEAST_LIGHT:
        return "dark"
    return "blurred" if sharpness(image) < _LEAST_SHARP else None


def dpi_of(found: Registration) -> float:
    """Pixels per inch of paper."""
    return float(np.sqrt(abs(np.linalg.det(found.matrix[:2, :2])))) * _MM_PER_INCH


def sharpness(image: Gray) -> float:
    """How steep the print's edges are, as a share of their contrast per px: 0.34 for a sharp page, 0.21 at sigma 2 px.

    The page is measured at 2000 px. The tenth percentile of its edges counts, as a shaken camera leaves the edges
    along its way sharp; a page without print has none and counts as 0.
    """
    scale = _LONGEST_PX / max(image.shape)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    around = np.ones((9, 9), np.uint8)
    contrast = cv2.subtract(cv2.dilate(small, around), cv2.erode(small, around)).astype(np.float32)
    across, down = (cv2.Sobel(small, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = cv2.magnitude(across, down)
    crest = (steep >= cv2.dilate(steep, np.ones((5, 5), np.uint8))) & (contrast > 0.35 * np.percentile(small, 90))
    if np.count_nonzero(crest) < _LEAST_EDGES:
        return 0.0
    return float(np.percentile(steep[crest] / contrast[crest], 10))
