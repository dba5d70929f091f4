"""A form filled in on a computer: the answers become part of the drawn PDF, and no paper is ever scanned."""

from __future__ import annotations

import itertools
import random

from ocr.template.model import (
    ChoiceField,
    CombField,
    FormField,
    PrintedItem,
    PrintedLine,
    PrintedText,
    SignatureField,
    Template,
    TickField,
)  # fmt: skip
from samples.answers import Answer, Answers
from samples.filling import BASELINE_MM, Points, signature_lines, smooth, tick_lines

_INK = "#101040"
_POINT_MM = 25.4 / 72
_SIZE_PT = 10.5


def typed_form(template: Template, answers: Answers, sender: int) -> Template:
    """The form with its answers drawn in; `sender` fixes how the drawn signature looks."""
    items: list[PrintedItem] = []
    for name, spec in template.fields.items():
        items += _drawn(spec, answers[name], sender)
    return template.model_copy(update={"print": (*template.print, *items)})


def _drawn(spec: FormField, answer: Answer, sender: int) -> list[PrintedItem]:
    if isinstance(spec, TickField):
        return _cross(spec.box) if answer.value else []
    if isinstance(spec, ChoiceField) and isinstance(answer.value, list):
        return [line for option in answer.value for line in _cross(spec.options[option].box)]
    if isinstance(spec, SignatureField):
        strokes = signature_lines(spec.box, sender) if answer.value else []
        return [line for points, width in strokes for line in _polyline(smooth(points), width)]
    if answer.writing != "typed" or not isinstance(answer.value, str):
        return []
    if isinstance(spec, CombField):
        return _cells(spec, answer.value)
    x, y, w, h = spec.box  # type: ignore[union-attr]
    step = h / getattr(spec, "lines", 1)
    return [_line(text, x + 1, y + (n + 1) * step, w) for n, text in enumerate(answer.value.split("\n"))]


def _line(text: str, x: float, bottom: float, width: float) -> PrintedText:
    # long mail addresses are typed smaller, as a PDF reader fits them; 0.53 em is a wide letter's average
    size = min(_SIZE_PT, (width - 2) / max(len(text), 1) / 0.53 / _POINT_MM)
    top = bottom - BASELINE_MM - size * _POINT_MM
    return PrintedText(text=text, box=(x, top, width, size * _POINT_MM * 1.4), size=size)


def _cells(spec: CombField, text: str) -> list[PrintedItem]:
    x, y, w, h = spec.box
    pitch, height = w / spec.cells, _SIZE_PT * _POINT_MM
    top = y + (h - height) / 2 - 0.2 * height
    return [
        PrintedText(text=letter, box=(x + n * pitch, top, pitch, h), size=_SIZE_PT, align="center")
        for n, letter in enumerate(text[: spec.cells])
    ]


def _cross(box: tuple[float, float, float, float]) -> list[PrintedItem]:
    return [line for points in tick_lines(box, "x", random.Random(0)) for line in _polyline(points, 0.5)]


def _polyline(points: Points, width: float) -> list[PrintedItem]:
    rows = [(float(x), float(y)) for x, y in points]
    return [PrintedLine(line=(*a, *b), width=width, color=_INK) for a, b in itertools.pairwise(rows)]
