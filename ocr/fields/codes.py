"""Code fields: what the page's codes say where the form has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ocr.codes.finding import FoundCode, find_codes, find_codes_quickly
from ocr.codes.grid import read_grid
from ocr.fields.crops import PX_PER_MM, cut, hull, pixel_box
from ocr.readings import Gray, PixelBox, Reading, Status
from ocr.registration.geometry import Points, apply
from ocr.registration.result import Matrix
from ocr.template.model import Box, CodeField

READER = "zxing-cpp/3"
_NEAR_MM = 10.0
_QUIET_MM = 2.0
_AGREED, _ALONE, _HALF = 0.9999, 0.999, 0.99
"""Two copies agree; the only copy the form has; one copy of two, the other torn or covered."""
_STRANGE = 0.3


def read_code(name: str, field: CodeField, image: Gray, matrix: Matrix, found: tuple[FoundCode, ...]) -> Reading:
    """The code's text from all its copies. Copies that differ, or another form's code, are not ok."""
    texts = [text for box in field.boxes for text in _texts_in(box, field, image, matrix, found)]
    where, crop = place_of(field, image, matrix)
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        return Reading(name, "code", None, 0.0, "doubtful", where, READER, (), ("unreadable",), crop)
    status, confidence, notes = _judged(field, distinct, len(texts))
    alternatives = tuple((text, confidence) for text in distinct)
    return Reading(name, "code", distinct[0], confidence, status, where, READER, alternatives, notes, crop)


def place_of(field: CodeField, image: Gray, matrix: Matrix) -> tuple[PixelBox, Gray]:
    """Where all copies of the code lie on the page, px, and what its first copy looks like."""
    return pixel_box(matrix, hull(list(field.boxes))), cut(image, matrix, field.boxes[0], 1.0).image


def _judged(field: CodeField, distinct: list[str], copies: int) -> tuple[Status, float, tuple[str, ...]]:
    if len(distinct) > 1:
        return "doubtful", 1 / len(distinct), ("differ",)
    if field.content == "form" and distinct[0] != field.value:
        return "invalid", _STRANGE, ("other_form",)
    if copies > 1:
        return "ok", _AGREED, ()
    if len(field.boxes) > 1:
        return "ok", _HALF, ("one_copy",)
    return "ok", _ALONE, ()


def _texts_in(box: Box, field: CodeField, image: Gray, matrix: Matrix, found: tuple[FoundCode, ...]) -> tuple[str, ...]:
    """What this copy says: from the look at the whole page, or else from closer looks at its place."""
    to_mm = np.linalg.inv(matrix)
    seen = tuple(
        code.text
        for code in found
        if code.format == field.format and _is_nearest(box, field.boxes, apply(to_mm, np.array([_middle(code)]))[0])
    )
    return tuple(dict.fromkeys(seen or (code.text for code in codes_at(image, matrix, box, field.format))))


def _middle(code: FoundCode) -> tuple[float, float]:
    x, y = np.mean(code.quad, axis=0)
    return float(x), float(y)


def _is_nearest(box: Box, boxes: tuple[Box, ...], point: Points) -> bool:
    """Whether `point` (mm) lies in `box` or near it, and no nearer to another copy's."""
    return _distance(box, point) <= min(_NEAR_MM, *(_distance(other, point) for other in boxes))


def _distance(box: Box, point: Points) -> float:
    left, top, width, height = box
    across = max(left - point[0], 0.0, point[0] - left - width)
    down = max(top - point[1], 0.0, point[1] - top - height)
    return float(max(across, down))


def codes_at_places(image: Gray, matrix: Matrix, fields: list[CodeField]) -> Iterator[FoundCode]:
    """The codes that lie where the form has them: by quick looks, and when these find none by all there are."""
    places = [(box, field.format) for field in fields for box in field.boxes]
    quick = [code for box, kind in places for code in _seen_quickly(image, matrix, box, kind)]
    yield from quick or (code for box, kind in places for code in codes_at(image, matrix, box, kind))


def codes_at(image: Gray, matrix: Matrix, box: Box, kind: str) -> tuple[FoundCode, ...]:
    """The codes that the form has in `box` (mm), in px of the page: what the first look that finds any finds."""
    return next((found for _, look in LADDER if (found := look(image, matrix, box, kind))), ())


def code_region(image: Gray, matrix: Matrix, box: Box) -> PixelBox | None:
    """Where on the page a code and its quiet zone lie, in px; None where that is off the picture."""
    x, y, width, height = box
    wide = (x - _QUIET_MM, y - _QUIET_MM, width + 2 * _QUIET_MM, height + 2 * _QUIET_MM)
    left, top, columns, rows = pixel_box(matrix, wide)
    right, bottom = min(left + columns, image.shape[1]), min(top + rows, image.shape[0])
    region: PixelBox = (max(left, 0), max(top, 0), right - max(left, 0), bottom - max(top, 0))
    return region if region[2] > 0 and region[3] > 0 else None


def _seen_quickly(image: Gray, matrix: Matrix, box: Box, kind: str) -> tuple[FoundCode, ...]:
    region = code_region(image, matrix, box)
    return find_codes_quickly(image, kind, region) if region is not None else ()


def _sampled(image: Gray, matrix: Matrix, box: Box, kind: str) -> tuple[FoundCode, ...]:
    crop = cut(image, matrix, box, _QUIET_MM)
    found = read_grid(crop.image, _QUIET_MM * PX_PER_MM, PX_PER_MM, kind)
    return () if found is None else (_on_page(found, matrix, box),)


def _seen_thoroughly(image: Gray, matrix: Matrix, box: Box, kind: str) -> tuple[FoundCode, ...]:
    region = code_region(image, matrix, box)
    return find_codes(image, formats=[kind], region=region) if region is not None else ()


def _seen_upright(image: Gray, matrix: Matrix, box: Box, kind: str) -> tuple[FoundCode, ...]:
    """As `_seen_thoroughly`, freed of turns and perspective."""
    found = find_codes(cut(image, matrix, box, _QUIET_MM).image, formats=[kind])
    return tuple(_on_page(code, matrix, box) for code in found)


def _on_page(code: FoundCode, matrix: Matrix, box: Box) -> FoundCode:
    """A code found in the upright crop around `box`, in px of the page."""
    corner = np.array(box[:2]) - _QUIET_MM
    a, b, c, d = ((float(x), float(y)) for x, y in apply(matrix, corner + (np.array(code.quad) + 0.5) / PX_PER_MM))
    return FoundCode(code.format, code.text, (a, b, c, d))


Look = Callable[[Gray, Matrix, Box, str], tuple[FoundCode, ...]]
LADDER: tuple[tuple[str, Look], ...] = (
    ("quick", _seen_quickly), ("grid", _sampled), ("thorough", _seen_thoroughly), ("upright", _seen_upright),
)  # fmt: skip
"""The looks at a code's place from the cheapest to the dearest, each with its name."""
