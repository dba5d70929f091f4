"""Tick boxes and bubbles: which belong together, what each is called, and which are rows of one grid."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ocr.fields.crops import hull
from ocr.proposing.labels import beside, column_head, head_of, label_of, tidy
from ocr.proposing.meaning import is_consent, name_of
from ocr.proposing.words import Phrase
from ocr.template.areas import overlap
from ocr.template.found_marks import tidy as millimetres
from ocr.template.model import Box

_SAME_PLACE_MM, _SAME_ROW_MM = 0.8, 0.35
_WIDEST_STEP_MM = 32.0
_LIST_PITCH_MM, _ROW_PITCH_MM = 13.0, 75.0
_WIDER = 1.5
_LEAST_GRID, _MANY_ROWS = 3, 8
_COUNTED = {10: "0..9", 26: "A..Z"}
"""As many bubbles in a column are digits or letters, and the column is one character."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One field for form.yaml, and what it covers: its boxes (mm) and where it stands among the others."""

    name: str
    data: dict[str, Any]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class ProposedGrid:
    """One grid for form.yaml; `names` are the fields that it stands for."""

    data: dict[str, Any]
    names: tuple[str, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Tick:
    box: Box
    label: str = ""
    words: Phrase | None = None


@dataclass(frozen=True, slots=True)
class _Strip:
    """Boxes side by side with no words between them."""

    boxes: list[Box] = field(default_factory=list)


def propose_ticks(boxes: list[Box], phrases: list[Phrase], *, shape: str) -> tuple[list[Proposed], list[ProposedGrid]]:
    """Ticks, choices and grids for printed `boxes` of one `shape` (square, circle)."""
    strips = _strips(boxes, phrases)
    fields: list[Proposed] = []
    grids: list[ProposedGrid] = []
    questions = 0
    for block in sorted(_blocks([strip for strip in strips if len(strip.boxes) > 1]), key=_reading_order):
        grid = _grid(block, phrases, shape, questions)
        if grid is not None:
            grids.append(grid)
            last = re.fullmatch(r"q(\d+)", grid.names[-1])
            questions = int(last[1]) if last else questions
        else:
            fields += [_matrix_row(strip, block[0], phrases, shape) for strip in block]
    singles = [strip.boxes[0] for strip in strips if len(strip.boxes) == 1]
    ticks = [_labelled(box, phrases, boxes) for box in singles]
    unused = [phrase for phrase in phrases if phrase not in {tick.words for tick in ticks}]
    groups = _groups([tick for tick in ticks if tick.label or shape == "square"])
    fields += [_group(group, unused, shape) for group in _with_columns_joined(groups, unused)]
    return fields, grids


def _strips(boxes: list[Box], phrases: list[Phrase]) -> list[_Strip]:
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box[0]):
        row = next((row for row in rows if _same_row(row[-1], box)), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    return [strip for row in rows for strip in _parted(row, phrases)]


def _same_row(one: Box, other: Box) -> bool:
    return abs(_middle(one)[1] - _middle(other)[1]) < _SAME_PLACE_MM and abs(one[3] - other[3]) < 0.25 * one[3]


def _parted(row: list[Box], phrases: list[Phrase]) -> list[_Strip]:
    """The row split where words stand between two boxes, and where one gap is wider than the others."""
    gaps = [b[0] - a[0] for a, b in pairwise(row)]
    bare = [b[0] - a[0] < _WIDEST_STEP_MM and not _words_between(a, b, phrases) for a, b in pairwise(row)]
    least = min((gap for gap, joined in zip(gaps, bare, strict=True) if joined), default=0.0)
    strips = [_Strip([row[0]])]
    for box, gap, joined in zip(row[1:], gaps, bare, strict=True):
        if joined and gap < _WIDER * least:
            strips[-1].boxes.append(box)
        else:
            strips.append(_Strip([box]))
    return strips


def _words_between(one: Box, other: Box, phrases: list[Phrase]) -> bool:
    gap: Box = (one[0] + one[2], one[1], max(0.1, other[0] - one[0] - one[2]), one[3])
    return any(overlap(gap, phrase.box) for phrase in phrases)


def _blocks(strips: list[_Strip]) -> list[list[_Strip]]:
    """Strips that stand under each other, column by column."""
    blocks: list[list[_Strip]] = []
    for strip in sorted(strips, key=lambda strip: strip.boxes[0][1]):
        block = next((block for block in blocks if _continues(block, strip)), None)
        if block is None:
            blocks.append([strip])
        else:
            block.append(strip)
    return blocks


def _continues(block: list[_Strip], strip: _Strip) -> bool:
    last = block[-1].boxes
    step = strip.boxes[0][1] - last[0][1]
    if len(last) != len(strip.boxes) or not 0 < step < 20:
        return False
    if len(block) > 1 and step > _WIDER * (last[0][1] - block[-2].boxes[0][1]):
        return False
    return all(abs(a[0] - b[0]) < _SAME_PLACE_MM for a, b in zip(last, strip.boxes, strict=True))


def _reading_order(block: list[_Strip]) -> tuple[int, float]:
    return round(block[0].boxes[0][1] / 4), block[0].boxes[0][0]


def _grid(block: list[_Strip], phrases: list[Phrase], shape: str, questions: int) -> ProposedGrid | None:
    """The block as a grid, when its boxes lie in equal steps; its rows are numbered on from `questions`."""
    rows, columns = len(block), len(block[0].boxes)
    upright = rows in _COUNTED
    if (columns if upright else rows) < _LEAST_GRID and not upright:
        return None
    centres = np.array([[_middle(box) for box in strip.boxes] for strip in block])
    across = (centres[:, -1] - centres[:, 0]).mean(axis=0) / max(1, columns - 1)
    down = (centres[-1] - centres[0]).mean(axis=0) / max(1, rows - 1)
    ideal = centres[0, 0] + np.arange(rows)[:, None, None] * down + np.arange(columns)[None, :, None] * across
    if np.abs(ideal - centres).max() > _SAME_PLACE_MM:
        return None
    boxes = [box for strip in block for box in strip.boxes]
    side = [float(np.median([box[i] for box in boxes])) for i in (2, 3)]
    first = (*(centres[0, 0] - np.array(side) / 2), *side)
    if upright:
        label = head_of(hull(boxes), phrases)
        names = _numbered(name_of(label) or "column", columns)
        options, steps = [_COUNTED[rows]], (down, across)
    else:
        names = _row_names(block, phrases, questions)
        options, steps = _option_names(block[0], phrases), (across, down)
    data = {
        "names": _folded(names), "options": options, "box": millimetres(first),
        "option_step": millimetres(steps[0]), "field_step": millimetres(steps[1]),
    }  # fmt: skip
    if shape == "square":
        data |= {"shape": "square", "mark": "tick"}
    return ProposedGrid(data, tuple(names), tuple(boxes))


def _row_names(block: list[_Strip], phrases: list[Phrase], questions: int) -> list[str]:
    """What stands left of each row; numbers become q1, q2, ..."""
    names: list[str] = []
    for number, strip in enumerate(block, start=1):
        left = beside(strip.boxes[0], phrases, right=False)
        word = name_of(left[0].text) if left else ""
        names.append(_unused(word or f"row_{number}", names))
    return _counted(names, questions)


def _counted(names: list[str], questions: int) -> list[str]:
    """All rows by number when a third of them count up (single digits are often not read), or when there are many."""
    starts = [int(name[1:]) - row for row, name in enumerate(names) if re.fullmatch(r"q\d{1,4}", name)]
    start = max(set(starts), key=starts.count, default=0)
    if start < 1 or starts.count(start) * 3 < len(names):
        if len(names) < _MANY_ROWS:
            return names
        start = questions + 1
    return [f"q{start + row}" for row in range(len(names))]


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}_{number}" for number in range(1, count + 1)]


