"""A character becomes what a scanner sees in a cell: pen, slant, neighbours, remains of the comb, paper, scan."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import SIDE, darkness, normalise, quantile, without_specks
from training.glyphs import Ink

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]
Pen = tuple[float, float]
"""Softness in px, and the level 0..1 (of the strongest ink) at which a stroke ends: the lower, the thicker."""
CELL = 64
"""Height of a simulated cell in px; 8 mm at 8 px/mm."""
_SMALL = set("acemnorsuvwxzåäöé")


def plain(ink: Ink, share: float = 0.7) -> Picture:
    """The net's picture of an undamaged character, without any chance: for measuring."""
    scale = share * CELL / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    glyph = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    canvas = np.full((CELL, CELL), 240, np.float32)
    top, left = (CELL - size[1]) // 2, (CELL - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] -= glyph * (200 / 255)
    return seen(canvas.astype(np.uint8))


def seen(gray: Picture) -> Picture:
    """What the reader makes of the scan of one cell."""
    return normalise(without_specks(darkness(gray), gray.shape[0]), gray.shape[0])


def scanned(ink: Plane, rng: np.random.Generator) -> Picture:
    """A cell's ink (0..1) on paper, scanned well or badly, as the net sees it."""
    return seen(degraded(ink, rng))


def well_scanned(ink: Plane, rng: np.random.Generator) -> Picture:
    """Ink (0..1) on clean paper, a little soft and noisy."""
    gray = rng.uniform(215, 250) * (1 - ink * rng.uniform(0.5, 0.95))
    soft = cv2.GaussianBlur(gray, (0, 0), rng.uniform(0.3, 0.9)) + rng.normal(0, 2, gray.shape)
    return np.asarray(np.clip(soft, 0, 255), dtype=np.float32).astype(np.uint8)


def degraded(ink: Plane, rng: np.random.Generator) -> Picture:
    """Ink (0..1) put on paper and through a scanner: fading, shadow, blur, noise, specks, JPEG, fewer dpi, 1 bit."""
    paper, pen = rng.uniform(190, 250), rng.uniform(0.35, 0.95)
    gray = paper * (1 - ink * pen)
    if rng.random() < 0.15:
        gray *= np.linspace(rng.uniform(0.75, 1), rng.uniform(0.75, 1), gray.shape[1], dtype=np.float32)
    if rng.random() < 0.7:
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), rng.uniform(0.3, 1.3)), np.float32)
    if rng.random() < 0.25:
        gray = _fewer_dpi(gray, rng.uniform(0.45, 0.8))
    if rng.random() < 0.6:
        gray = gray + rng.normal(0, rng.uniform(1, 9), gray.shape)
    if rng.random() < 0.2:
        _specks(gray, rng, paper * (1 - pen))
    picture = np.clip(gray, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        black = picture < paper * (1 - pen * rng.uniform(0.3, 0.65))
        picture = np.where(black, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        picture = _jpeg(picture, int(rng.integers(15, 80)))
    return np.asarray(picture, dtype=np.uint8)


def _fewer_dpi(gray: Plane, scale: float) -> Plane:
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _specks(gray: Plane, rng: np.random.Generator, level: float) -> None:
    for _ in range(int(rng.integers(1, 8))):
        x, y = int(rng.integers(gray.shape[1])), int(rng.integers(gray.shape[0]))
        gray[y : y + int(rng.integers(1, 3)), x : x + int(rng.integers(1, 3))] = level


def _jpeg(picture: Picture, quality: int) -> Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def usual_height(label: str, rng: np.random.Generator) -> float:
    """The share of the cell's height that a writer gives to this character."""
    return float(rng.uniform(0.3, 0.65) if label in _SMALL else rng.uniform(0.45, 0.92))


def written(
    ink: Ink,
    height: float,
    rng: np.random.Generator,
    middle: float | None = None,
    wild: float = 1.0,
    pen: Pen | None = None,
) -> Plane:
    """The ink of a cell (0..1) with the character bent, slanted and written `height` (share of the cell) high.

    `middle` is where its centre lies in the cell (0..1), by chance when None; `wild` scales all distortion; the
    pen is any without `pen`.
    """
    width = round(CELL * rng.uniform(0.65, 1.1))
    tall = max(3.0, height * CELL)
    aspect = float(np.exp(rng.normal(0, 0.11 * wild)))
    scale_y = tall / ink.shape[0]
    scale_x = min(scale_y * aspect, 1.05 * width / ink.shape[1])
    slant, turn = rng.normal(0.02, 0.14 * wild), np.deg2rad(rng.normal(0, 5 * wild))
    x = width / 2 + rng.normal(0, 0.05) * width
    free = 0.5 * max(CELL - tall, 0)
    y = CELL * middle + rng.normal(0, 0.07 * CELL) if middle is not None else CELL / 2 + rng.uniform(-free, free)
    forward = np.array([[scale_x, slant * scale_y], [0, scale_y]])
    forward = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ forward
    back = np.linalg.inv(forward)
    ys, xs = np.mgrid[0:CELL, 0:width].astype(np.float32)
    ys, xs = ys - y, xs - x
    bend_x, bend_y = _bend(width, rng, wild), _bend(width, rng, wild)
    map_x = back[0, 0] * (xs + bend_x) + back[0, 1] * (ys + bend_y) + ink.shape[1] / 2 - 0.5
    map_y = back[1, 0] * (xs + bend_x) + back[1, 1] * (ys + bend_y) + ink.shape[0] / 2 - 0.5
    moved = cv2.remap(ink, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR)
    return _penned(np.asarray(moved, dtype=np.uint8), pen or any_pen(rng))


def _bend(width: int, rng: np.random.Generator, wild: float) -> Plane:
    coarse = rng.normal(0, 1.4 * wild, (5, 5)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, CELL), interpolation=cv2.INTER_CUBIC), np.float32)


