"""Places to write: rows of cells, rectangles and lines, with what their labels say about them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ocr.fields.crops import hull
from ocr.proposing.labels import label_of
from ocr.proposing.meaning import is_signature, meaning_of, name_of
from ocr.proposing.shapes import Rule, find_teeth
from ocr.proposing.sheet import Sheet
from ocr.proposing.ticks import Proposed
from ocr.proposing.words import Phrase
from ocr.template.areas import grown, overlap
from ocr.template.found_marks import tidy as millimetres
from ocr.template.model import Box

_CELL_MM, _CELL_HIGH_MM = (3.0, 11.0), (3.5, 15.0)
_WALL_MM, _ONE_WALL_MM = 1.7, 0.6
_LEAST_CELLS = 3
_BOX_MM, _BOX_HIGH_MM = 11.0, (4.0, 90.0)
_EMPTY_SHARE = 0.03
_LINE_MM, _LEAST_SPACE_MM, _SIGNATURE_MM = 8.5, 3.8, 14.0
_PITCH_MM = (5.0, 13.0)
_LONGEST_LABEL = 45
_SEPARATOR_SHARE = 0.72
_OUTLINE_MM = 0.15
_APART_MM, _FRAME_MM = 0.3, 0.5


def propose_combs(cells: list[Box], sheet: Sheet, phrases: list[Phrase]) -> list[Proposed]:
    """Rows of three or more equal empty cells, or of two with one wall between them."""
    fit = [
        cell
        for cell in cells
        if _CELL_MM[0] - 0.3 <= cell[2] <= _CELL_MM[1] and _CELL_HIGH_MM[0] - 0.3 <= cell[3] <= _CELL_HIGH_MM[1]
        and sheet.share(_inside(cell)) < _EMPTY_SHARE
    ]  # fmt: skip
    rows: list[list[Box]] = []
    for cell in sorted(fit, key=lambda cell: cell[0]):
        row = next((row for row in rows if _next_cell(row[-1], cell)), None)
        if row is None:
            rows.append([cell])
        else:
            row.append(cell)
    combs = [row for row in rows if len(row) >= _LEAST_CELLS or (len(row) == 2 and _share_a_wall(*row))]
    return [_comb(_outer(hull(row)), len(row), phrases) for row in combs]


def propose_open_combs(rules: list[Rule], sheet: Sheet, phrases: list[Phrase]) -> tuple[list[Proposed], list[Rule]]:
    """Lines with short strokes at equal distances, and the lines that have none."""
    combs, plain = [], []
    for rule in rules:
        teeth = np.array(find_teeth(sheet, rule))
        steps = np.diff(teeth)
        if len(teeth) > _LEAST_CELLS and steps.min() >= _CELL_MM[0] and np.ptp(steps) < 0.2 * steps.mean():
            height = float(np.clip(1.2 * steps.mean(), 5, 8))
            combs.append(_comb((teeth[0], rule.y - height, teeth[-1] - teeth[0], height), len(steps), phrases))
        else:
            plain.append(rule)
    return combs, plain


def propose_boxes(cells: list[Box], sheet: Sheet, phrases: list[Phrase], shapes: list[Box]) -> list[Proposed]:
    """Rectangles to write into: empty, but for a label at their top, and around none of the other `shapes`."""
    fields = []
    for cell in cells:
        wide, high = cell[2] >= _BOX_MM, _BOX_HIGH_MM[0] <= cell[3] <= _BOX_HIGH_MM[1]
        if not (wide and high) or cell[2] > 0.97 * sheet.size[0] or any(_holds(cell, shape) for shape in shapes):
            continue
        inside = [phrase for phrase in phrases if overlap(cell, phrase.box)]
        if (free := _below_label(cell, inside)) is not None and sheet.share(_inside(free)) < _EMPTY_SHARE:
            # a frame on the very edge of a field shows inside it on a scan that is a little askew
            inner = grown(free, -_FRAME_MM)
            fields.append(_writing(inner, label_of(cell, phrases), lines=max(1, int(inner[3] // _LINE_MM))))
    return fields


def propose_lines(rules: list[Rule], sheet: Sheet, phrases: list[Phrase], shapes: list[Box]) -> list[Proposed]:
    """Lines to write on: those with a label and with room above, several lines under each other as one field."""
    fields: list[Proposed] = []
    for group in _stacked(rules, phrases):
        first, last = group[0], group[-1]
        above = _room(first, [r for r in rules if r not in group], phrases, shapes) - _APART_MM
        box: Box = (first.left, first.y - min(above, _LINE_MM), first.width, 0.0)
        box = (*box[:3], last.y - box[1])
        high = min(above, _SIGNATURE_MM)
        near = (box[0], first.y - high, box[2], last.y - first.y + high)
        short = [p for p in phrases if len(p.text) <= _LONGEST_LABEL]
        label = label_of(near, short, below=True)
        if not is_signature(label):
            # seen from as high as a signature, what ends another question above is nearer than the words at the left
            label = label_of(box, short, below=True) or label
        alone = len(group) == 1 and first.width > _SEPARATOR_SHARE * sheet.size[0]
        if (
            above < _LEAST_SPACE_MM
            or not (label or len(group) > 1)
            or (alone and not is_signature(label) and not _left_of(box, phrases))
        ):
            continue
        if is_signature(label) and len(group) == 1:
            height = min(above, _SIGNATURE_MM)
            box = (box[0], first.y - height, box[2], height)
        fields.append(_writing(box, label, lines=len(group)))
    return fields


def _comb(box: Box, cells: int, phrases: list[Phrase]) -> Proposed:
    label = label_of(box, phrases)
    data = {"kind": "comb", **_label(label), **meaning_of(label, "comb"), "cells": cells, "box": millimetres(box)}
    return Proposed(name_of(label) or "comb", data, (box,))


def _writing(box: Box, label: str, *, lines: int) -> Proposed:
    if is_signature(label):
        return Proposed(
            "signature", {"kind": "signature", **_label(label), "role": "signature", "box": millimetres(box)}, (box,)
        )
    meaning = meaning_of(label, "handprint") or ({"role": "comment"} if lines > 2 else {})
    data: dict[str, Any] = {"kind": "handprint", **_label(label), **meaning}
    if lines > 1:
        data["lines"] = lines
    return Proposed(name_of(label) or "text", {**data, "box": millimetres(box)}, (box,))


def _label(label: str) -> dict[str, str]:
    return {"label": label} if label else {}


def _next_cell(one: Box, other: Box) -> bool:
    gap = other[0] - one[0] - one[2]
    level = abs(one[1] - other[1]) < 0.6 and abs(one[3] - other[3]) < 0.8
    return level and -0.2 < gap < _WALL_MM and abs(one[2] - other[2]) < 0.2 * one[2]


def _share_a_wall(one: Box, other: Box) -> bool:
    return other[0] - one[0] - one[2] < _ONE_WALL_MM


def _outer(box: Box) -> Box:
    x, y, w, h = box
    return x - _OUTLINE_MM, y - _OUTLINE_MM, w + 2 * _OUTLINE_MM, h + 2 * _OUTLINE_MM


def _inside(box: Box) -> Box:
    return box[0] + 0.5, box[1] + 0.5, box[2] - 1.0, box[3] - 1.0


def _holds(cell: Box, shape: Box) -> bool:
    x, y = shape[0] + shape[2] / 2, shape[1] + shape[3] / 2
    return cell != shape and cell[0] < x < cell[0] + cell[2] and cell[1] < y < cell[1] + cell[3]


def _below_label(cell: Box, inside: list[Phrase]) -> Box | None:
    """The part of the cell below or right of the words in it; None when they leave no room."""
    x, y, w, h = cell
    if not inside:
        return cell
    low = max(phrase.box[1] + phrase.box[3] for phrase in inside)
    if y + h - low >= _BOX_HIGH_MM[0]:
        return x, low, w, y + h - low
    right = max(phrase.box[0] + phrase.box[2] for phrase in inside)
    room = x + w - right - 1
    return (right + 1, y, room, h) if room >= max(_BOX_MM, 0.4 * w) else None


def _stacked(rules: list[Rule], phrases: list[Phrase]) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in rules:
        group = next((group for group in groups if _goes_on(group[-1], rule, phrases)), None)
        if group is None:
            groups.append([rule])
        else:
            group.append(rule)
    return groups


def _goes_on(one: Rule, other: Rule, phrases: list[Phrase]) -> bool:
    same = abs(one.left - other.left) < 2 and abs(one.right - other.right) < 2
    if not same or not _PITCH_MM[0] <= other.y - one.y <= _PITCH_MM[1]:
        return False
    between: Box = (one.left, one.y + 0.3, one.width, other.y - one.y - 0.3)
    own = [p for p in phrases if overlap(between, p.box)]
    return not own and not _left_of(between, phrases)


def _room(rule: Rule, rules: list[Rule], phrases: list[Phrase], shapes: list[Box]) -> float:
    """How far it is from the line up to the next print over it, in mm."""
    levels = [box[1] + box[3] for box in (*(p.box for p in phrases), *shapes) if _over(rule, box[0], box[0] + box[2])]
    levels += [other.y for other in rules if _over(rule, other.left, other.right)]
    return min((rule.y - level for level in levels if level < rule.y + 0.8), default=_SIGNATURE_MM)


def _over(rule: Rule, left: float, right: float) -> bool:
    return min(rule.right, right) - max(rule.left, left) > 1.0


def _left_of(box: Box, phrases: list[Phrase]) -> bool:
    bottom = box[1] + box[3]
    return any(
        p.box[0] + p.box[2] <= box[0] + 1
        and p.box[0] + p.box[2] > box[0] - 70
        and abs(p.box[1] + p.box[3] - bottom) < 3
        for p in phrases
    )