def _folded(names: list[str]) -> list[str]:
    """q1, q2, ... q15 as ``q1..15``."""
    head = names[0].rstrip("0123456789")
    digits = [name[len(head) :] for name in names]
    if len(names) > 2 and all(name.startswith(head) for name in names) and all(digits):
        first = int(digits[0])
        if digits == [str(first + n) for n in range(len(names))]:
            return [f"{head}{first}..{digits[-1]}"]
    return names


def _option_names(strip: _Strip, phrases: list[Phrase]) -> list[str]:
    heads = [name_of(column_head(box, phrases)) for box in strip.boxes]
    if all(heads) and len(set(heads)) == len(heads):
        letters = "".join(heads)
        return [head.upper() for head in heads] if len(letters) == len(heads) else heads
    return [chr(ord("A") + number) for number in range(len(strip.boxes))][:26] or heads


def _matrix_row(strip: _Strip, top: _Strip, phrases: list[Phrase], shape: str) -> Proposed:
    left = beside(strip.boxes[0], phrases, right=False)
    label = tidy(left[0].text) if left else ""
    heads = [column_head(box, phrases) for box in top.boxes]
    if len(set(heads)) == 1:
        # one heading over all of them names the question, not its answers
        label, heads = label or heads[0], [chr(ord("A") + number) for number in range(len(heads))]
    ticks = [_Tick(box, head) for box, head in zip(strip.boxes, heads, strict=True)]
    return _choice(ticks, label, shape)


