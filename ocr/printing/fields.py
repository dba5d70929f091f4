"""How each kind of field looks on paper."""

from __future__ import annotations

from collections.abc import Mapping

from ocr.printing.codes import LEAST_MODULE_MM, MATRIX_FORMATS, Modules, code_modules
from ocr.printing.draw import Pen
from ocr.printing.layout import (
    LABEL_PT,
    MIDDLE,
    OPTION_PT,
    POINT_MM,
    fitted,
    label_baseline,
    option_baseline,
)  # fmt: skip
from ocr.template.model import (
    Box,
    ChoiceField,
    CodeField,
    CombField,
    FormField,
    HandprintField,
    SignatureField,
    StampField,
    TextField,
    TickField,
    localise,
)  # fmt: skip

_OUTLINE, _CELL, _RULE = "#333333", "#8c8c8c", "#7a7a7a"
_INDENT_MM = 0.8


def draw_field(pen: Pen, field: FormField, values: Mapping[str, str], language: str) -> None:
    """Draws the field with its label, and with its value when it is prefilled and the person has one."""
    if isinstance(field, CodeField):
        _draw_code(pen, field, values)
    elif isinstance(field, TickField):
        _draw_tick(pen, field.box, localise(field.label, language), "square")
    elif isinstance(field, ChoiceField):
        for option in field.options.values():
            _draw_tick(pen, option.box, localise(option.label, language), field.shape)
    else:
        _draw_label(pen, field.box, localise(field.label, language))
        _draw_writing(pen, field, values)


def _draw_code(pen: Pen, field: CodeField, values: Mapping[str, str]) -> None:
    text = field.value if field.content == "form" else values.get("reference", "")
    if not text:
        return
    modules = code_modules(text, field.format)
    for box in field.boxes:
        _refuse_fine_modules(text, field, box, modules)
        pen.modules(modules, box)


def _refuse_fine_modules(text: str, field: CodeField, box: Box, modules: Modules) -> None:
    module = max(box[2], box[3]) / max(modules.shape)
    if field.format in MATRIX_FORMATS and module < LEAST_MODULE_MM:
        reason = f"its {len(text)} characters would need modules of {module:.2f} mm"
        raise ValueError(
            f"the code is too small: {reason}, which scanners at 200 dpi lose; shorten the campaign's code"
        )


def _draw_tick(pen: Pen, box: Box, label: str, shape: str) -> None:
    if shape == "circle":
        pen.circle(box, stroke=_OUTLINE, width=0.3)
    else:
        pen.rect(box, stroke=_OUTLINE, width=0.3)
    if label:
        pen.string(label, *option_baseline(box), OPTION_PT)


def _draw_label(pen: Pen, box: Box, label: str) -> None:
    if label:
        pen.string(label, *label_baseline(box), LABEL_PT, color="#555555")


def _draw_writing(pen: Pen, field: FormField, values: Mapping[str, str]) -> None:
    if isinstance(field, CombField):
        _draw_comb(pen, field, values)
    elif isinstance(field, TextField):
        _draw_text(pen, field, values)
    elif isinstance(field, HandprintField):
        _draw_rules(pen, field.box, field.lines)
    elif isinstance(field, SignatureField | StampField):
        x, y, w, h = field.box
        pen.line((x, y + h, x + w, y + h), color=_OUTLINE, width=0.25)


def _draw_comb(pen: Pen, field: CombField, values: Mapping[str, str]) -> None:
    x, y, w, h = field.box
    pitch = w / field.cells
    pen.rect(field.box, stroke=_CELL, width=0.25)
    for cell in range(1, field.cells):
        heavy = 0.6 if cell in field.separators else 0.25
        pen.line((x + cell * pitch, y, x + cell * pitch, y + h), color=_CELL, width=heavy)
    value = values.get(field.prefill, "") if field.prefill else ""
    if len(value) > field.cells:
        value = value[: field.cells - 1] + "…"
    size = min(h * 0.62, pitch * 0.95) / POINT_MM
    for cell, character in enumerate(value):
        pen.centred(character, x + (cell + 0.5) * pitch, y + h / 2 + size * POINT_MM * MIDDLE, size)


def _draw_text(pen: Pen, field: TextField, values: Mapping[str, str]) -> None:
    x, y, w, h = field.box
    if field.line:
        _draw_rules(pen, field.box, field.lines)
    value = values.get(field.prefill, "") if field.prefill else ""
    lines = value.split("\n")
    if len(lines) > field.lines:
        lines = [*lines[: field.lines - 1], lines[field.lines - 1] + "…"]
    step = h / field.lines
    for number, line in enumerate(lines):
        text, size = fitted(line, w - 2 * _INDENT_MM, field.size)
        baseline = y + number * step + step / 2 + size * POINT_MM * MIDDLE
        pen.string(text, x + _INDENT_MM, baseline, size)


def _draw_rules(pen: Pen, box: Box, lines: int) -> None:
    x, y, w, h = box
    for number in range(1, lines + 1):
        level = y + number * h / lines
        pen.line((x, level, x + w, level), color=_RULE, width=0.2)