def any_pen(rng: np.random.Generator, wild: float = 1.0) -> Pen:
    """Sharp or soft, thick or thin."""
    return float(rng.uniform(0.8, 0.8 + 1.0 * wild)), float(rng.uniform(0.42 - 0.18 * wild, 0.42 + 0.18 * wild))


def _penned(moved: Picture, pen: Pen) -> Plane:
    """Written with a thinner or a thicker pen: a soft picture cut at a lower or higher level."""
    soft = cv2.GaussianBlur(moved, (0, 0), pen[0]).astype(np.float32)
    strong = soft[moved > 128]
    peak = quantile(strong, 0.6) if strong.size > 4 else float(soft.max()) or 1.0
    level = peak * pen[1]
    return np.asarray(np.clip((soft - level) / (0.25 * peak) + 0.5, 0, 1), dtype=np.float32)


def with_remains(ink: Plane, rng: np.random.Generator, longest: float = 1.0) -> Plane:
    """Remains of printed cell borders: pieces of thin lines near the edges, up to `longest` (share of the cell)."""
    height, width = ink.shape
    for _ in range(int(rng.integers(1, 3))):
        dark, thick = rng.uniform(0.3, 1.0), int(rng.integers(1, 3))
        start, length = rng.uniform(0, 0.8), rng.uniform(0.1, 1.0) * longest
        near = rng.uniform(0, 0.07)
        at = near if rng.random() < 0.5 else 1 - near
        if rng.random() < 0.6:
            top, x = int(start * height), int(at * (width - thick))
            part = ink[top : top + int(length * height), x : x + thick]
        else:
            left, y = int(start * width), int(at * (height - thick))
            part = ink[y : y + thick, left : left + int(length * width)]
        np.maximum(part, dark, out=part)
    return ink


