"""A registered comb cut into its cells: printed borders gone, each stroke given to the cell that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import SIDE, Darkness, darkness, ink_level, normalise, strokes
from ocr.pieces import Labels, pieces
from ocr.readings import Gray

_OFF_MM = 0.9
"""How far registration and paper may shift the printed comb."""
_LINE_MM = 0.75
"""No printed border is thicker; a stroke that crosses one is."""
_SPECK_MM = 0.3
_TOUCHING = 0.22
"""Share of a stroke's ink beyond the border from which two characters touch instead of one straying."""
_EMPTY_MM2 = 0.18
_FAINTEST, _BESIDE_BLACK = 0.15, 0.5
"""Bounds of a field's ink level: below, the noise of an empty field would count as writing; above, black borders would
hide a pencil."""

_NOTHING = np.zeros((SIDE, SIDE), np.uint8)
_SOFT = np.ones((3, 3), np.uint8)
"""A stroke's soft edge."""
On = NDArray[np.bool_]
_Span = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a comb: its picture for the net (32, 32), the area of its ink, and whether a line runs through.

    `empty` means paper; `struck` that a line crosses this cell and its neighbours; `strayed` that strokes of two
    cells touched and were cut apart. Its ink reaches from `top` to `bottom`, in px of the crop.
    """

    picture: Gray
    ink_mm2: float
    empty: bool
    struck: bool = False
    strayed: bool = False
    top: int = 0
    bottom: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells lie in a crop, in px: `left` and `top` of the first, `pitch` apart, `height` high."""

    left: float
    top: float
    pitch: float
    height: float
    cells: int
    px_per_mm: float

    def border(self, number: int) -> float:
        return self.left + number * self.pitch

    def cell_at(self, column: int) -> int:
        """The cell of a column of px; the first and the last take what lies beside them."""
        return int(min(max((column + 0.5 - self.left) // self.pitch, 0), self.cells - 1))


@dataclass(frozen=True, slots=True)
class _Strokes:
    """The strokes of a field: each pixel's number in `labels` (h, w), and where the strokes that count lie."""

    labels: Labels
    boxes: dict[int, _Span]


def cut_cells(crop: Gray, margin_mm: float, cells: int, px_per_mm: float) -> tuple[Cell, ...]:
    """The cells of a comb from left to right.

    `crop` is upright at `px_per_mm` with `margin_mm` around the comb's box; margins of 1 mm and more let borders
    be found that are printed or registered a little off, and strokes that leave the box.
    """
    around = margin_mm * px_per_mm
    rows, columns = crop.shape
    layout = Layout(around, around, (columns - 2 * around) / cells, rows - 2 * around, cells, px_per_mm)
    dark = darkness(crop)
    # a quarter of the pixels tells how dark the ink of a whole field is
    level_of_ink = ink_level(np.ascontiguousarray(dark[::2, ::2]))
    on = strokes(dark, min(max(level_of_ink, _FAINTEST), _BESIDE_BLACK))
    upright, level = _lines(on, layout, upright=True), _lines(on, layout, upright=False)
    layout = _settled(upright, level, layout)
    return _shared_out(dark, _written(on, upright, level, layout), layout)


def _settled(upright: On, level: On, layout: Layout) -> Layout:
    """The layout moved to where the borders are really printed; unmoved when none are seen (drop-out colours)."""
    reach = int(_OFF_MM * layout.px_per_mm)
    across = _fits(_ink_along(upright, 0), [layout.border(n) for n in range(layout.cells + 1)], reach)
    ends = [layout.top, layout.top + layout.height]
    down = _fits(_ink_along(level, 1), ends, reach)
    return Layout(layout.left + across, layout.top + down, layout.pitch, layout.height, layout.cells, layout.px_per_mm)


def _ink_along(on: On, axis: int) -> NDArray[np.int32]:
    """The pixels of ink in each column (axis 0) or row (axis 1); ten times as quick as numpy's sum of booleans."""
    return np.asarray(cv2.reduce(on.view(np.uint8), axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S), np.int32).ravel()


def _fits(profile: NDArray[np.int32], places: list[float], reach: int) -> float:
    """The shift within +-`reach` px that lays most of the `profile` onto the `places`; 0 when nothing is there."""
    soft = np.convolve(profile, [1.0, 2.0, 1.0], "same")
    shifts = np.arange(-reach, reach + 1)
    at = np.round(np.array(places)[None] + shifts[:, None]).astype(int)
    inside = (at >= 0) & (at < len(soft))
    found = np.where(inside, soft[np.clip(at, 0, len(soft) - 1)], 0).sum(axis=1)
    best = found.max()
    # among equally good ones the smallest move
    return float(min(shifts[found >= 0.98 * best], key=abs)) if best > 0 else 0.0


def _lines(on: On, layout: Layout, *, upright: bool) -> On:
    """Long thin straight runs: what a printed border looks like, and few strokes of a pen."""
    length = int((0.3 if upright else 0.7) * (layout.height if upright else layout.pitch))
    thick = int(_LINE_MM * layout.px_per_mm)
    run, across = ((1, length), (thick, 1)) if upright else ((length, 1), (1, thick))
    picture = on.view(np.uint8)
    long = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones(run[::-1], np.uint8))
    wide = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones(across[::-1], np.uint8))
    # a noisy border is ragged: what lies along its straight core is border too
    grown = cv2.dilate(long, np.ones(((1, 5) if upright else (5, 1)), np.uint8))
    return np.asarray((grown > 0) & (wide == 0) & on, dtype=np.bool_)


def _written(on: On, upright: On, level: On, layout: Layout) -> _Strokes:
    """The strokes left when the borders' pixels are taken out where no stroke crosses them.

    Left out are the crossings of borders with each other, specks, and print that lies mostly outside the comb.
    """
    near = int(0.35 * layout.px_per_mm)
    columns = _band([layout.border(n) for n in range(layout.cells + 1)], near, on.shape[1])
    rows = _band([layout.top, layout.top + layout.height], near, on.shape[0])[:, None]
    mended = _mended(on & ~(upright & columns) & ~(level & rows), on, layout)
    printed = mended & (columns | rows)
    return _large(mended, printed, layout)


def _large(on: On, printed: On, layout: Layout) -> _Strokes:
    """The strokes of `on` inside the comb that are no specks and do not lie (nearly) all in what is `printed`."""
    labels, stats, centres = pieces(on.view(np.uint8))
    area = stats[:, cv2.CC_STAT_AREA]
    kept = np.bincount(labels[printed], minlength=len(stats)) < 0.85 * area
    kept &= area >= (_SPECK_MM * layout.px_per_mm) ** 2
    kept &= (centres[:, 1] > layout.top) & (centres[:, 1] < layout.top + layout.height)
    kept &= (centres[:, 0] > layout.left) & (centres[:, 0] < layout.border(layout.cells))
    kept[0] = False
    boxes = {int(n): _box(*(int(v) for v in stats[n, :4])) for n in np.flatnonzero(kept)}
    return _Strokes(labels, boxes)


def _box(x: int, y: int, width: int, height: int) -> _Span:
    return slice(y, y + height), slice(x, x + width)


def _band(places: list[float], near: int, length: int) -> On:
    """Which of `length` px lie within `near` of a place."""
    offsets = np.arange(-near, near + 1)
    at = np.round(np.array(places)[:, None] + offsets).astype(int)
    band = np.zeros(length, np.bool_)
    band[at[(at >= 0) & (at < length)]] = True
    return band


def _mended(kept: On, on: On, layout: Layout) -> On:
    """Gaps that the removal tore into strokes are closed again, with nothing but ink that was there."""
    size = max(3, int(0.4 * layout.px_per_mm))
    closed = cv2.morphologyEx(kept.view(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    return np.asarray((closed > 0) & on, dtype=np.bool_)


def _shared_out(dark: Darkness, strokes: _Strokes, layout: Layout) -> tuple[Cell, ...]:
    owned: list[list[tuple[int, _Span]]] = [[] for _ in range(layout.cells)]
    struck, strayed = set[int](), set[int]()
    for number, (rows, columns) in strokes.boxes.items():
        if (cell := layout.cell_at(columns.start)) == layout.cell_at(columns.stop - 1):
            owned[cell].append((number, (rows, columns)))
            continue
        part = strokes.labels[rows, columns] == number
        held = _cells_of(part, columns.start, layout)
        if _is_line_through(part, layout):
            struck.update(held)
        if len(held) > 1:
            strayed.update(held)
        owners = _column_owner(part, columns.start, held, layout)
        for cell in held:
            own = part & (owners == cell)
            if own.any():
                owned[cell].append((number, _tight(own, rows.start, columns.start)))
    return tuple(
        _cell(dark, strokes.labels, pieces, layout, struck=cell in struck, strayed=cell in strayed)
        for cell, pieces in enumerate(owned)
    )


def _tight(own: On, y: int, x: int) -> _Span:
    """The place of the ink of `own`, which begins at `y` and `x`."""
    left, top, width, height = cv2.boundingRect(own.view(np.uint8))
    return _box(x + left, y + top, width, height)


def _cells_of(part: On, x: int, layout: Layout) -> list[int]:
    """The cells in which this stroke has a fair share of its ink; always at least one."""
    columns = _ink_along(part, 0)
    cells = [layout.cell_at(column) for column in range(x, x + len(columns))]
    shares = np.bincount(cells, columns, minlength=layout.cells) / columns.sum()
    spread = part.shape[1] > 1.15 * layout.pitch
    fair = 2 * _TOUCHING / max(part.shape[1] / layout.pitch, 2)
    held = [int(cell) for cell in np.flatnonzero(shares >= fair)]
    return held if len(held) > 1 and spread else [int(shares.argmax())]


def _is_line_through(part: On, layout: Layout) -> bool:
    """Whether the stroke has a straight run across cells, as a pen that strikes a value out leaves it."""
    if part.shape[1] < 1.9 * layout.pitch:
        return False
    # a hand-drawn line is not level, so rows are merged
    merged = cv2.dilate(part.astype(np.uint8), np.ones((int(0.9 * layout.px_per_mm), 1), np.uint8))
    return bool(cv2.morphologyEx(merged, cv2.MORPH_OPEN, np.ones((1, int(1.7 * layout.pitch)), np.uint8)).any())


def _column_owner(part: On, x: int, held: list[int], layout: Layout) -> NDArray[np.int16]:
    """Which cell each column of a stroke goes to: cut where the ink is thinnest near the borders between `held`."""
    columns = _ink_along(part, 0).astype(np.float64)
    owners = np.full(len(columns), held[0], np.int16)
    for cell in held[1:]:
        border = layout.border(cell) - x
        low, high = (int(np.clip(border + s * 0.25 * layout.pitch, 0, len(columns) - 1)) for s in (-1, 1))
        away = np.abs(np.arange(low, high + 1) - border) / layout.pitch * layout.px_per_mm
        owners[low + int((columns[low : high + 1] + away).argmin()) :] = cell
    return owners


def _cell(
    dark: Darkness,
    labels: Labels,
    pieces: list[tuple[int, _Span]],
    layout: Layout,
    *,
    struck: bool,
    strayed: bool,
) -> Cell:
    """The cell whose ink is the `pieces`: strokes by number, each within its rows and columns."""
    if not pieces:
        return Cell(_NOTHING, 0.0, True, struck)
    top, bottom = int(max(layout.top, 0)), int(layout.top + layout.height) + 1
    first, left = min(top, *(span[0].start for _, span in pieces)), min(span[1].start for _, span in pieces)
    last, right = max(bottom, *(span[0].stop for _, span in pieces)), max(span[1].stop for _, span in pieces)
    left, right = max(left - 2, 0), right + 2
    inside = dark[first:last, left:right]
    own = np.zeros(inside.shape, np.uint8)
    for number, (down, across) in pieces:
        part = slice(down.start - first, down.stop - first), slice(across.start - left, across.stop - left)
        own[part] |= labels[down, across] == number
    area = cv2.countNonZero(own) / layout.px_per_mm**2
    if area < _EMPTY_MM2:
        return Cell(_NOTHING, area, True, struck)
    alone = np.asarray(inside * cv2.dilate(own, _SOFT), np.uint8)
    top, bottom = min(span[0].start for _, span in pieces), max(span[0].stop for _, span in pieces)
    return Cell(normalise(alone, layout.height), area, False, struck, strayed, top, bottom)
