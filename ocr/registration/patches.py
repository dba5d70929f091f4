"""Small pieces of the blank found again on the page: they settle where the form lies to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray
from ocr.registration.geometry import Points, apply
from ocr.registration.result import Matrix

_PX_PER_MM = 6.0
_HALF, _SEARCH = 20, 8
"""Half a piece and how far around it is looked for, in px at `_PX_PER_MM`: 3.3 mm and 1.3 mm."""
_MOST, _APART_MM = 50, 12.0
_ALIKE = 0.6
"""Least correlation of a piece with the page; writing over it, or a fold through it, brings it down."""
_LEAST = 12
_OFF_PX = 1.5


@dataclass(frozen=True)
class Patches:
    """Pieces (2 `_HALF` + 1 px square) of a blank, and their centres (n, 2) in mm."""

    mm: Points
    images: tuple[Gray, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """The map from mm to px of the page, and the mean distance in mm of the pieces that agree with it."""

    matrix: Matrix
    residual_mm: float


def settle(image: Gray, matrix: Matrix, blank: Path, size_mm: tuple[float, float]) -> Settled | None:
    """The map made exact by the pieces of the picture `blank`; None where too few of them are found on the page."""
    patches = _patches(blank, blank.stat().st_mtime_ns, size_mm)
    small, to_small = _reduced(image, matrix)
    found = [_found(small, to_small @ matrix, mm, piece) for mm, piece in zip(patches.mm, patches.images, strict=True)]
    seen = np.array([place is not None for place in found], dtype=bool)
    if seen.sum() < _LEAST:
        return None
    mm, px = patches.mm[seen], np.array([place for place in found if place is not None])
    fit, mask = cv2.findHomography(mm, px, cv2.USAC_MAGSAC, _OFF_PX, maxIters=2000, confidence=0.999)
    if fit is None or (inside := mask.ravel().astype(bool)).sum() < _LEAST:
        return None
    exact, _ = cv2.findHomography(mm[inside], px[inside], 0)
    off = apply(np.linalg.inv(exact), px[inside]) - mm[inside]
    return Settled(np.linalg.inv(to_small) @ exact, float(np.mean(np.linalg.norm(off, axis=1))))


def _reduced(image: Gray, matrix: Matrix) -> tuple[Gray, Matrix]:
    """The page at about `_PX_PER_MM`, and the map from its own px to those."""
    scale = min(1.0, _PX_PER_MM / float(np.sqrt(abs(np.linalg.det(matrix[:2, :2])))))
    if scale > 0.8:
        return image, np.eye(3)
    shift = scale / 2 - 0.5
    to_small = np.array([[scale, 0, shift], [0, scale, shift], [0, 0, 1]])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8), to_small


def _found(image: Gray, matrix: Matrix, mm: Points, piece: Gray) -> Points | None:
    """Where (x, y px) the middle of a piece lies on the page, or None."""
    reach = _HALF + _SEARCH
    to_mm = np.array([[1 / _PX_PER_MM, 0, mm[0] - reach / _PX_PER_MM], [0, 1 / _PX_PER_MM, mm[1] - reach / _PX_PER_MM],
                      [0, 0, 1]])  # fmt: skip
    around = cv2.warpPerspective(
        image, matrix @ to_mm, (2 * reach + 1, 2 * reach + 1), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    likeness = cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(likeness)
    if not _ALIKE <= best <= 1.001 or not (0 < x < 2 * _SEARCH and 0 < y < 2 * _SEARCH):
        return None
    place = np.array([[_HALF + x + _peak(likeness[y, x - 1 : x + 2]), _HALF + y + _peak(likeness[y - 1 : y + 2, x])]])
    return np.asarray(apply(matrix @ to_mm, place)[0])


def _peak(three: NDArray[Any]) -> float:
    """Where between its neighbours the middle one of three values has its summit: a parabola through them."""
    before, at, after = (float(value) for value in three)
    bend = before - 2 * at + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend


@lru_cache(maxsize=64)
def _patches(path: Path, changed_ns: int, size_mm: tuple[float, float]) -> Patches:
    """Corners of the blank's print, well apart; `changed_ns` makes an edited blank a new entry."""
    del changed_ns
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return Patches(np.empty((0, 2)), ())
    size = (round(size_mm[0] * _PX_PER_MM), round(size_mm[1] * _PX_PER_MM))
    blank = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    inside = np.zeros(blank.shape, np.uint8)
    inside[_HALF:-_HALF, _HALF:-_HALF] = 255
    corners = cv2.goodFeaturesToTrack(blank, _MOST, 0.05, _APART_MM * _PX_PER_MM, mask=inside, blockSize=15)
    places = np.zeros((0, 2), int) if corners is None else corners.reshape(-1, 2).astype(int)
    images = tuple(blank[y - _HALF : y + _HALF + 1, x - _HALF : x + _HALF + 1].astype(np.uint8) for x, y in places)
    return Patches((places + 0.5) * np.array(size_mm) / np.array(size), images)
