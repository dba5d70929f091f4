"""What is wrong with a design although its form.yaml is well formed: geometry, codes, offers, blanks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ocr.template.loading import FORM
from ocr.template.model import (
    ArucoMarks,
    Box,
    ChoiceField,
    CodeField,
    CombField,
    PrintMarks,
    SquareMarks,
    Template,
)  # fmt: skip

_LEAST_MODULE_MM = 0.5
"""Four pixels at 200 dpi. zxing fails below 2.5 px once the scan is blurred by half a module."""
_MODULES = {"qr": 33, "datamatrix": 26, "ean13": 95, "ean8": 67, "code128": 200, "code39": 250, "itf": 130}
"""Modules across a code of about 42 characters (QR version 4, ECC 200 26 x 26) or of its fixed length."""
_LEAST_BAR_MM = 0.25
_QUIET_MM = 1.0


@dataclass(frozen=True, slots=True)
class Problem:
    file: Path
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.message}"


Placed = tuple[str, Box]


def problems_of(template: Template, directory: Path) -> list[Problem]:
    """Everything that would make the form print or read badly."""
    found = itertools.chain(_off_page(template), _overlaps(template), _small(template), _offers(template))
    found = itertools.chain(found, _missing_blanks(template, directory))
    return [Problem(directory / FORM, field, message) for field, message in found]


def field_boxes(template: Template) -> list[Placed]:
    """Every box that is read, with its field's name; options as ``field.option``."""
    placed: list[Placed] = []
    for name, field in template.fields.items():
        if isinstance(field, CodeField):
            placed += [(name, box) for box in field.boxes]
        elif isinstance(field, ChoiceField):
            placed += [(f"{name}.{option}", spec.box) for option, spec in field.options.items()]
        else:
            placed.append((name, field.box))
    return placed


def _mark_boxes(template: Template) -> list[Placed]:
    width, height = template.page.mm
    if isinstance(template.marks, SquareMarks):
        return [("marks", box) for box in template.marks.squares]
    if isinstance(template.marks, ArucoMarks):
        near, size = template.marks.margin, template.marks.size
        places = itertools.product((near, width - near - size), (near, height - near - size))
        # a marker without white around it is not found
        return [
            ("marks", (x - _QUIET_MM, y - _QUIET_MM, size + 2 * _QUIET_MM, size + 2 * _QUIET_MM)) for x, y in places
        ]
    return []


def _off_page(template: Template) -> Iterator[tuple[str, str]]:
    width, height = template.page.mm
    for name, (x, y, w, h) in field_boxes(template) + _mark_boxes(template):
        if x < 0 or y < 0 or x + w > width or y + h > height:
            yield name, f"the box {[x, y, w, h]} leaves the page of {width:g} x {height:g} mm"


def _overlaps(template: Template) -> Iterator[tuple[str, str]]:
    placed = field_boxes(template)
    pairs = itertools.chain(itertools.combinations(placed, 2), itertools.product(placed, _mark_boxes(template)))
    for (one, a), (other, b) in pairs:
        if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]:
            yield one, f"overlaps {other}"


def _small(template: Template) -> Iterator[tuple[str, str]]:
    for name, field in template.fields.items():
        if isinstance(field, CombField) and field.box[2] / field.cells < 3:
            yield name, f"its cells are {field.box[2] / field.cells:.1f} mm wide; nobody can write into less than 3 mm"
        if not isinstance(field, CodeField):
            continue
        least = _LEAST_MODULE_MM if field.format in ("qr", "datamatrix") else _LEAST_BAR_MM
        for box in field.boxes:
            across = max(box[2], box[3]) if least == _LEAST_BAR_MM else min(box[2], box[3])
            module = across / _MODULES[field.format]
            if module < least:
                needed = least * _MODULES[field.format]
                yield name, f"the code is too small for 200 dpi: {across:g} mm, it needs {needed:.1f} mm"


def _offers(template: Template) -> Iterator[tuple[str, str]]:
    for name, field in template.fields.items():
        if isinstance(field, ChoiceField) and field.role == "offer":
            for option in set(field.options) ^ set(template.offers):
                yield f"{name}.{option}", "the options of the offer field and the form's offers must be the same"
        if isinstance(field, CodeField) and field.content == "form" and not field.value:
            yield name, "a code with content form needs the value that names the form"


def _missing_blanks(template: Template, directory: Path) -> Iterator[tuple[str, str]]:
    if isinstance(template.marks, PrintMarks):
        for language in set(template.languages) - set(template.marks.blanks):
            yield f"marks.blanks.{language}", "the form has this language but no blank picture of it"
        for language, file in template.marks.blanks.items():
            if not (directory / file).is_file():
                yield f"marks.blanks.{language}", f"{file} is missing; draw it with ./replyflow template blank"
