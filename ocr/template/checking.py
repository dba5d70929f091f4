"""What is wrong with designs, all of it at once: the form.yaml, its geometry, texts, codes, offers and blanks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import cv2

from ocr.printing.layout import width_of
from ocr.template.areas import Area, field_areas, line_areas, mark_areas, overlap, word_areas
from ocr.template.code_checks import faulty_codes
from ocr.template.document import Location, Problem, TemplateError, read_document
from ocr.template.list_checks import faulty_lists
from ocr.template.loading import form_folders, twins, validated
from ocr.template.look_alikes import look_alikes
from ocr.template.model import (
    ArucoMarks,
    ChoiceField,
    CombField,
    PrintedText,
    PrintMarks,
    SquareMarks,
    Template,
    localise,
)  # fmt: skip
from ocr.template.text_checks import faulty_languages, missing_texts

Finding = tuple[Location, str]
_LEAST_CELL_MM = 3.0
_SLACK_MM = 0.1
_ASPECT_TOLERANCE = 0.02
_ARUCO_IDS = range(250)


def check_folder(directory: Path) -> tuple[int, list[Problem]]:
    """How many designs there are in or directly below `directory`, and all their problems, file by file."""
    folders = form_folders(directory)
    sound: list[tuple[Template, Path]] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            document = read_document(folder)
            template = validated(document)
        except TemplateError as error:
            problems += error.problems
            continue
        problems += [document.problem(location, message) for location, message in findings_of(template, folder)]
        sound.append((template, folder))
    return len(folders), problems + twins(sound) + look_alikes(sound)


def findings_of(template: Template, directory: Path) -> list[Finding]:
    """Everything that would make a well-formed design print or read badly, with its place in form.yaml."""
    found = itertools.chain(
        faulty_languages(template), missing_texts(template), _off_page(template), _overlaps(template),
        _faulty_marks(template), _faulty_combs(template), faulty_codes(template), _offers(template),
        _faulty_blanks(template, directory), faulty_lists(template, directory),
    )  # fmt: skip
    words = itertools.chain.from_iterable(_words(template, language) for language in template.languages)
    return list(dict.fromkeys(itertools.chain(found, words if template.printable else ())))


def _off_page(template: Template) -> Iterator[Finding]:
    areas = field_areas(template) + mark_areas(template)
    for area in areas + (line_areas(template) if template.printable else []):
        yield from _beyond(area, template)


def _beyond(area: Area, template: Template) -> Iterator[Finding]:
    (x, y, w, h), (width, height) = area.box, template.page.mm
    if x < -_SLACK_MM or y < -_SLACK_MM or x + w > width + _SLACK_MM or y + h > height + _SLACK_MM:
        box = ", ".join(f"{side:.5g}" for side in area.box)
        yield area.location, f"{area.name} at [{box}] leaves the page of {width:g} x {height:g} mm"


def _overlaps(template: Template) -> Iterator[Finding]:
    fields = field_areas(template)
    pairs = itertools.chain(itertools.combinations(fields, 2), itertools.product(fields, mark_areas(template)))
    for one, other in pairs:
        if overlap(one.box, other.box):
            yield one.location, f"{one.name} overlaps {other.name}"


def _words(template: Template, language: str) -> Iterator[Finding]:
    """Texts of one language that leave their boxes or the page, or run into fields, marks and each other."""
    words = word_areas(template, language)
    for area in words:
        yield from _too_long(area, template, language)
        yield from _beyond(area, template)
    others = field_areas(template) + mark_areas(template)
    for one, other in itertools.chain(itertools.product(words, others), itertools.combinations(words, 2)):
        if overlap(one.box, other.box):
            yield one.location, f"{one.name} runs into {other.name} in {language}"


def _too_long(area: Area, template: Template, language: str) -> Iterator[Finding]:
    if area.location[0] != "print":
        return
    item = template.print[int(area.location[1])]
    assert isinstance(item, PrintedText)
    (_, y, w, h), bottom = item.box, area.box[1] + area.box[3]
    if bottom > y + h + _SLACK_MM:
        yield area.location, f"the text needs {bottom - y:.1f} mm, but its box is only {h:g} mm high"
    longest = max((width_of(word, item.size, item.style) for word in localise(item.text, language).split()), default=0)
    if longest > w:
        yield area.location, f"a word needs {longest:.1f} mm, but its box is only {w:g} mm wide"


def _faulty_marks(template: Template) -> Iterator[Finding]:
    marks = template.marks
    if isinstance(marks, ArucoMarks):
        if len(set(marks.ids)) < len(marks.ids):
            yield ("marks", "ids"), "the four ids must differ; they tell which way up a page lies"
        if not all(number in _ARUCO_IDS for number in marks.ids):
            yield ("marks", "ids"), f"ids go from {_ARUCO_IDS.start} to {_ARUCO_IDS.stop - 1}"


def _faulty_combs(template: Template) -> Iterator[Finding]:
    for name, field in template.fields.items():
        if not isinstance(field, CombField):
            continue
        cell = field.box[2] / field.cells
        if cell < _LEAST_CELL_MM:
            yield ("fields", name, "cells"), f"the cells are {cell:.1f} mm wide; nobody can write into less than 3 mm"
        if not all(1 <= place < field.cells for place in field.separators):
            yield ("fields", name, "separators"), f"separators lie between the cells, 1 to {field.cells - 1}"


def _offers(template: Template) -> Iterator[Finding]:
    for name, field in template.fields.items():
        if isinstance(field, ChoiceField) and field.role == "offer":
            for option in [o for o in field.options if o not in template.offers]:
                yield ("fields", name, "options", option), "the form has no offer of this name"
            for offer in [o for o in template.offers if o not in field.options]:
                yield ("offers", offer), f"no option of {name} has this name, so that nobody can tick it"


def _faulty_blanks(template: Template, directory: Path) -> Iterator[Finding]:
    marks = template.marks
    if isinstance(marks, PrintMarks):
        for language in [known for known in template.languages if known not in marks.blanks]:
            yield ("marks", "blanks"), f"there is no blank picture in {language}"
        for language, file in marks.blanks.items():
            if language not in template.languages:
                yield ("marks", "blanks", language), f"the form's languages are {', '.join(template.languages)}"
            yield from _faulty_blank(("marks", "blanks", language), directory / file, template)
    elif isinstance(marks, SquareMarks) and marks.blank:
        yield from _faulty_blank(("marks", "blank"), directory / marks.blank, template)


def _faulty_blank(location: Location, file: Path, template: Template) -> Iterator[Finding]:
    if not file.is_file():
        own = "; draw it with ./replyflow template blank" if template.printable else ""
        yield location, f"{file.name} is missing{own}"
        return
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        yield location, f"{file.name} is no picture that can be opened"
        return
    width, height = template.page.mm
    rows, columns = picture.shape[:2]
    if abs(columns / rows / (width / height) - 1) > _ASPECT_TOLERANCE:
        yield (
            location,
            f"{file.name} is {columns} x {rows} px, another shape than the page of {width:g} x {height:g} mm",
        )
