"""What the reader hands on: one `Reading` per field, one `PageReading` per page image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ocr.certainty.families import Family

Gray = NDArray[np.uint8]
Value = str | bool | list[str] | None
Status = Literal["ok", "doubtful", "empty", "invalid"]
Alternative = tuple[str, float]
PixelBox = tuple[int, int, int, int]
"""x, y, width, height in pixels of the page as scanned, axis-parallel hull of the field."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the machine read in one field.

    `confidence` is the probability (0..1) that the whole `value` is right; from `threshold` on, that of its
    `family`, it is taken without a person, unless the reader itself `doubted` it. `notes` names what was seen besides
    the value, for example ``struck_out`` or ``withdrawn``; `reader` is the engine and its version, and the version of
    the curves that made a probability of the `evidence` (see ``ocr.certainty.evidence.FEATURES``).
    """

    name: str
    kind: str
    value: Value
    confidence: float
    status: Status
    box: PixelBox
    reader: str
    alternatives: tuple[Alternative, ...] = ()
    notes: tuple[str, ...] = ()
    crop: Gray | None = None
    family: Family | None = None
    threshold: float | None = None
    doubted: bool = False
    evidence: tuple[float, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "value": self.value,
            "confidence": round(self.confidence, 4),
            "status": self.status,
            "box": list(self.box),
            "alternatives": [[text, round(p, 4)] for text, p in self.alternatives],
            "notes": list(self.notes),
            "reader": self.reader,
            "family": self.family,
            "threshold": self.threshold,
        }


@dataclass(frozen=True, slots=True)
class PageReading:
    """All readings of one page image, or the reason why it was not read.

    `residual_mm` is the registration error left after fitting, measured on marks or features not used up by the
    fit; `ms` maps each step (open, register, codes, ticks, text, ...) to its milliseconds of wall time.
    """

    file: str
    page: int
    template: str | None = None
    template_hash: str | None = None
    language: str | None = None
    registered: bool = False
    reason: str | None = None
    method: str | None = None
    residual_mm: float | None = None
    rotation: int = 0
    fields: tuple[Reading, ...] = ()
    ms: dict[str, float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Reading:
        for reading in self.fields:
            if reading.name == name:
                return reading
        raise KeyError(name)

    def as_json(self) -> dict[str, Any]:
        """The line that `replyflow read --json` prints; its keys are a stable contract."""
        return {
            "file": self.file,
            "page": self.page,
            "template": self.template,
            "registered": self.registered,
            "reason": self.reason,
            "fields": {reading.name: reading.as_json() for reading in self.fields},
            "ms": {step: round(ms, 2) for step, ms in self.ms.items()},
            "template_hash": self.template_hash,
            "language": self.language,
            "method": self.method,
            "residual_mm": None if self.residual_mm is None else round(self.residual_mm, 3),
            "rotation": self.rotation,
        }
