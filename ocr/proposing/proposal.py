"""Everything that a blank page seems to ask for, as the keys `fields` and `grids` of a form.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.proposing.codes import propose_codes
from ocr.proposing.declared import with_print
from ocr.proposing.shapes import find_cells, find_rings, find_rules, standing_alone
from ocr.proposing.sheet import Sheet, sheet_of
from ocr.proposing.ticks import Proposed, ProposedGrid, propose_ticks, renamed
from ocr.proposing.words import Phrase, find_phrases, is_lettering, paragraphs
from ocr.proposing.writing import propose_boxes, propose_combs, propose_lines, propose_open_combs
from ocr.readings import Gray
from ocr.template.areas import grown, overlap
from ocr.template.model import Box

_TICK_MM, _SQUARE = (2.0, 8.5), 1.3
_EMPTY_SHARE = 0.03
_OUTLINE_MM, _OUTSIDE_MM = 0.15, 0.4
"""From the inside of a square to the middle of its outline, and to the paper beyond."""
_MARK_WHITE_MM = 1.0
_BY_PEN = ("signature", "date")
"""What is left to the pen on a form that is filled in on a screen."""
_ROUNDING_MM = 0.005
"""By so much boxes grow or shrink when form.yaml gives them to the hundredth."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`fields` and `grids` as form.yaml has them; none lies on another, on a mark or off the page.

    `count` is how many fields there are, with those that the grids stand for.
    """

    fields: dict[str, Any]
    grids: list[dict[str, Any]]
    count: int


def propose(
    blank: Path,
    number: int,
    image: Gray,
    size: tuple[float, float],
    *,
    language: str,
    marks: Iterable[Box] = (),
    declared: list[Proposed] | None = None,
) -> Proposal:
    """What page `number` (from 1) of `blank`, drawn as `image`, asks for on `size` mm.

    Where the PDF has `declared` fields, only codes, signatures and dates are looked for besides them.
    """  # fmt: skip
    sheet = sheet_of(image, size)
    codes = propose_codes(sheet)
    known = [*codes, *(declared or [])]
    reserved = [*(grown(mark, _MARK_WHITE_MM) for mark in marks), *(b for field in known for b in field.boxes)]
    shapes = _shapes(sheet, reserved)
    words, phrases = find_phrases(blank, number, sheet, [*shapes.rings, *shapes.squares, *reserved], language)
    fields, grids = _detected(sheet, shapes, words, phrases, reserved)
    if declared:
        kept = [field for field in fields if field.data.get("role") in _BY_PEN]
        fields, grids = [*_described(declared, phrases, sheet), *kept], []
    return _sorted_out([*codes, *fields], grids, [grown(mark, _MARK_WHITE_MM) for mark in marks], size)


def _described(declared: list[Proposed], phrases: list[Phrase], sheet: Sheet) -> list[Proposed]:
    rings, boxes = find_rings(sheet), [box for field in declared for box in field.boxes]
    return [with_print(field, phrases, rings, boxes) for field in declared]


@dataclass(frozen=True, slots=True)
class _Shapes:
    """`rings` of which there are several of a size; all `cells`; the `squares` among them that may be tick boxes."""

    rings: list[Box]
    cells: list[Box]
    squares: list[Box]


def _shapes(sheet: Sheet, reserved: list[Box]) -> _Shapes:
    def free(boxes: list[Box]) -> list[Box]:
        return [box for box in boxes if not any(overlap(box, other) for other in reserved)]

    rings = _alike(standing_alone(free(find_rings(sheet)), sheet))
    cells = free([cell for cell in find_cells(sheet) if not any(_within(cell, ring) for ring in rings)])
    outlined = standing_alone([grown(cell, _OUTSIDE_MM) for cell in cells if _is_tick(cell, sheet)], sheet)
    return _Shapes(rings, cells, [grown(box, _OUTLINE_MM - _OUTSIDE_MM) for box in outlined])


def _detected(
    sheet: Sheet, shapes: _Shapes, words: list[Phrase], phrases: list[Phrase], reserved: list[Box]
) -> tuple[list[Proposed], list[ProposedGrid]]:
    rings = [ring for ring in shapes.rings if not is_lettering(ring, words)]
    combs = propose_combs(shapes.cells, sheet, phrases)
    celled = [box for comb in combs for box in comb.boxes]
    squares = [
        square for square in shapes.squares
        if not is_lettering(square, words) and not any(overlap(square, box) for box in celled)
    ]  # fmt: skip
    # a letter in a bubble is no word that parts it from its neighbours
    said = [phrase for phrase in phrases if not any(_within(phrase.box, ring) for ring in rings)]
    fields, grids = propose_ticks(squares, said, shape="square")
    round_fields, round_grids = propose_ticks(rings, said, shape="circle")
    rules = [rule for rule in find_rules(sheet, shapes.cells) if not _in_word(rule.left, rule.right, rule.y, words)]
    open_combs, rules = propose_open_combs(rules, sheet, said)
    labels = [phrase for phrase in said if phrase not in paragraphs(said)]
    boxes = propose_boxes(shapes.cells, sheet, labels, [*shapes.cells, *rings])
    lines = propose_lines(rules, sheet, said, [*shapes.cells, *rings, *reserved])
    return [*fields, *round_fields, *combs, *open_combs, *boxes, *lines], [*grids, *round_grids]


def _sorted_out(
    fields: list[Proposed], grids: list[ProposedGrid], taken: list[Box], size: tuple[float, float]
) -> Proposal:
    """First come, first served: what leaves the page or lies on something earlier is dropped."""
    kept_grids = [grid for grid in grids if _claim(grid.boxes, taken, size)]
    kept = [field for field in fields if _claim(field.boxes, taken, size)]
    names = [name for grid in kept_grids for name in grid.names]
    roles: set[str] = set()
    chosen: dict[str, Any] = {}
    for field in sorted(kept, key=lambda field: (round(field.boxes[0][1] / 3), field.boxes[0][0])):
        named = renamed(field, [*names, *chosen])
        chosen[named.name] = _with_own_role(named.data, roles)
    ordered = sorted(kept_grids, key=lambda grid: (round(grid.boxes[0][1] / 3), grid.boxes[0][0]))
    return Proposal(chosen, _with_own_names(ordered, list(chosen)), len(chosen) + len(names))


def _with_own_names(grids: list[ProposedGrid], taken: list[str]) -> list[dict[str, Any]]:
    """Grids whose fields bear no name twice; a grid with a clash is numbered anew."""
    unique = []
    for number, grid in enumerate(grids, start=1):
        names = list(grid.names)
        data = grid.data
        if set(names) & set(taken):
            names = [f"grid{number}_{index}" for index in range(1, len(names) + 1)]
            data = {**data, "names": [f"grid{number}_1..{len(names)}"]}
        taken = [*taken, *names]
        unique.append(data)
    return unique


def _claim(boxes: tuple[Box, ...], taken: list[Box], size: tuple[float, float]) -> bool:
    for x, y, w, h in (grown(box, _ROUNDING_MM) for box in boxes):
        if x < 0 or y < 0 or x + w > size[0] or y + h > size[1] or any(overlap((x, y, w, h), t) for t in taken):
            return False
    taken += [grown(box, _ROUNDING_MM) for box in boxes]
    return True


def _with_own_role(data: dict[str, Any], roles: set[str]) -> dict[str, Any]:
    """A role is given to the first field that asks for it; a second phone is not the phone."""
    role = data.get("role")
    if role in roles:
        return {key: value for key, value in data.items() if key != "role"}
    if role:
        roles.add(role)
    return data


def _alike(rings: list[Box]) -> list[Box]:
    """Circles of which the page has at least two of one size: a single one is a letter or an ornament."""
    return [
        ring
        for ring in rings
        if sum(abs(ring[2] - other[2]) < 0.1 * ring[2] and abs(ring[3] - other[3]) < 0.1 * ring[3] for other in rings)
        > 1
    ]


def _is_tick(cell: Box, sheet: Sheet) -> bool:
    _, _, w, h = cell
    small = _TICK_MM[0] <= min(w, h) and max(w, h) <= _TICK_MM[1] and max(w / h, h / w) < _SQUARE
    return small and sheet.share(grown(cell, -0.3)) < _EMPTY_SHARE


def _within(inner: Box, outer: Box) -> bool:
    x, y = inner[0] + inner[2] / 2, inner[1] + inner[3] / 2
    around = grown(outer, 0.4)
    close = inner[2] <= around[2] + 0.8 and inner[3] <= around[3] + 2.0
    return close and around[0] < x < around[0] + around[2] and around[1] < y < around[1] + around[3]


def _in_word(left: float, right: float, y: float, words: list[Phrase]) -> bool:
    line: Box = (left, y - 0.05, right - left, 0.1)
    covered = sum(
        min(right, w.box[0] + w.box[2]) - max(left, w.box[0])
        for w in words
        if overlap(line, w.box) and 0.15 < (y - w.box[1]) / w.box[3] < 0.75
    )
    return covered > 0.4 * (right - left)
