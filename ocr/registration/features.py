"""The printed form itself as the mark: SIFT features (Lowe 2004) against the blank, MAGSAC (Barath et al. 2019)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray
from ocr.registration.geometry import Points, apply, rotation_of, why_implausible
from ocr.registration.result import Matrix, NotRegistered, Registration
from ocr.template.model import PrintMarks, Template


@dataclass(frozen=True, slots=True)
class Detail:
    """How closely print is looked at: the copy's long side in px, and how many features of it are kept at most.

    `even`: light is evened out first, and every part of the page keeps as many features as the others, so that a
    sheet in the shade is not outshone by what lies around it.
    """

    long_side: int
    features: int
    even: bool = False


COARSE, FINE = Detail(800, 1000), Detail(1400, 4000, even=True)
"""Enough for most scans, and for small prints and photos at six times the time."""
NEARLY = 0.6
"""Of the best form's matching print: where another form has so much in place, one is a version of the other."""
_RATIO = 0.75
_LEAST_INLIERS = 40
_LEAST_SIDE_PX = 48
_PARTS = 8
"""The page is parted into so many columns and rows when features are to be spread out."""
_ONE_IN, _CLOSE = 8, 0.7
"""Blanks of other languages with this share of the best one's sampled matches are fitted too."""
_ENOUGH = ((40, 0.45, 0.2), (120, 0.36, 0.2), (100, 0.6, 0.1))
"""Inliers, their share of the matches that pass the ratio test, and the share of the page that their hull covers: the
more a form repeats itself (bubbles) the fewer matches are right, the emptier it is the smaller the hull. A look-alike
shares words with the form, but not their places: measured, 0.29 of the matches at most, and 0.44 at least for the form.
"""


@dataclass(frozen=True)
class Features:
    """Key points (n, 2) in px of the full image, and their descriptors (n, 128), as seen in `detail`."""

    points: Points
    descriptors: NDArray[np.float32]
    detail: Detail


def describe(image: Gray, detail: Detail = COARSE) -> Features:
    """SIFT on a small copy; the key points come back at full size, at pixel centres."""
    nothing = Features(np.empty((0, 2)), np.empty((0, 128), np.float32), detail)
    scale = min(1.0, detail.long_side / max(image.shape))
    if min(image.shape) * scale < _LEAST_SIDE_PX:
        return nothing
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    # without the precise upscale, key points of a turned page are off by a pixel
    sift = cv2.SIFT.create(nfeatures=0 if detail.even else detail.features, enable_precise_upscale=True)
    small = _evenly_lit(small) if detail.even else small
    keypoints = sift.detect(small, None)
    if detail.even:
        keypoints = _spread_out(keypoints, detail.features, small.shape)
    keypoints, descriptors = sift.compute(small, keypoints)
    if descriptors is None:
        return nothing
    points = (np.array([k.pt for k in keypoints]) + 0.5) / scale - 0.5
    return Features(points, np.asarray(descriptors, dtype=np.float32), detail)


def _evenly_lit(image: Gray) -> Gray:
    """The page divided by the paper around each place, so that shadows are gone."""
    paper = cv2.dilate(cv2.medianBlur(image, 3), np.ones((25, 25), np.uint8))
    level = np.maximum(cv2.GaussianBlur(paper, (0, 0), 15), 20)
    return np.asarray(cv2.divide(image, level.astype(np.uint8), scale=235), dtype=np.uint8)


def _spread_out(keypoints: Sequence[cv2.KeyPoint], most: int, shape: tuple[int, ...]) -> list[cv2.KeyPoint]:
    """The strongest of every part of the page first, until there are `most`."""
    taken: Counter[tuple[int, int]] = Counter()
    ranked: list[tuple[int, cv2.KeyPoint]] = []
    for point in sorted(keypoints, key=lambda point: -point.response):
        part = (int(point.pt[0] * _PARTS / shape[1]), int(point.pt[1] * _PARTS / shape[0]))
        taken[part] += 1
        ranked.append((taken[part], point))
    return [point for _, point in sorted(ranked, key=lambda pair: pair[0])[:most]]


def register_print(
    template: Template, directory: Path, page: Features, shape: tuple[int, int]
) -> tuple[Registration, str] | NotRegistered:
    """The best fit among the blanks of all languages, with its language."""
    marks = template.marks
    assert isinstance(marks, PrintMarks)
    paths = {language: directory / file for language, file in marks.blanks.items()}
    blanks = {
        name: _blank(path, path.stat().st_mtime_ns, page.detail) for name, path in paths.items() if path.is_file()
    }
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
    return Features(blank.points[::_ONE_IN], blank.descriptors[::_ONE_IN], blank.detail)


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
    share, spread = (
        inliers / max(1, _on_sheet(matrix, px, template)),
        _spread(mm[inside], template) if inliers >= _LEAST_INLIERS else 0.0,
    )
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


def _on_sheet(matrix: Matrix, px: Points, template: Template) -> int:
    """How many of `px` lie where the sheet would be; what lies around a photographed sheet tells nothing of it."""
    mm = apply(np.linalg.inv(matrix), px)
    return int(((mm > 0) & (mm < np.array(template.page.mm))).all(axis=1).sum())


def _spread(mm: Points, template: Template) -> float:
    width, height = template.page.mm
    return float(cv2.contourArea(cv2.convexHull(mm.astype(np.float32)))) / (width * height)


@lru_cache(maxsize=64)
def _blank(path: Path, changed_ns: int, detail: Detail) -> tuple[Features, tuple[int, int]]:
    """The features of a blank picture; `changed_ns` makes an edited blank a new entry."""
    del changed_ns
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return Features(np.empty((0, 2)), np.empty((0, 128), np.float32), detail), (1, 1)
    return describe(np.asarray(image, dtype=np.uint8), detail), (image.shape[0], image.shape[1])