def _labelled(box: Box, phrases: list[Phrase], others: list[Box]) -> _Tick:
    rest = [other for other in others if other != box]
    right = beside(box, phrases, right=True, others=rest)
    left = beside(box, phrases, right=False, others=rest)
    if right and (not left or right[1] <= left[1] + 0.5):
        return _Tick(box, tidy(right[0].text), right[0])
    return _Tick(box, tidy(left[0].text), left[0]) if left else _Tick(box)


def _groups(ticks: list[_Tick]) -> list[list[_Tick]]:
    """Ticks in one list or row; rows that repeat the same words are choices of their own."""
    groups: list[list[_Tick]] = []
    for tick in ticks:
        near = [group for group in groups if any(_together(tick, other) for other in group)]
        joined = [tick, *(other for group in near for other in group)]
        groups = [group for group in groups if group not in near] + [joined]
    parted: list[list[_Tick]] = []
    for group in groups:
        group.sort(key=lambda tick: (round(tick.box[1]), tick.box[0]))
        labels = [tick.label for tick in group]
        rows = {round(tick.box[1] / 2) for tick in group}
        if len(set(labels)) < len(labels) and len(rows) > 1:
            parted += [[tick for tick in group if round(tick.box[1] / 2) == row] for row in sorted(rows)]
        else:
            parted.append(group)
    return parted


def _with_columns_joined(groups: list[list[_Tick]], phrases: list[Phrase]) -> list[list[_Tick]]:
    """Lists side by side, in the same rows and under one heading, are one choice."""
    joined: list[list[_Tick]] = []
    for group in sorted(groups, key=lambda group: group[0].box[0]):
        left = next((other for other in joined if _goes_on_beside(other, group, phrases)), None)
        if left is None:
            joined.append(group)
        else:
            left.extend(group)
            left.sort(key=lambda tick: (round(tick.box[1]), tick.box[0]))
    return joined


def _goes_on_beside(left: list[_Tick], group: list[_Tick], phrases: list[Phrase]) -> bool:
    if min(len(left), len(group)) < 2 or abs(left[0].box[2] - group[0].box[2]) > 0.2 * left[0].box[2]:
        return False
    levels = [_middle(tick.box)[1] for tick in left]
    in_rows = all(min(abs(_middle(tick.box)[1] - level) for level in levels) < _SAME_PLACE_MM for tick in group)
    repeated = {tick.label for tick in left} & {tick.label for tick in group}
    return in_rows and not repeated and _heading(group, phrases) in ("", _heading(left, phrases))


def _heading(group: list[_Tick], phrases: list[Phrase]) -> str:
    return label_of(hull([tick.box for tick in group] + [tick.words.box for tick in group if tick.words]), phrases)


def _together(one: _Tick, other: _Tick) -> bool:
    (x1, y1), (x2, y2) = _middle(one.box), _middle(other.box)
    if abs(one.box[2] - other.box[2]) > 0.2 * one.box[2] or is_consent(one.label) or is_consent(other.label):
        return False
    in_list = abs(x1 - x2) < _SAME_PLACE_MM and abs(y1 - y2) < _LIST_PITCH_MM
    in_row = abs(y1 - y2) < _SAME_ROW_MM and abs(x1 - x2) < _ROW_PITCH_MM
    return in_list or in_row


def _group(group: list[_Tick], phrases: list[Phrase], shape: str) -> Proposed:
    if len(group) == 1:
        tick = group[0]
        said = {"label": tick.label} if tick.label else {}
        data = {"kind": "tick", **said, **({"role": "consent"} if is_consent(tick.label) else {})}
        return Proposed(name_of(tick.label) or "tick", {**data, "box": millimetres(tick.box)}, (tick.box,))
    return _choice(group, _heading(group, phrases), shape)


def _choice(ticks: list[_Tick], label: str, shape: str) -> Proposed:
    options: dict[str, Any] = {}
    for number, tick in enumerate(ticks, start=1):
        said = tick.label if tick.label.isdigit() else name_of(tick.label)
        name = _unused(said or f"option_{number}", list(options))
        options[name] = {"box": millimetres(tick.box)} | ({"label": tick.label} if tick.label else {})
    data: dict[str, Any] = {"kind": "choice"} | ({"label": label} if label else {})
    if shape == "circle":
        data |= {"shape": "circle", "mark": "fill"}
    return Proposed(name_of(label) or "choice", {**data, "options": options}, tuple(tick.box for tick in ticks))


def _unused(name: str, taken: list[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def renamed(proposed: Proposed, taken: list[str]) -> Proposed:
    return replace(proposed, name=_unused(proposed.name, taken))


def _middle(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2
