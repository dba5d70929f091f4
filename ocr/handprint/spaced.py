"""A line of hand-printed characters that stand apart without cells, cut into pictures for the cell net."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import Darkness, darkness, ink_level, normalise, strokes
from ocr.pieces import Labels, pieces
from ocr.readings import Gray

_SPECK_MM = 0.35
_RULE_MM = 9.0
_RULE_THICK_MM = 0.8
_MARK = 0.45
"""Share of a character's height below which a component is a mark: a dot, a dash, an accent."""
_TOO_WIDE = 1.55
_SPACE, _SPACE_TO_GAP = 0.45, 2.2

On = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a line: its picture (32, 32), its edges in px, whether a space comes before it.

    `low` says that it is a mark by its height: a full stop, a comma, a dash. It reaches from `top` to `bottom` px.
    """

    picture: Gray
    left: int
    right: int
    after_space: bool
    low: bool = False
    top: int = 0
    bottom: int = 0


@dataclass(slots=True)
class _Group:
    left: int
    right: int
    top: int
    bottom: int
    numbers: list[int]

    def take(self, other: _Group) -> None:
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.top, self.bottom = min(self.top, other.top), max(self.bottom, other.bottom)
        self.numbers += other.numbers


def cut_line(crop: Gray, px_per_mm: float) -> tuple[Character, ...]:
    """The characters of a crop that holds one line, from left to right; none for an empty one."""
    dark = darkness(crop)
    on = _without_rules(strokes(dark, max(ink_level(dark), 0.15)), px_per_mm)
    labels, stats, _ = pieces(on.view(np.uint8))
    least = (_SPECK_MM * px_per_mm) ** 2
    found = [_group(n, stats[n]) for n in range(1, len(stats)) if stats[n, cv2.CC_STAT_AREA] >= least]
    found = [g for g in found if not _cut_off(g, crop.shape[0])]
    if not found:
        return ()
    height = _usual_height(found)
    return _pictures(dark, labels, _apart(_joined(found, height), labels, height), height)


def without_marks(crop: Gray, line: tuple[Character, ...]) -> Gray:
    """The crop of a cut line with paper where its low marks stand."""
    bare, paper = crop.copy(), int(np.median(crop))
    for mark in line:
        if mark.low:
            bare[max(mark.top - 1, 0) : mark.bottom + 1, max(mark.left - 1, 0) : mark.right + 1] = paper
    return bare


def _without_rules(on: On, px_per_mm: float) -> On:
    """Takes printed writing lines away: straight, level, thin, longer than any letter."""
    picture = on.astype(np.uint8)
    rules = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((1, int(_RULE_MM * px_per_mm)), np.uint8))
    if not rules.any():
        return on
    thick = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((int(_RULE_THICK_MM * px_per_mm), 1), np.uint8))
    return np.asarray(cv2.subtract(picture, cv2.subtract(cv2.dilate(rules, np.ones((3, 3), np.uint8)), thick)) > 0)


def _group(number: int, stats: NDArray[np.int32]) -> _Group:
    x, y, width, height = (int(v) for v in stats[:4])
    return _Group(x, x + width, y, y + height, [number])


def _cut_off(group: _Group, rows: int) -> bool:
    """Print of the lines above and below, and rules, reach into the crop as low pieces at its edge."""
    height, middle = group.bottom - group.top, (group.top + group.bottom) / 2
    return (height < 0.3 * rows and (group.top <= 1 or group.bottom >= rows - 1)) or abs(middle / rows - 0.5) > 0.42


def _usual_height(groups: list[_Group]) -> float:
    heights = np.array([group.bottom - group.top for group in groups], np.float64)
    return float(np.median(heights[heights >= 0.5 * heights.max()]))


def _joined(groups: list[_Group], height: float) -> list[_Group]:
    """Parts of one character put together: they stand above each other, as an i and its dot, or are torn strokes."""
    characters: list[_Group] = []
    for group in sorted(groups, key=lambda g: g.left):
        last = characters[-1] if characters else None
        if last and _one(last, group, height):
            last.take(group)
        else:
            characters.append(group)
    return characters


def _one(last: _Group, group: _Group, height: float) -> bool:
    shared = min(last.right, group.right) - max(last.left, group.left)
    narrower = min(last.right - last.left, group.right - group.left)
    width = max(last.right, group.right) - min(last.left, group.left)
    if shared <= 0 or width > _TOO_WIDE * height:
        return False
    return shared > 0.5 * narrower or (shared > 0.25 * narrower and width < 0.9 * height)


def _apart(groups: list[_Group], labels: Labels, height: float) -> list[tuple[_Group, int, int]]:
    """Each character with the columns that are its own; what is too wide is cut at its thinnest columns."""
    pieces: list[tuple[_Group, int, int]] = []
    for group in groups:
        parts = max(1, round((group.right - group.left) / (1.05 * height)))
        if group.right - group.left <= _TOO_WIDE * height or group.bottom - group.top < _MARK * height:
            parts = 1
        own = np.isin(labels[group.top : group.bottom, group.left : group.right], group.numbers).sum(axis=0)
        edges = [group.left]
        for part in range(1, parts):
            middle, reach = part * len(own) / parts, 0.2 * len(own) / parts
            low, high = int(middle - reach), int(middle + reach) + 1
            edges.append(group.left + low + int(own[low:high].argmin()))
        edges.append(group.right)
        pieces += [(group, a, b) for a, b in pairwise(edges)]
    return pieces


def _pictures(
    dark: Darkness, labels: Labels, pieces: list[tuple[_Group, int, int]], height: float
) -> tuple[Character, ...]:
    """The pieces as the net sees them, in a cell one and a half times as high as the line's characters."""
    full = [g for g, _, _ in pieces if g.bottom - g.top > 0.7 * height] or [g for g, _, _ in pieces]
    middle = float(np.median([(g.top + g.bottom) / 2 for g in full]))
    above, below = round(middle - 0.75 * height), round(middle + 0.75 * height)
    gaps = [b[1] - a[2] for a, b in pairwise(pieces)]
    space = max(_SPACE * height, _SPACE_TO_GAP * float(np.median(gaps))) if gaps else 0.0
    characters, before = [], None
    for group, left, right in pieces:
        if right <= left:
            continue  # two cuts met in one column
        top, bottom = max(0, min(above, group.top)), max(below, group.bottom)
        own = np.isin(labels[top:bottom, left:right], group.numbers)
        soft = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8))
        alone = np.where(soft > 0, dark[top:bottom, left:right], 0).astype(np.uint8)
        alone = np.pad(alone, ((max(0, top - above) if above < 0 else 0, max(0, bottom - dark.shape[0])), (0, 0)))
        gap = left - before if before is not None else 0
        low = group.bottom - group.top < _MARK * height
        characters.append(
            Character(normalise(alone, 1.5 * height), left, right, gap > space, low, group.top, group.bottom)
        )
        before = right
    return tuple(characters)
