"""Signatures and stamps as measured ink: pen strokes are long, specks and small print are not."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.fields.crops import EDGE_MM, PX_PER_MM, Crop, Mask, cut, darkness_of, ink_of, pixel_box
from ocr.fields.rules import without_rules
from ocr.readings import Gray, Reading, Status
from ocr.registration.result import Matrix
from ocr.template.model import SignatureField, StampField

READER = "ink/1"
_PX_PER_MM = PX_PER_MM / 2
"""Pen strokes are wide enough to be measured at half size, in a third of the time."""
_DARKNESS = 0.16
_LOW_MM = 2.6
"""Printed letters and wavy scans of the signing line stay lower than this; strokes of a signature do not."""
_SURELY_SIGNED_MM, _SURELY_EMPTY_MM = 15.0, 3.5


def read_signature(name: str, field: SignatureField | StampField, image: Gray, matrix: Matrix) -> Reading:
    """Whether the box holds ink that somebody put there. Nothing is inferred from its shape."""
    # the signing line lies on the box's edge, and is known for a line only when all of it is seen
    crop = cut(image, matrix, field.box, EDGE_MM)
    length = stroke_length_mm(_pen_strokes(crop))
    status: Status
    if length >= _SURELY_SIGNED_MM:
        signed, status, confidence = True, "ok", min(0.999, 0.98 + length / 5000)
    elif length <= _SURELY_EMPTY_MM:
        signed, status, confidence = False, "empty", 0.998 - 0.01 * length / _SURELY_EMPTY_MM
    else:
        signed, status, confidence = length > (_SURELY_SIGNED_MM + _SURELY_EMPTY_MM) / 2, "doubtful", 0.5
    yes = confidence if signed else 1 - confidence
    alternatives = (("true", yes), ("false", 1 - yes))
    box = pixel_box(matrix, field.box)
    return Reading(
        name, field.kind, signed, confidence, status, box, READER, alternatives, (), crop.image[crop.inner(0.0)]
    )


def _pen_strokes(crop: Crop) -> Mask:
    """The ink inside the field but for printed rules, at `_PX_PER_MM`."""
    rows, columns = (side // 2 for side in crop.image.shape)
    half = cv2.resize(crop.image[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA)
    shares = darkness_of(np.asarray(half, np.uint8))
    dark = without_rules(ink_of(shares, _DARKNESS, px_per_mm=_PX_PER_MM), _PX_PER_MM)
    edge = round(crop.margin * _PX_PER_MM)
    return dark[edge : rows - edge, edge : columns - edge]


def stroke_length_mm(dark: Mask, lowest_mm: float = _LOW_MM) -> float:
    """Length of all strokes at least `lowest_mm` high, at `_PX_PER_MM`: half of their contours' length."""
    contours, _ = cv2.findContours(dark.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    total = 0.0
    for contour in contours:
        _, _, _, height = cv2.boundingRect(contour)
        if height >= lowest_mm * _PX_PER_MM:
            total += cv2.arcLength(contour, closed=True) / 2
    return total / _PX_PER_MM
