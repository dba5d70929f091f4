"""Whole forms: one page for the blank, or one for each person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ocr.codes.reference import Reference
from ocr.printing.codes import marker_modules
from ocr.printing.draw import Pen
from ocr.printing.fields import draw_field
from ocr.registration.aruco import marker_corners
from ocr.template.model import ArucoMarks, PrintedBox, PrintedLine, PrintedText, SquareMarks, Template, localise

_SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Person:
    """What is printed for one subscriber: a value for each `Prefill` key, and the signed reference of the code."""

    reference: Reference
    values: Mapping[str, str] = field(default_factory=dict)


def print_forms(template: Template, people: Iterable[Person], *, language: str, out: Path) -> int:
    """Writes a PDF with a page for each person, or the blank form when there are none; returns the pages.

    The same input gives the same bytes. Raises ValueError for a form that may not be printed or a language it lacks.
    """
    if not template.printable:
        raise ValueError(f"{template.name} is somebody else's form; it is read, never printed")
    if language not in template.languages:
        raise ValueError(f"{template.name} is printed in {', '.join(template.languages)}, not in {language}")
    width, height = template.page.mm
    canvas = Canvas(str(out), pagesize=(width * mm, height * mm), invariant=1)
    canvas.setTitle(localise(template.title, language))
    pen = Pen(canvas, height)
    # what all pages share is drawn once and shown on each, which saves bytes and time in a mailing of thousands
    canvas.beginForm(_SHARED, 0, 0, width * mm, height * mm)
    _draw_shared(pen, template, language)
    canvas.endForm()
    pages = 0
    for person in people:
        _draw_page(canvas, pen, template, person, language)
        pages += 1
    if not pages:
        _draw_page(canvas, pen, template, Person(Reference(template.code)), language)
    canvas.save()
    return max(pages, 1)


def _draw_page(canvas: Canvas, pen: Pen, template: Template, person: Person, language: str) -> None:
    canvas.doForm(_SHARED)
    values = {**person.values, "reference": person.reference.text}
    for form_field in template.fields.values():
        draw_field(pen, form_field, values, language)
    canvas.showPage()


def _draw_shared(pen: Pen, template: Template, language: str) -> None:
    for item in template.print:
        if isinstance(item, PrintedText):
            pen.text(item, language)
        elif isinstance(item, PrintedLine):
            pen.line(item.line, color=item.color, width=item.width, dashed=item.dashed)
        elif isinstance(item, PrintedBox):
            pen.rect(item.rect, stroke=item.stroke, fill=item.fill, width=item.width)
    _draw_marks(pen, template)


def _draw_marks(pen: Pen, template: Template) -> None:
    if isinstance(template.marks, ArucoMarks):
        size = template.marks.size
        for number, corners in marker_corners(template).items():
            left, top = corners[0]
            pen.modules(marker_modules(number), (float(left), float(top), size, size))
    elif isinstance(template.marks, SquareMarks):
        for square in template.marks.squares:
            pen.rect(square, fill="#000000")
