"""Whether the codes of a design can be scanned at 200 dpi: large enough, square, and with white around them."""

from __future__ import annotations

from collections.abc import Iterator

from ocr.printing.codes import LEAST_BAR_MM, LEAST_MODULE_MM, MATRIX_FORMATS, code_modules
from ocr.template.areas import Area, field_areas, grown, line_areas, mark_areas, overlap, word_areas
from ocr.template.document import Location
from ocr.template.model import Box, CodeField, Template

_LONGEST_REFERENCE = "a" * 60
"""A campaign's code of 20 characters and a subscriber's id of 12 fit."""
_FIXED_MODULES = {"ean13": 95, "ean8": 67}
_QUIET_MODULES = {"qr": 4, "datamatrix": 1, "ean13": 11, "ean8": 7}
_QUIET_BARS = 10
_SQUARE_TOLERANCE = 0.02

Finding = tuple[Location, str]


def faulty_codes(template: Template) -> Iterator[Finding]:
    """Codes that cannot carry what they must, are too small or not square, or lack their quiet zone; critical ones."""
    for name, field in template.fields.items():
        if not isinstance(field, CodeField):
            continue
        if field.critical:
            yield ("fields", name, "critical"), "a code cannot be critical: nobody is asked to key it"
        if field.content == "form" and not field.value:
            yield ("fields", name), "a code with content form needs the value that names the form"
            continue
        try:
            most = _modules(field, _LONGEST_REFERENCE)
            least = _modules(field, f"RF1.{template.code}")
        except ValueError as error:
            yield ("fields", name), f"a {field.format} code cannot carry this content: {error}"
            continue
        for number, box in enumerate(field.boxes):
            location: Location = ("fields", name, "boxes", number)
            yield from _too_small(location, field, box, most)
            if template.printable and least:
                yield from _crowded(location, field, box, least, template)


def _modules(field: CodeField, reference: str) -> int | None:
    """Modules across the code, without its quiet zone; None when nobody knows what the code will carry."""
    if field.content == "reference":
        return int(code_modules(reference, field.format).shape[1])
    if field.content == "form" and field.value:
        return int(code_modules(field.value, field.format).shape[1])
    return _FIXED_MODULES.get(field.format)


def _too_small(location: Location, field: CodeField, box: Box, modules: int | None) -> Iterator[Finding]:
    matrix = field.format in MATRIX_FORMATS
    if matrix and abs(box[2] / box[3] - 1) > _SQUARE_TOLERANCE:
        yield location, f"a {field.format} code is square; this box is {box[2]:g} x {box[3]:g} mm"
    least = LEAST_MODULE_MM if matrix else LEAST_BAR_MM
    across = min(box[2:]) if matrix else max(box[2:])
    if modules and across / modules < least:
        needed = least * modules
        yield location, f"the code is too small for 200 dpi: {across:g} mm, it needs {needed:.1f} mm"


def _crowded(location: Location, field: CodeField, box: Box, modules: int, template: Template) -> Iterator[Finding]:
    module = max(box[2:]) / modules
    quiet = _QUIET_MODULES.get(field.format, _QUIET_BARS) * module
    zone = grown(box, quiet) if field.format in MATRIX_FORMATS else grown(box, quiet, 0.0)
    width, height = template.page.mm
    if zone[0] < 0 or zone[1] < 0 or zone[0] + zone[2] > width or zone[1] + zone[3] > height:
        yield location, f"the code needs {quiet:.1f} mm of white around it, but the page ends before"
    for other in _neighbours(location, template):
        if overlap(zone, other.box):
            yield location, f"the code needs {quiet:.1f} mm of white around it; {other.name} stands there{_at(other)}"


def _neighbours(location: Location, template: Template) -> Iterator[Area]:
    yield from (area for area in field_areas(template) if area.location != location)
    yield from mark_areas(template, white=0.0)
    yield from line_areas(template)
    for language in template.languages:
        yield from word_areas(template, language)


def _at(area: Area) -> str:
    return f" ({'.'.join(str(part) for part in area.location)})" if area.location[0] == "print" else ""
