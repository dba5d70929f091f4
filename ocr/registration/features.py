"""The printed form itself as the mark: SIFT features (Lowe 2004) against the blank, MAGSAC (Barath et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray
from ocr.registration.geometry import Points, apply, rotation_of, why_implausible
from ocr.registration.result import NotRegistered, Registration
from ocr.template.model import PrintMarks, Template

_LONG_SIDE_PX = 1400
_FEATURES = 2500
_RATIO = 0.75
_LEAST_INLIERS = 40
_ONE_IN, _CLOSE = 8, 0.7
"""Blanks of other languages with this share of the best one's sampled matches are fitted too."""
_ENOUGH = ((40, 0.45, 0.2), (120, 0.36, 0.2), (100, 0.6, 0.1))
"""Inliers, their share of the matches that pass the ratio test, and the share of the page that their hull covers: the
more a form repeats itself (bubbles) the fewer matches are right, the emptier it is the smaller the hull. A look-alike
shares words with the form, but not their places: measured, 0.29 of the matches at most, and 0.44 at least for the form.
"""


@dataclass(frozen=True)
class Features:
    """Key points (n, 2) in px of the full image, and their descriptors (n, 128)."""

    points: Points
    descriptors: NDArray[np.float32]


def describe(image: Gray) -> Features:
    """SIFT on a copy of at most 1400 px; the key points come back at full size, at pixel centres."""
    scale = min(1.0, _LONG_SIDE_PX / max(image.shape))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    keypoints, descriptors = cv2.SIFT.create(nfeatures=_FEATURES).detectAndCompute(small, None)
    if descriptors is None:
        return Features(np.empty((0, 2)), np.empty((0, 128), np.float32))
    points = (np.array([k.pt for k in keypoints]) + 0.5) / scale - 0.5
    return Features(points, np.asarray(descriptors, dtype=np.float32))


def register_print(
    template: Template, directory: Path, page: Features, shape: tuple[int, int]
) -> tuple[Registration, str] | NotRegistered:
    """The best fit among the blanks of all languages, with its language."""
    marks = template.marks
    assert isinstance(marks, PrintMarks)
    paths = {language: directory / file for language, file in marks.blanks.items()}
    blanks = {name: _blank(path, path.stat().st_mtime_ns) for name, path in paths.items() if path.is_file()}
    alike = {name: len(_matches(_sample(features), page)) for name, (features, _) in blanks.items()}
    fits: list[tuple[Registration, str]] = []
    worst = NotRegistered("The page does not look like any form known here.")
    for language in sorted(alike, key=lambda name: -alike[name]):
        if fits and alike[language] < _CLOSE * max(alike.values()):
            break
        fit = _fit(template, blanks[language], page, shape)
        if isinstance(fit, NotRegistered):
            worst = fit if fit.residual_mm is not None else worst
        else:
            fits.append((fit, language))
    return max(fits, key=lambda fit: fit[0].marks) if fits else worst


def _sample(blank: Features) -> Features:
    """Enough of a blank's features to tell its language from another, at a fraction of the matching."""
    return Features(blank.points[::_ONE_IN], blank.descriptors[::_ONE_IN])


def _fit(
    template: Template, blank: tuple[Features, tuple[int, int]], page: Features, shape: tuple[int, int]
) -> Registration | NotRegistered:
    features, (rows, columns) = blank
    refused = NotRegistered("The page does not look like any form known here.")
    pairs = _matches(features, page)
    if len(pairs) < _LEAST_INLIERS:
        return refused
    per_px = np.array([template.page.mm[0] / columns, template.page.mm[1] / rows])
    mm = (features.points[pairs[:, 0]] + 0.5) * per_px
    px = page.points[pairs[:, 1]]
    found, mask = cv2.findHomography(mm, px, cv2.USAC_MAGSAC, 4.0, maxIters=5000, confidence=0.999)
    if found is None:
        return refused
    matrix, inside = np.asarray(found, dtype=np.float64), mask.ravel().astype(bool)
    inliers = int(inside.sum())
    share, spread = inliers / len(pairs), _spread(mm[inside], template) if inliers >= _LEAST_INLIERS else 0.0
    if not any(inliers >= count and share >= part and spread >= wide for count, part, wide in _ENOUGH):
        return refused
    residual = float(np.mean(np.linalg.norm(apply(np.linalg.inv(matrix), px[inside]) - mm[inside], axis=1)))
    wrong = why_implausible(matrix, template.page.mm, shape)
    if wrong is None and residual > template.marks.max_residual:
        wrong = f"its print is {residual:.1f} mm off its place"
    if wrong is not None:
        return NotRegistered(
            f"The form was found but {wrong}; it is not read, because boxes would be shifted.", residual
        )
    return Registration(matrix, residual, "print", inliers, rotation_of(matrix, template.page.mm))


def _matches(blank: Features, page: Features) -> NDArray[np.intp]:
    """Index pairs (n, 2) that pass Lowe's ratio test; a page point is used once."""
    if len(page.points) < 2 or len(blank.points) < 2:
        return np.empty((0, 2), dtype=np.intp)
    found = cv2.BFMatcher(cv2.NORM_L2).knnMatch(blank.descriptors, page.descriptors, k=2)
    kept = sorted((a for a, b in found if a.distance < _RATIO * b.distance), key=lambda match: match.distance)
    once = {match.trainIdx: match.queryIdx for match in reversed(kept)}
    return np.array([(query, train) for train, query in once.items()], dtype=np.intp).reshape(-1, 2)


def _spread(mm: Points, template: Template) -> float:
    width, height = template.page.mm
    return float(cv2.contourArea(cv2.convexHull(mm.astype(np.float32)))) / (width * height)


@lru_cache(maxsize=64)
def _blank(path: Path, changed_ns: int) -> tuple[Features, tuple[int, int]]:
    """The features of a blank picture; `changed_ns` makes an edited blank a new entry."""
    del changed_ns
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return Features(np.empty((0, 2)), np.empty((0, 128), np.float32)), (1, 1)
    return describe(np.asarray(image, dtype=np.uint8)), (image.shape[0], image.shape[1])
