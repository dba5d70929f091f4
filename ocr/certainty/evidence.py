"""What speaks for and against a reading: the reader's own score, how well the field is seen, and what it must obey."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import quantile
from ocr.readings import Gray, Reading
from ocr.registration.result import Registration
from ocr.template.model import ChoiceField, FormField

FOR = ("score", "lead")
AGAINST = ("coarse", "pale", "noisy", "one_bit", "off_mm", "long", "free", "doubted")
FEATURES = FOR + AGAINST
Features = NDArray[np.float64]
"""One number for each of FEATURES: more of the first two speaks for the reading, more of any other against it."""

_DPI = 300.0
_MM_PER_INCH = 25.4
_LEAST, _MOST = 1e-4, 1 - 1e-5
_STEP = 7
"""Of a page every so many-th pixel tells whether it has but two levels."""
_INK = 0.02
_UNKNOWN_MM = 0.5
"""Taken for how far off a form is that a person has placed: a pixel of a screen, and a hand."""


@dataclass(frozen=True, slots=True)
class Scan:
    """How a page was seen: `dpi` where the form lies, black and white only, and how far off the marks lay."""

    dpi: float
    one_bit: bool
    residual_mm: float


def scan_of(image: Gray, registration: Registration) -> Scan:
    """The scan of a whole page, measured on its pixels: what the file says of its dpi may be wrong."""
    scale = math.sqrt(abs(float(np.linalg.det(registration.matrix[:2, :2]))))
    seen = image[::_STEP, ::_STEP]
    gray = float(((seen > 0) & (seen < 255)).mean())
    off_mm = _UNKNOWN_MM if math.isnan(registration.residual_mm) else registration.residual_mm
    return Scan(scale * _MM_PER_INCH, gray < 0.001, off_mm)


def features_of(reading: Reading, field: FormField, scan: Scan) -> Features:
    """The evidence on one reading that has a value."""
    pale, noisy = _look(reading.crop) if reading.crop is not None and reading.crop.size else (0.0, 0.0)
    obeys = bool(field.rules) or getattr(field, "charset", "") == "date" or bool(getattr(field, "words", None))
    return np.array([
        log_odds(reading.confidence),
        _lead(reading),
        min(max(math.log2(_DPI / max(scan.dpi, 1.0)), 0.0), 2.0),
        pale,
        noisy,
        float(scan.one_bit),
        min(scan.residual_mm, 1.0),
        _length(reading, field) / 10,
        float(not obeys),
        float(reading.status == "doubtful"),
    ])  # fmt: skip


def log_odds(score: float) -> float:
    held = min(max(score, _LEAST), _MOST)
    return math.log(held / (1 - held))


def _lead(reading: Reading) -> float:
    """How much likelier the value is than the next best one, as the log of their odds; 0 where none is known."""
    if not isinstance(reading.value, str) or len(reading.alternatives) < 2:
        return log_odds(reading.confidence)
    first, second = reading.alternatives[0][1], reading.alternatives[1][1]
    return min(math.log(max(first, _LEAST) / max(second, _LEAST)), -math.log(1 - _MOST))


def _length(reading: Reading, field: FormField) -> float:
    if isinstance(field, ChoiceField):
        return float(len(field.options))
    return float(len(reading.value)) if isinstance(reading.value, str) else 1.0


def _look(crop: Gray) -> tuple[float, float]:
    """How pale the ink is (0 black, 1 as the paper) and how rough the paper (spread over its level)."""
    seen = crop[::2, ::2]
    paper = max(float(quantile(seen, 0.75)), 1.0)
    ink = float(quantile(seen, _INK))
    bare = seen[seen > (paper + ink) / 2]
    rough = float(bare.std()) / paper if bare.size else 0.0
    return min(ink / paper, 1.0), min(rough, 0.3)
