"""Code fields: what the page's codes say where the form has them."""

from __future__ import annotations

import numpy as np

from ocr.codes.finding import FoundCode, find_codes
from ocr.fields.crops import cut, hull, pixel_box
from ocr.readings import Gray, PixelBox, Reading
from ocr.registration.geometry import apply
from ocr.registration.result import Matrix
from ocr.template.model import Box, CodeField

READER = "zxing-cpp/3"
_NEAR_MM = 10.0


def read_code(name: str, field: CodeField, image: Gray, matrix: Matrix, found: tuple[FoundCode, ...]) -> Reading:
    """The code's text. Printed twice, one is enough; two that differ are doubtful."""
    to_mm = np.linalg.inv(matrix)
    texts = [code.text for code in found if code.format == field.format and _near(field, code, to_mm)]
    if not texts:
        texts = [code.text for box in field.boxes for code in _looked_closely(image, matrix, box, field.format)]
    box = hull(list(field.boxes))
    crop = cut(image, matrix, field.boxes[0], 1.0).image
    distinct = list(dict.fromkeys(texts))
    where = pixel_box(matrix, box)
    if not distinct:
        return Reading(name, "code", None, 0.0, "doubtful", where, READER, (), ("unreadable",), crop)
    if len(distinct) > 1:
        share = 1 / len(distinct)
        alternatives = tuple((text, share) for text in distinct)
        return Reading(name, "code", distinct[0], share, "doubtful", where, READER, alternatives, ("differ",), crop)
    text = distinct[0]
    return Reading(name, "code", text, 0.9999, "ok", where, READER, ((text, 0.9999),), (), crop)


def _near(field: CodeField, code: FoundCode, to_mm: Matrix) -> bool:
    x, y = apply(to_mm, np.array([np.mean(code.quad, axis=0)]))[0]
    return any(
        left - _NEAR_MM < x < left + width + _NEAR_MM and top - _NEAR_MM < y < top + height + _NEAR_MM
        for left, top, width, height in field.boxes
    )


def _looked_closely(image: Gray, matrix: Matrix, box: Box, kind: str) -> tuple[FoundCode, ...]:
    """A second look where the code must be, on the page as scanned."""
    x, y, width, height = box
    wide = (x - 2, y - 2, width + 4, height + 4)
    left, top, columns, rows = pixel_box(matrix, wide)
    right, bottom = min(left + columns, image.shape[1]), min(top + rows, image.shape[0])
    region: PixelBox = (max(left, 0), max(top, 0), right - max(left, 0), bottom - max(top, 0))
    return find_codes(image, formats=[kind], region=region) if region[2] > 0 and region[3] > 0 else ()
