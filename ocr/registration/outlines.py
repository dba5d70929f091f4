"""The boxes that our own forms print, looked for at their places: they prove the version and sharpen the place.

Only tick boxes and combs count: their edges are many. A single writing line may drop out of a 1-bit scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray
from ocr.registration.geometry import Points, apply
from ocr.registration.result import Matrix, Registration
from ocr.template.model import Box, ChoiceField, CombField, Template, TickField

_POINTS, _DARK = 9, 6
"""Places looked at along an edge, and how many of them are darker than what counts as its line."""
_REACH_MM, _STEP_MM = 1.2, 0.1
_NEAR_MM = 0.45
"""How far from its place an edge still counts as in place."""
_CLEAR, _BARE = 0.07, 0.03
"""Darkness (a share of the paper's) from which an edge is seen, and up to which there is only paper."""
_PART = 0.5
"""An edge in place is at least so dark as a share of its kind's usual darkness."""
_SHADE = 0.4
"""Where the paper is darker than this share of the page's, nothing can be said: a scanner's lid, a finger, a shadow."""
_HALF, _MOST, _SEVERAL = 0.5, 0.75, 2
"""Edges of a tick box and of a comb that must be bare: a comb's are pale, and some may drop out of a 1-bit scan."""
_ROUNDS, _STRAY_MM = 5, 0.15
_LEAST_EDGES, _ANCHOR = 12, 2.0
"""Edges needed to correct the map, and the weight of a point of the marks against that of an edge."""

Edges = NDArray[np.float64]
"""(n, 4) x1, y1, x2, y2 in mm."""


@dataclass(frozen=True)
class Outlines:
    """All printed edges of a form; `owner` (n,) is the number of the box that each belongs to, in `names`."""

    edges: Edges
    owner: NDArray[np.intp]
    names: tuple[str, ...]
    ticks: NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """Each edge on the page: how dark it is at its place, and whether that can be told.

    `line` is how dark the darkest line within `_REACH_MM` is, and `aside` how many mm to the right of an upright edge,
    or down from a level one, that line lies.
    """

    darkness: NDArray[np.float64]
    line: NDArray[np.float64]
    aside: NDArray[np.float64]
    judged: NDArray[np.bool_]


def outlines_of(template: Template) -> Outlines | None:
    """The edges of a form that we print ourselves; None for another's, whose boxes may be drawn anyhow."""
    boxes = list(_boxes(template)) if template.printable else []
    if not boxes:
        return None
    edges = [(number, edge) for number, (_, box, cells) in enumerate(boxes) for edge in _edges(box, cells)]
    return Outlines(
        np.array([edge for _, edge in edges], dtype=np.float64),
        np.array([number for number, _ in edges]),
        tuple(name for name, _, _ in boxes),
        np.array([cells == 0 for _, _, cells in boxes]),
    )


def _boxes(template: Template) -> Iterator[tuple[str, Box, int]]:
    """Name, box and cells (0 for a tick box) of what is drawn with edges all around."""
    for name, field in template.fields.items():
        if isinstance(field, ChoiceField) and field.shape == "square":
            yield from ((f"{name}.{option}", spec.box, 0) for option, spec in field.options.items())
        elif isinstance(field, TickField):
            yield name, field.box, 0
        elif isinstance(field, CombField):
            yield name, field.box, field.cells


def _edges(box: Box, cells: int) -> list[tuple[float, float, float, float]]:
    x, y, w, h = box
    level = [(x, at, x + w, at) for at in (y, y + h)]
    return level + [(at, y, at, y + h) for at in np.linspace(x, x + w, max(cells, 1) + 1)]


def look(image: Gray, matrix: Matrix, outlines: Outlines) -> Seen:
    """Samples across every edge; a line is as dark as most of its length, which crossing strokes are not."""
    offsets = np.arange(-_REACH_MM, _REACH_MM + _STEP_MM / 2, _STEP_MM)
    mm = _samples(outlines.edges, offsets)
    px = apply(matrix, mm.reshape(-1, 2)).reshape(mm.shape)
    inside = ((px > 0) & (px < np.array(image.shape[::-1]) - 1)).all(axis=(1, 2, 3))
    maps = px.reshape(len(px), -1, 2).astype(np.float32)
    values = cv2.remap(image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderValue=255).reshape(mm.shape[:3])
    profile = np.partition(values, _DARK, axis=1)[:, _DARK].astype(np.float64)
    paper = np.sort(profile, axis=1)[:, int(0.8 * len(offsets))]
    dark = 1 - profile / np.maximum(paper, 48.0)[:, None]
    at = dark.argmax(axis=1)
    line = dark[np.arange(len(dark)), at]
    beside = np.abs(offsets[None, :] - offsets[at][:, None]) < 3.5 * _STEP_MM
    weights = np.clip(dark - line[:, None] / 2, 0, None) * beside
    aside = (weights * offsets).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    judged = inside & (paper > _SHADE * np.median(paper))
    return Seen(dark[:, np.abs(offsets) <= _NEAR_MM].max(axis=1), line, aside, judged)


def _samples(edges: Edges, offsets: Points) -> Points:
    """(edges, points along each, offsets across, 2) mm."""
    along = np.linspace(0.12, 0.88, _POINTS)
    start, way = edges[:, None, :2], edges[:, None, 2:] - edges[:, None, :2]
    places = start + along[None, :, None] * way
    across = np.where((edges[:, 0] == edges[:, 2])[:, None], [[1.0, 0.0]], [[0.0, 1.0]])
    return np.asarray(places[:, :, None, :] + offsets[None, None, :, None] * across[:, None, None, :])


def missing_boxes(outlines: Outlines, seen: Seen) -> tuple[str, ...]:
    """The boxes at whose place there is bare paper though others of their kind are in place; () unless several.

    Where all boxes of a kind are gone, their colour or the scanner dropped them, and nothing is missing.
    """
    gone: list[str] = []
    for ticks in (True, False):
        kind = outlines.ticks[outlines.owner] == ticks
        clear = seen.darkness[kind & seen.judged & (seen.darkness > _CLEAR)]
        if not len(clear):
            continue
        usual = float(np.median(clear))
        there = seen.judged & (seen.darkness > _PART * usual)
        bare = seen.judged & (seen.darkness < min(_BARE, 0.2 * usual))
        if not bare.any():
            continue
        boxes = [(name, outlines.owner == n) for n, name in enumerate(outlines.names) if outlines.ticks[n] == ticks]
        if any(there[own].mean() > _MOST for _, own in boxes):
            gone += [name for name, own in boxes if bare[own].mean() >= (_HALF if ticks else _MOST)]
    return tuple(gone) if len(gone) >= _SEVERAL else ()


def sharpen(registration: Registration, outlines: Outlines, seen: Seen, size_mm: tuple[float, float]) -> Registration:
    """The map corrected by where the edges lie; as it was where too few are seen.

    Least squares over the eight unknowns of a homography near the identity, in mm of the form.
    """
    used = seen.judged & (seen.line > _CLEAR) & (np.abs(seen.aside) < _REACH_MM - 2 * _STEP_MM)
    if used.sum() < _LEAST_EDGES:
        return registration
    edges, scale = outlines.edges[used], float(max(size_mm))
    x, y = ((edges[:, i] + edges[:, i + 2]) / 2 / scale for i in (0, 1))
    upright = edges[:, 0] == edges[:, 2]
    design = np.where(upright[:, None], *_rows(x, y))
    # the marks hold what the edges leave open
    held = np.vstack([_ANCHOR * rows for rows in _rows(*(registration.anchors / scale).T)])
    rows, target = np.vstack([design, held]), np.concatenate([seen.aside[used] / scale, np.zeros(len(held))])
    trust = np.ones(len(rows))
    for _ in range(_ROUNDS):
        solution, *_ = np.linalg.lstsq(rows * trust[:, None], target * trust, rcond=None)
        # what lies far from the answer is another line (Cauchy weights)
        trust = 1 / np.hypot(1, (rows @ solution - target) * scale / _STRAY_MM)
    change = np.eye(3) + np.array([solution[:3], solution[3:6], [*solution[6:], 0.0]])
    to_unit = np.diag([1 / scale, 1 / scale, 1.0])
    return replace(registration, matrix=registration.matrix @ np.linalg.inv(to_unit) @ change @ to_unit)


def _rows(x: Points, y: Points) -> tuple[Points, Points]:
    """How far each unknown of a homography near the identity moves the points to the right, and down."""
    one, none = np.ones(len(x)), np.zeros(len(x))
    right = np.column_stack([x, y, one, none, none, none, -x * x, -x * y])
    return right, np.column_stack([none, none, none, x, y, one, -x * y, -y * y])
