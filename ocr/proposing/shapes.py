"""Printed shapes to write into or tick: closed rectangles, circles, and lines to write on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.fields.crops import PX_PER_MM, Mask
from ocr.proposing.sheet import Sheet
from ocr.template.model import Box

_LEAST_CELL_MM, _FILLED = 1.9, 0.86
_ROUND = 0.84
_LEAST_RING_MM, _MOST_RING_MM = 1.8, 8.0
_MOST_RING_INK = 0.72
_GAP_MM, _TORN_MM = 0.35, 1.3
"""What is missing between two lines that meet, and within one: hairlines break on 1-bit scans."""
_DOTS_MM = 1.6
_WALL_MM = 6.0
_NEAR_MM, _NEAR_INK = 0.7, 0.06
_LEAST_LINE_MM = 12.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line from `left` to `right` at the height `y`, in mm."""

    left: float
    right: float
    y: float

    @property
    def width(self) -> float:
        return self.right - self.left


def find_cells(sheet: Sheet) -> list[Box]:
    """The insides of all closed rectangles, from tick boxes to tables, in reading order."""
    gap, torn = round(_GAP_MM * PX_PER_MM) | 1, round(_TORN_MM * PX_PER_MM)
    across = cv2.morphologyEx(sheet.across.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, torn), np.uint8))
    down = cv2.morphologyEx(sheet.down.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((torn, 1), np.uint8))
    walls = cv2.morphologyEx(cv2.bitwise_or(across, down), cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(1 - walls, connectivity=4)
    rows, columns = walls.shape
    cells = []
    for x, y, w, h, area in stats[1:]:
        whole = x == 0 or y == 0 or x + w == columns or y + h == rows
        if not whole and min(w, h) >= _LEAST_CELL_MM * PX_PER_MM and area >= _FILLED * w * h:
            cells.append(_mm(x, y, w, h))
    return sorted(cells, key=lambda box: (round(box[1]), box[0]))


def find_rings(sheet: Sheet) -> list[Box]:
    """The outer boxes of all circles with paper inside, perhaps with a letter in it."""
    contours, tree = cv2.findContours(sheet.ink.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = []
    for contour, (_, _, inside, around) in zip(contours, tree[0] if tree is not None else (), strict=True):
        x, y, w, h = cv2.boundingRect(contour)
        if around >= 0 or inside < 0 or not _LEAST_RING_MM <= max(w, h) / PX_PER_MM <= _MOST_RING_MM:
            continue
        if 0.85 < w / h < 1.18 and _is_round(contour) and sheet.ink[y : y + h, x : x + w].mean() < _MOST_RING_INK:
            rings.append(_mm(x, y, w, h))
    return sorted(rings, key=lambda box: (round(box[1]), box[0]))


def standing_alone(shapes: list[Box], sheet: Sheet) -> list[Box]:
    """The shapes with paper or another shape on their left and right: the o of a word has letters there."""
    long = cv2.morphologyEx(sheet.down.astype(np.uint8), cv2.MORPH_OPEN, np.ones((round(_WALL_MM * PX_PER_MM), 1)))
    ink = sheet.ink & (cv2.dilate(long, np.ones((1, 3), np.uint8)) == 0)
    for shape in shapes:
        x, y, w, h = _px(shape)
        ink[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1] = False
    near, most = round(_NEAR_MM * PX_PER_MM), _NEAR_INK
    alone = []
    for shape in shapes:
        x, y, w, h = _px(shape)
        sides = ink[y : y + h, max(0, x - near) : x], ink[y : y + h, x + w : x + w + near]
        if all(side.size == 0 or side.mean() < most for side in sides):
            alone.append(shape)
    return alone


def find_rules(sheet: Sheet, cells: list[Box]) -> list[Rule]:
    """Lines and dotted lines long enough to write on that are no wall of `cells`."""
    gap = round(_DOTS_MM * PX_PER_MM)
    joined = cv2.morphologyEx(_dots(sheet).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    least = round(_LEAST_LINE_MM * PX_PER_MM)
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    rules = [
        Rule(float(x / PX_PER_MM), float((x + w) / PX_PER_MM), float((y + h / 2) / PX_PER_MM))
        for x, y, w, h, _ in stats[1:]
    ]
    free = (rule for rule in rules if not _is_wall(rule, cells) and not _is_bracket(rule, sheet))
    return sorted(free, key=lambda rule: (round(rule.y), rule.left))


def find_teeth(sheet: Sheet, rule: Rule) -> list[float]:
    """Where short strokes stand on a line, mm from the left edge of the page: the walls of an open comb."""
    y, height = round(rule.y * PX_PER_MM), round(1.2 * PX_PER_MM)
    left, right = round(rule.left * PX_PER_MM), round(rule.right * PX_PER_MM)
    band = sheet.ink[max(0, y - height) : max(1, y - 3), max(0, left - 4) : right + 4]
    high = sheet.ink[max(0, y - 6 * height) : max(1, y - 5 * height), max(0, left - 4) : right + 4]
    full = (band.mean(axis=0) > 0.9) & ~(high.mean(axis=0) > 0.9)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
    return [(max(0, left - 4) + (a + b) / 2) / PX_PER_MM for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _dots(sheet: Sheet) -> Mask:
    """Lines, and the dots and dashes of dotted lines: small pieces, lower than letters."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sheet.ink.astype(np.uint8), connectivity=8)
    low = stats[:count, cv2.CC_STAT_HEIGHT] < 0.7 * PX_PER_MM
    low[0] = False
    return np.asarray(sheet.across | low[labels])


def _is_wall(rule: Rule, cells: list[Box]) -> bool:
    for x, y, w, h in cells:
        beside = min(abs(rule.y - y), abs(rule.y - y - h)) < 0.8
        if beside and min(rule.right, x + w) - max(rule.left, x) > 0.3 * min(rule.width, w):
            return True
    return False


def _is_bracket(rule: Rule, sheet: Sheet) -> bool:
    """Whether a vertical line meets one end only: a corner mark, or the frame of something."""
    y, reach, near = (round(mm * PX_PER_MM) for mm in (rule.y, 0.6 * _WALL_MM, 0.8))
    met = []
    for end in (rule.left, rule.right):
        x = round(end * PX_PER_MM)
        sides = slice(max(0, x - near), x + near + 1)
        over, under = sheet.down[max(0, y - reach) : y, sides], sheet.down[y : y + reach, sides]
        met.append(any(part.size and part.any(axis=1).mean() > 0.8 for part in (over, under)))
    return met[0] != met[1]


def _is_round(contour: cv2.typing.MatLike) -> bool:
    """Whether the hull's circularity (4 pi area / perimeter squared) is a circle's; a square has 0.79."""
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, closed=True)
    area = float(cv2.contourArea(hull))
    filled = area / max(1.0, float(np.prod(cv2.boundingRect(contour)[2:])))
    return (
        length > 0 and 4 * np.pi * area / length**2 > _ROUND and filled < 0.88 and cv2.contourArea(contour) > 0.9 * area
    )


def _px(box: Box) -> tuple[int, int, int, int]:
    x, y, w, h = (round(side * PX_PER_MM) for side in box)
    return x, y, w, h


def _mm(x: int, y: int, w: int, h: int) -> Box:
    return float(x / PX_PER_MM), float(y / PX_PER_MM), float(w / PX_PER_MM), float(h / PX_PER_MM)
