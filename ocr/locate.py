"""Which form a page is and where it lies: codes first, then markers, then squares, then the print itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from ocr.codes.finding import FoundCode, find_codes
from ocr.codes.reference import parse_reference
from ocr.fields.codes import codes_at_places
from ocr.page import Page
from ocr.registration.aruco import find_markers, find_markers_in_corners, register_aruco
from ocr.registration.features import COARSE, FINE, NEARLY, Features, describe, register_print
from ocr.registration.geometry import apply
from ocr.registration.outlines import look, missing_boxes, outlines_of, sharpen
from ocr.registration.patches import settle
from ocr.registration.result import NotRegistered, Registration
from ocr.registration.squares import register_squares
from ocr.template.loading import TemplateSet
from ocr.template.model import ArucoMarks, CodeField, PrintMarks, SquareMarks, Template

_ALL_MARKERS = 4
_UNKNOWN = NotRegistered("The page is none of the forms known here (no code, marker or print of one was found).")

_PLENTY = 80
"""A fit by fewer features is looked at in finer detail: a form that fits 0.6 times as well must be seen to fit too."""


@dataclass(frozen=True, slots=True)
class Located:
    """The form on the page. `language` is known where the print told it; `ms` are milliseconds by step."""

    template: Template
    registration: Registration
    codes: tuple[FoundCode, ...]
    language: str | None
    ms: dict[str, float]


def locate(page: Page, templates: TemplateSet, *, fixed: str | None = None) -> Located | NotRegistered:
    """Finds the form on `page` among `templates`, or only the one named `fixed`.

    A code that names a form whose marks do not fit is refused: the code alone does not say where the boxes lie.
    """
    choice = tuple(templates.by_name.values()) if fixed is None else (templates.by_name[fixed],)
    found = _at_expected_places(page, choice) or _searched(page, choice, templates)
    return found if isinstance(found, NotRegistered) else _proved(page, found)


def _proved(page: Page, found: Located) -> Located | NotRegistered:
    """`found` when the form's own boxes lie at their places, and its place made exact where marks alone are few."""
    outlines = outlines_of(found.template)
    if outlines is None:
        return found
    started = time.perf_counter()
    registration = found.registration
    seen = look(page.image, registration.matrix, outlines)
    if registration.method == "squares" or (registration.method == "aruco" and registration.marks < _ALL_MARKERS):
        registration = sharpen(registration, outlines, seen, found.template.page.mm)
        seen = look(page.image, registration.matrix, outlines)
    if missing := missing_boxes(outlines, seen):
        return NotRegistered(
            f"The form was found, but there is bare paper where {', '.join(missing[:3])} should be: "
            f"the page is another version of {found.template.name}, or parts of it are covered. It is not read.",
            registration.residual_mm,
        )
    ms = {**found.ms, "register": found.ms["register"] + (time.perf_counter() - started) * 1000}
    return replace(found, registration=registration, ms=ms)


def _searched(page: Page, choice: tuple[Template, ...], templates: TemplateSet) -> Located | NotRegistered:
    """The form of a page whose marks may lie anywhere: its code is read first, wherever that is."""
    started = time.perf_counter()
    codes = find_codes(page.image, formats=_formats(choice))
    ms = {"codes": (time.perf_counter() - started) * 1000}
    named = tuple(template for template in choice if _names(template, codes))
    if not named and (stranger := _unknown_form(codes)) is not None:
        return NotRegistered(
            f"The page carries the code of the form {stranger}, which is not among those to choose from."
        )
    started = time.perf_counter()
    found = _register(page, named or choice, templates, codes)
    ms["register"] = (time.perf_counter() - started) * 1000
    if isinstance(found, NotRegistered):
        return found
    template, registration, language = found
    return Located(template, registration, codes, language, ms)


def _at_expected_places(page: Page, choice: tuple[Template, ...]) -> Located | None:
    """The form whose four markers lie in the page's corners and whose own code lies where it must: most scans."""
    started = time.perf_counter()
    markers = find_markers_in_corners(page.image)
    seen = {marker.id for marker in markers}
    for template in choice:
        if len(seen & set(_ids(template))) < _ALL_MARKERS:
            continue
        registration = register_aruco(template, markers, page.image.shape[:2])
        if isinstance(registration, NotRegistered):
            continue
        ms = {"register": (time.perf_counter() - started) * 1000}
        started = time.perf_counter()
        fields = [field for field in template.fields.values() if isinstance(field, CodeField)]
        codes = tuple(codes_at_places(page.image, registration.matrix, fields))
        ms["codes"] = (time.perf_counter() - started) * 1000
        if _names(template, codes):
            return Located(template, registration, codes, None, ms)
    return None


_Found = tuple[Template, Registration, str | None]


def _register(
    page: Page, choice: tuple[Template, ...], templates: TemplateSet, codes: tuple[FoundCode, ...]
) -> _Found | NotRegistered:
    refusals: list[NotRegistered] = []
    for attempt in (_by_markers, _by_squares, _by_print):
        found = attempt(page, choice, templates, codes)
        if not isinstance(found, NotRegistered):
            return found
        refusals.append(found)
    # a form that was found but lies badly tells more than one that was not looked for
    return next((refusal for refusal in refusals if refusal is not _UNKNOWN), _UNKNOWN)


