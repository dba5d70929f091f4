"""What covers which part of a page: fields, marks, words and lines, each with its place in form.yaml."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from ocr.printing.layout import LABEL_PT, OPTION_PT, label_baseline, line_area, option_baseline, text_area
from ocr.template.document import Location
from ocr.template.model import (
    ArucoMarks,
    Box,
    ChoiceField,
    CodeField,
    FormField,
    Localised,
    PrintedLine,
    PrintedText,
    SquareMarks,
    Template,
    TickField,
    localise,
)  # fmt: skip

MARK_WHITE_MM = 1.0
"""A marker without white around it is not found."""


@dataclass(frozen=True, slots=True)
class Area:
    """`box` (mm) is covered by what form.yaml says at `location`; `name` is what people call it."""

    location: Location
    name: str
    box: Box


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


def grown(box: Box, across: float, along: float | None = None) -> Box:
    """The box with `across` mm more on its left and right, and `along` mm more (as much without) above and below."""
    down = across if along is None else along
    return box[0] - across, box[1] - down, box[2] + 2 * across, box[3] + 2 * down


def field_areas(template: Template) -> list[Area]:
    """Every box that is read; the options of a choice as ``field.option``."""
    areas: list[Area] = []
    for name, field in template.fields.items():
        start: Location = ("fields", name)
        if isinstance(field, CodeField):
            areas += [Area((*start, "boxes", number), name, box) for number, box in enumerate(field.boxes)]
        elif isinstance(field, ChoiceField):
            for option, spec in field.options.items():
                areas.append(Area((*start, "options", option, "box"), f"{name}.{option}", spec.box))
        else:
            areas.append(Area((*start, "box"), name, field.box))
    return areas


def mark_areas(template: Template, *, white: float = MARK_WHITE_MM) -> list[Area]:
    """The registration marks; those of ArUco with `white` mm around them."""
    width, height = template.page.mm
    marks = template.marks
    if isinstance(marks, SquareMarks):
        return [Area(("marks", "squares", number), "a mark", box) for number, box in enumerate(marks.squares)]
    if isinstance(marks, ArucoMarks):
        near, size = marks.margin, marks.size
        places = itertools.product((near, width - near - size), (near, height - near - size))
        return [Area(("marks", "margin"), "a mark", grown((x, y, size, size), white)) for x, y in places]
    return []


def word_areas(template: Template, language: str) -> list[Area]:
    """Every printed text and label as it stands on the form in `language`."""
    areas = [
        Area(_text_at(("print", number, "text"), item.text, language), "the text", text_area(item, language))
        for number, item in enumerate(template.print)
        if isinstance(item, PrintedText)
    ]
    for name, field in template.fields.items():
        areas += _labels(("fields", name), name, field, language)
    return areas


def line_areas(template: Template) -> list[Area]:
    """Every printed line, and every rectangle: whole when it is filled, its four edges when it is only outlined."""
    areas: list[Area] = []
    for number, item in enumerate(template.print):
        if isinstance(item, PrintedLine):
            x1, y1, x2, y2 = item.line
            box = (min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))
            areas.append(Area(("print", number, "line"), "a line", grown(box, item.width / 2)))
        elif not isinstance(item, PrintedText):
            boxes = [item.rect] if item.fill else _edges(item.rect, item.width)
            areas += [Area(("print", number, "rect"), "a rectangle", box) for box in boxes]
    return areas


def _labels(start: Location, name: str, field: FormField, language: str) -> Iterator[Area]:
    if isinstance(field, ChoiceField):
        for option, spec in field.options.items():
            place = (*start, "options", option, "label")
            yield from _beside(place, f"{name}.{option}", spec.box, spec.label, language)
    elif isinstance(field, TickField):
        yield from _beside((*start, "label"), name, field.box, field.label, language)
    elif not isinstance(field, CodeField) and (text := localise(field.label, language)):
        area = line_area(text, label_baseline(field.box), LABEL_PT)
        yield Area(_text_at((*start, "label"), field.label, language), f"the label of {name}", area)


def _beside(place: Location, name: str, box: Box, label: Localised, language: str) -> Iterator[Area]:
    if text := localise(label, language):
        area = line_area(text, option_baseline(box), OPTION_PT)
        yield Area(_text_at(place, label, language), f"the label of {name}", area)


def _text_at(place: Location, text: Localised, language: str) -> Location:
    return place if isinstance(text, str) else (*place, language)


def _edges(box: Box, width: float) -> list[Box]:
    x, y, w, h = box
    half = width / 2
    across = [(x - half, level - half, w + width, width) for level in (y, y + h)]
    return across + [(level - half, y - half, width, h + width) for level in (x, x + w)]
