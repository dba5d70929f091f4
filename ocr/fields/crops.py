"""Cutting one field out of the scan: only the crop is warped, never the page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import quantile
from ocr.readings import Gray, PixelBox
from ocr.registration.geometry import apply
from ocr.registration.result import Matrix
from ocr.template.model import Box

PX_PER_MM = 12.0
"""About 300 dpi: crops have this scale whatever the scan had."""
EDGE_MM = 0.8
"""Seen around a field, so that a line printed on its edge is seen whole."""
_DARKEST_PAPER = 48
"""Keeps the noise of a black scan edge from becoming ink."""
Mask = NDArray[np.bool_]
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Crop:
    """A field seen upright at `PX_PER_MM`. The field's own box begins `margin` mm inside `image` on every side."""

    image: Gray
    margin: float

    def inner(self, shrink: float) -> tuple[slice, slice]:
        """The pixels of the box without its outermost `shrink` mm."""
        cut = round((self.margin + shrink) * PX_PER_MM)
        rows, columns = self.image.shape
        return slice(cut, rows - cut), slice(cut, columns - cut)


def cut(image: Gray, matrix: Matrix, box: Box, margin: float = 0.0) -> Crop:
    """The `box` (mm) with `margin` mm around it, upright; what lies outside the scan is white."""
    x, y, width, height = box
    to_mm = np.array([[1 / PX_PER_MM, 0, x - margin], [0, 1 / PX_PER_MM, y - margin], [0, 0, 1]])
    size = (max(1, round((width + 2 * margin) * PX_PER_MM)), max(1, round((height + 2 * margin) * PX_PER_MM)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(
        image, matrix @ to_mm, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    return Crop(np.asarray(warped, dtype=np.uint8), margin)


def pixel_box(matrix: Matrix, box: Box) -> PixelBox:
    """The axis-parallel hull of `box` on the page as scanned, in px."""
    x, y, width, height = box
    corners = apply(matrix, np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]))
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return int(left), int(top), int(right - left), int(bottom - top)


def hull(boxes: list[Box]) -> Box:
    """The smallest box around `boxes`."""
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return left, top, right - left, bottom - top


def ink_of(shares: Shares, darkness: float, speck_mm: float = 0.25, px_per_mm: float = PX_PER_MM) -> Mask:
    """Pixels darker than the paper around them by the share `darkness`, without specks smaller than `speck_mm`."""
    return without_specks(shares > darkness, speck_mm, px_per_mm)


def darkness_of(image: Gray) -> Shares:
    """By which share (0..1) of the paper around it each pixel is darker.

    The paper is a wide closing of the crop, so that shadows and fading do not count as ink.
    """
    paper = _paper(image)
    floor = cv2.max(paper, np.full_like(paper, _DARKEST_PAPER))
    return np.asarray(cv2.divide(cv2.subtract(paper, image), floor, dtype=cv2.CV_32F), dtype=np.float32)


def _paper(image: Gray) -> Gray:
    small = image
    if min(image.shape) > 16:
        rows, columns = (side // 4 for side in image.shape)
        small = np.asarray(cv2.resize(image[: 4 * rows, : 4 * columns], (columns, rows), interpolation=cv2.INTER_AREA))
    level = int(quantile(small, 0.9))
    wide = cv2.medianBlur(cv2.dilate(small, np.ones((15, 15), np.uint8)), 5)
    wide = np.maximum(wide, int(0.6 * level)).astype(np.uint8)
    return np.asarray(cv2.resize(wide, (image.shape[1], image.shape[0])), dtype=np.uint8)


def without_specks(dark: Mask, speck_mm: float, px_per_mm: float = PX_PER_MM) -> Mask:
    """`dark` without connected pieces smaller than a square of `speck_mm`."""
    _, labels = cv2.connectedComponents(dark.view(np.uint8), connectivity=8)
    # most of a crop is paper, and only its ink is looked up
    inked = np.flatnonzero(dark)
    piece = labels.ravel()[inked]
    large = np.bincount(piece) >= (speck_mm * px_per_mm) ** 2
    kept = np.zeros(dark.shape, np.bool_)
    kept.ravel()[inked[large[piece]]] = True
    return kept
