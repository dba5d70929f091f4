"""Codes printed on a blank: their places, and what they carry."""

from __future__ import annotations

from typing import Any

import numpy as np

from ocr.codes.finding import FORMATS, FoundCode, find_codes
from ocr.codes.reference import parse_reference
from ocr.fields.crops import PX_PER_MM
from ocr.proposing.sheet import Sheet
from ocr.proposing.ticks import Proposed
from ocr.template.found_marks import tidy as millimetres
from ocr.template.model import Box

_LIKE = 0.6
_MATRIX = ("qr", "datamatrix")


def propose_codes(sheet: Sheet) -> list[Proposed]:
    """A code field for each text on the sheet, with all its copies."""
    found: dict[tuple[str, str], list[Box]] = {}
    for code in find_codes(sheet.image, formats=FORMATS):
        found.setdefault((code.format, code.text), []).append(_box(code, sheet))
    return [_field(number, kind, text, boxes) for number, ((kind, text), boxes) in enumerate(found.items(), start=1)]


def _field(number: int, kind: str, text: str, boxes: list[Box]) -> Proposed:
    own = parse_reference(text) is not None
    content = {"role": "reference"} if own else {"content": "form", "value": text}
    name = ("reference" if own else "code") + (f"_{number}" if number > 1 else "")
    data: dict[str, Any] = {"kind": "code", "format": kind, **content, "boxes": [millimetres(box) for box in boxes]}
    return Proposed(name, data, tuple(boxes))


def _box(code: FoundCode, sheet: Sheet) -> Box:
    quad = np.array(code.quad) / PX_PER_MM
    left, top = (float(side) for side in quad.min(axis=0))
    right, bottom = (float(side) for side in quad.max(axis=0))
    if code.format in _MATRIX:
        side = (right - left + bottom - top) / 2
        return max(0.0, (left + right - side) / 2), max(0.0, (top + bottom - side) / 2), side, side
    top, bottom = _bars(sheet, left, right, (top + bottom) / 2)
    return max(0.0, left), max(0.0, top), right - left, bottom - top


def _bars(sheet: Sheet, left: float, right: float, middle: float) -> tuple[float, float]:
    """How far up and down the bars go that a scan line has crossed at the height `middle`, in mm."""
    columns = slice(max(0, round(left * PX_PER_MM)), round(right * PX_PER_MM))
    start = min(max(round(middle * PX_PER_MM), 0), sheet.ink.shape[0] - 1)
    bars = sheet.ink[start, columns]
    like = (sheet.ink[:, columns] == bars).mean(axis=1) > 1 - (1 - _LIKE) / 2
    top, bottom = start, start
    while top > 0 and like[top - 1]:
        top -= 1
    while bottom < len(like) - 1 and like[bottom + 1]:
        bottom += 1
    return top / PX_PER_MM, (bottom + 1) / PX_PER_MM