def with_neighbour(ink: Plane, other: Plane, rng: np.random.Generator) -> Plane:
    """The end of a neighbour's stroke reaches into the cell."""
    reach = int(rng.integers(2, max(3, int(0.16 * ink.shape[1]))))
    rows = min(ink.shape[0], other.shape[0])
    columns = np.flatnonzero(other.max(axis=0) > 0.5)
    if len(columns) <= reach:
        return ink
    if rng.random() < 0.5:
        tail, part = other[:rows, columns[-1] + 1 - reach : columns[-1] + 1], ink[:rows, :reach]
    else:
        tail, part = other[:rows, columns[0] : columns[0] + reach], ink[:rows, -reach:]
    np.maximum(part, tail, out=part)
    return ink


def scratched(ink: Plane, rng: np.random.Generator) -> Plane:
    """Struck out: zigzag, cross, several lines, or painted over."""
    height, width = ink.shape
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    if not len(rows) or not len(columns):
        return ink
    box = np.array([columns[0], rows[0], columns[-1], rows[-1]]) + rng.normal(0, 0.05, 4) * CELL
    layer = np.zeros((height, width), np.uint8)
    pen, kind = int(rng.integers(2, 6)), rng.random()
    if kind < 0.4:
        _zigzag(layer, box, rng, pen, int(rng.integers(3, 7)))
    elif kind < 0.6:
        for ends in ((box[0], box[1], box[2], box[3]), (box[0], box[3], box[2], box[1])):
            _ragged(layer, ends, rng, pen)
    elif kind < 0.85:
        for y in np.linspace(box[1], box[3], int(rng.integers(4, 6)))[1:-1]:
            _ragged(layer, (box[0] - 6, y, box[2] + 6, y + rng.normal(0, 5)), rng, pen)
    else:
        _zigzag(layer, box, rng, pen + 3, int(rng.integers(8, 14)))
    return np.maximum(ink, layer.astype(np.float32) / 255)


def _zigzag(layer: Picture, box: NDArray[np.float64], rng: np.random.Generator, pen: int, turns: int) -> None:
    along = np.linspace(0, 1, turns + 1)
    points = [
        (box[0] + (box[2] - box[0]) * a + rng.normal(0, 2), (box[1] if i % 2 else box[3]) + rng.normal(0, 3))
        for i, a in enumerate(along)
    ]
    if rng.random() < 0.5:
        points = [
            ((box[0] if i % 2 else box[2]) + rng.normal(0, 3), box[1] + (box[3] - box[1]) * a + rng.normal(0, 2))
            for i, a in enumerate(along)
        ]
    cv2.polylines(layer, [np.round(points).astype(np.int32)], False, 255, pen, cv2.LINE_AA)


def _ragged(layer: Picture, ends: Sequence[float], rng: np.random.Generator, pen: int) -> None:
    x0, y0, x1, y1 = (float(end) + float(rng.normal(0, 2)) for end in ends)
    middle = ((x0 + x1) / 2 + float(rng.normal(0, 2)), (y0 + y1) / 2 + float(rng.normal(0, 2)))
    points = np.round([(x0, y0), middle, (x1, y1)]).astype(np.int32)
    cv2.polylines(layer, [points], False, 255, pen, cv2.LINE_AA)


def blank_cell(rng: np.random.Generator) -> Plane:
    """A cell without a character: nothing, or a small stray stroke at an edge."""
    ink = np.zeros((CELL, round(CELL * rng.uniform(0.65, 1.1))), np.float32)
    if rng.random() < 0.35:
        edge = rng.random() < 0.5
        x = 0 if edge else ink.shape[1] - 1
        y, inward = int(rng.integers(CELL)), int(rng.integers(2, 9)) * (1 if edge else -1)
        cv2.line(ink, (x, y), (x + inward, y + int(rng.integers(-8, 9))), 1.0, int(rng.integers(1, 4)), cv2.LINE_AA)
    return ink


EMPTY = np.zeros((SIDE, SIDE), np.uint8)
