"""Solid black squares: the largest set of dark blobs that lies as the template's squares do."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.readings import Gray
from ocr.registration.geometry import (
    Points,
    apply,
    fit_affine,
    fit_homography,
    residual_mm,
    rotation_of,
    why_implausible,
)
from ocr.registration.result import Matrix, NotRegistered, Registration
from ocr.template.model import SquareMarks, Template

_NEAR_MM = 4.0
_MAX_BLOBS = 40
_LONG_SIDE_PX = 1900
_LEAST_FILL = 0.8


@dataclass(frozen=True, slots=True)
class _Blobs:
    """Centres (n, 2) and side lengths (n,) in px of the page."""

    centres: Points
    sides: Points


@dataclass(frozen=True, slots=True)
class _Fit:
    matrix: Matrix
    inliers: int
    residual: float
    mm: Points


def register_squares(template: Template, image: Gray) -> tuple[Registration, ...] | NotRegistered:
    """Every way (of the four turns) in which the squares fit equally well, the best first.

    A square that is missing or added on one side makes one way win; a symmetric layout leaves two or four, and the
    caller decides by what else is known, such as where a code was found.
    """
    marks = template.marks
    assert isinstance(marks, SquareMarks)
    centres_mm = np.array([[x + w / 2, y + h / 2] for x, y, w, h in marks.squares])
    side_mm = float(np.median([(w + h) / 2 for _, _, w, h in marks.squares]))
    blobs = _find_blobs(image)
    fits = [fit for start in _starts(centres_mm, side_mm, blobs) if (fit := _grown(start, centres_mm, side_mm, blobs))]
    fits = [fit for fit in fits if why_implausible(fit.matrix, template.page.mm, image.shape[:2]) is None]
    if not fits or max(fit.inliers for fit in fits) < min(4, len(centres_mm)):
        return NotRegistered("The form's black squares were not found; the page may be cut, covered or another form.")
    most = max(fit.inliers for fit in fits)
    ways = _best_per_turn([fit for fit in fits if fit.inliers == most], template)
    good = tuple(way for way in ways if way.residual_mm <= marks.max_residual)
    if not good:
        residual = ways[0].residual_mm
        reason = f"The form's squares are {residual:.1f} mm off; it is not read, because boxes would be shifted."
        return NotRegistered(reason, residual)
    return good


def find_squares(image: Gray) -> list[tuple[float, float, float, float]]:
    """The solid dark squares of a page, the largest first: x, y, width, height in px."""
    blobs = _find_blobs(image)
    corners = blobs.centres + 0.5 - blobs.sides[:, None] / 2
    return [(float(x), float(y), float(s), float(s)) for (x, y), s in zip(corners, blobs.sides, strict=True)]


def _best_per_turn(fits: list[_Fit], template: Template) -> list[Registration]:
    best: dict[int, Registration] = {}
    for fit in sorted(fits, key=lambda fit: fit.residual):
        turn = rotation_of(fit.matrix, template.page.mm)
        best.setdefault(turn, Registration(fit.matrix, fit.residual, "squares", fit.inliers, turn, fit.mm))
    return sorted(best.values(), key=lambda way: way.residual_mm)


def _find_blobs(image: Gray) -> _Blobs:
    scale = min(1.0, _LONG_SIDE_PX / max(image.shape))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, dark = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    # opening cuts the lines and strokes that touch a square away from it
    dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    _, _, stats, centroids = cv2.connectedComponentsWithStats(dark)
    kept = [
        (*((centroids[i] + 0.5) / scale - 0.5), (w + h) / 2 / scale)
        for i, (_, _, w, h, area) in enumerate(stats)
        if i and 0.7 < w / h < 1.4 and area > _LEAST_FILL * w * h and max(w, h) < 0.1 * max(small.shape)
    ]
    kept = sorted(kept, key=lambda blob: -blob[2])[:_MAX_BLOBS]
    table = np.array(kept, dtype=np.float64).reshape(-1, 3)
    return _Blobs(table[:, :2], table[:, 2])


def _starts(centres_mm: Points, side_mm: float, blobs: _Blobs) -> list[Matrix]:
    """Similarity maps from the two squares farthest apart to every pair of blobs at a fitting scale."""
    pairs = itertools.combinations(range(len(centres_mm)), 2)
    apart = sorted(pairs, key=lambda ij: -float(np.linalg.norm(centres_mm[ij[0]] - centres_mm[ij[1]])))
    starts: list[Matrix] = []
    for i, j in apart[:3]:
        for a, b in itertools.permutations(range(len(blobs.centres)), 2):
            start = _similarity(centres_mm[i], centres_mm[j], blobs.centres[a], blobs.centres[b])
            scale = float(np.hypot(start[0, 0], start[1, 0]))
            if all(0.6 < blobs.sides[n] / (scale * side_mm) < 1.5 for n in (a, b)):
                starts.append(start)
    return starts


def _similarity(p: Points, q: Points, to_p: Points, to_q: Points) -> Matrix:
    source, target = complex(*(q - p)), complex(*(to_q - to_p))
    turn = target / source
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    shift = to_p - linear @ p
    return np.array([[*linear[0], shift[0]], [*linear[1], shift[1]], [0.0, 0.0, 1.0]])


def _grown(start: Matrix, centres_mm: Points, side_mm: float, blobs: _Blobs) -> _Fit | None:
    """The fit on all squares that have a blob of the right size near their place."""
    scale = float(np.hypot(start[0, 0], start[1, 0]))
    expected = apply(start, centres_mm)
    gaps = np.linalg.norm(expected[:, None] - blobs.centres[None], axis=2)
    gaps[:, np.abs(np.log(blobs.sides / (scale * side_mm))) > 0.4] = np.inf
    nearest = gaps.argmin(axis=1)
    near = gaps[np.arange(len(centres_mm)), nearest] < max(_NEAR_MM, side_mm) * scale
    if near.sum() < min(4, len(centres_mm)) or len(set(nearest[near])) < near.sum():
        return None
    mm, px = centres_mm[near], blobs.centres[nearest[near]]
    matrix = fit_affine(mm, px)
    residual = residual_mm(matrix, mm, px)
    if residual > 1.0 and len(mm) > 4 and (bent := fit_homography(mm, px)) is not None:
        matrix, residual = bent, residual_mm(bent, mm, px)
    return _Fit(matrix, int(near.sum()), residual, mm)