def _by_markers(
    page: Page, choice: tuple[Template, ...], templates: TemplateSet, codes: tuple[FoundCode, ...]
) -> _Found | NotRegistered:
    marked = [template for template in choice if isinstance(template.marks, ArucoMarks)]
    if not marked:
        return _UNKNOWN
    markers = find_markers(page.image)
    seen = {marker.id for marker in markers}
    ranked = sorted(marked, key=lambda template: -len(seen & set(_ids(template))))
    best = ranked[0]
    shared = [template for template in marked if len(seen & set(_ids(template))) == len(seen & set(_ids(best)))]
    if len(shared) > 1 and len(seen & set(_ids(best))) >= 2:
        return NotRegistered("Several forms have these corner markers and no code tells which this is.")
    if len(seen & set(_ids(best))) < 2 and not (len(choice) == 1 or codes):
        return _UNKNOWN
    result = register_aruco(best, markers, page.image.shape[:2])
    return result if isinstance(result, NotRegistered) else (best, result, None)


def _ids(template: Template) -> tuple[int, ...]:
    return template.marks.ids if isinstance(template.marks, ArucoMarks) else ()


def _by_squares(
    page: Page, choice: tuple[Template, ...], templates: TemplateSet, codes: tuple[FoundCode, ...]
) -> _Found | NotRegistered:
    fits: list[_Found] = []
    refusal = _UNKNOWN
    for template in choice:
        if not isinstance(template.marks, SquareMarks):
            continue
        ways = register_squares(template, page.image)
        if isinstance(ways, NotRegistered):
            refusal = ways
            continue
        if page.by_hand.turn is not None:
            ways = tuple(way for way in ways if way.rotation == 0)
        ways = tuple(
            way for way in ways if way.marks == len(template.marks.squares) or _has_no_code_to_miss(template, codes)
        )
        fits += [(template, way, None) for way in ways if _codes_lie_right(template, way, codes)]
    # another form's squares may fit all but one; without a code, the form with most squares in place is meant, and
    # squares that fit two forms or two turns equally do not tell them apart
    most = max((way.marks for _, way, _ in fits), default=0)
    fits = [fit for fit in fits if fit[1].marks == most]
    return fits[0] if len(fits) == 1 or (fits and _all_same_form_and_turn(fits)) else refusal


def _has_no_code_to_miss(template: Template, codes: tuple[FoundCode, ...]) -> bool:
    """Whether nothing but squares can name the form, or its code was read: else every square must be in its place."""
    return _names(template, codes) or not any(
        isinstance(field, CodeField) and field.content == "form" for field in template.fields.values()
    )


def _all_same_form_and_turn(fits: list[_Found]) -> bool:
    return len({(template.name, way.rotation) for template, way, _ in fits}) == 1


def _codes_lie_right(template: Template, way: Registration, codes: tuple[FoundCode, ...]) -> bool:
    """Whether every code that belongs to the form lies in (or within 10 mm of) a box for it."""
    to_mm = np.linalg.inv(way.matrix)
    for field in template.fields.values():
        if not isinstance(field, CodeField):
            continue
        for code in codes:
            if code.format == field.format and (field.value is None or code.text == field.value):
                x, y = apply(to_mm, np.array([np.mean(code.quad, axis=0)]))[0]
                if not any(bx - 10 < x < bx + bw + 10 and by - 10 < y < by + bh + 10 for bx, by, bw, bh in field.boxes):
                    return False
    return True


def _by_print(
    page: Page, choice: tuple[Template, ...], templates: TemplateSet, codes: tuple[FoundCode, ...]
) -> _Found | NotRegistered:
    printed = [template for template in choice if isinstance(template.marks, PrintMarks)]
    if not printed:
        return _UNKNOWN
    refusal = _UNKNOWN
    for detail, least in ((COARSE, _PLENTY), (FINE, 0)):
        fits, refusal = _fits(page, printed, templates, describe(page.image, detail))
        if fits and fits[0][1].marks >= least:
            return _settled(page, templates, fits)
    return refusal


def _fits(
    page: Page, printed: list[Template], templates: TemplateSet, features: Features
) -> tuple[list[_Found], NotRegistered]:
    """The forms whose print fits the page, the best first; and why others do not."""
    fits: list[_Found] = []
    refusal = _UNKNOWN
    for template in printed:
        result = register_print(template, templates.directory_of(template.name), features, page.image.shape[:2])
        if isinstance(result, NotRegistered):
            refusal = result if result.residual_mm is not None else refusal
        else:
            fits.append((template, *result))
    return sorted(fits, key=lambda fit: -fit[1].marks), refusal


def _settled(page: Page, templates: TemplateSet, fits: list[_Found]) -> _Found | NotRegistered:
    """The best of the forms that fit, its place made exact; refused when another fits nearly as well."""
    (template, registration, language), *others = fits
    if others and others[0][1].marks > NEARLY * registration.marks:
        return NotRegistered(
            f"The page fits {template.name} and {others[0][0].name} alike, and no code tells which it is."
        )
    assert isinstance(template.marks, PrintMarks)
    blank = templates.directory_of(template.name) / template.marks.blanks[language or template.languages[0]]
    settled = settle(page.image, registration.matrix, blank, template.page.mm)
    if settled is None:
        return template, registration, language
    return template, replace(registration, matrix=settled.matrix, residual_mm=settled.residual_mm), language


def _names(template: Template, codes: tuple[FoundCode, ...]) -> bool:
    for code in codes:
        reference = parse_reference(code.text)
        if reference is not None and reference.form == template.code:
            return True
        if any(
            isinstance(field, CodeField) and field.content == "form" and field.value == code.text
            for field in template.fields.values()
        ):
            return True
    return False


def _unknown_form(codes: tuple[FoundCode, ...]) -> str | None:
    """The form that one of our references names; forms may share marker ids, so marks must not overrule it."""
    references = (parse_reference(code.text) for code in codes)
    return next((reference.form for reference in references if reference is not None), None)


def _formats(choice: tuple[Template, ...]) -> list[str]:
    return [field.format for template in choice for field in template.fields.values() if isinstance(field, CodeField)]
