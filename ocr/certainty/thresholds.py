"""Thresholds: how sure a reading must be to be taken without a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ocr.certainty.curves import curves
from ocr.certainty.families import FAMILIES
from ocr.readings import Reading


def key_of(template: str, name: str) -> str:
    """The key of one field of one form."""
    return f"{template}/{name}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least confidence by ``TEMPLATE/FIELD`` or by family; what is not `given` is as the curves were fitted for.

    Raises ValueError for a key that is neither, or a threshold that is not above 0.5 and at most 1.
    """

    given: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, value in self.given.items():
            if key not in FAMILIES and "/" not in key.strip("/"):
                raise ValueError(f"{key} is neither a field (FORM/FIELD) nor one of {', '.join(FAMILIES)}")
            if not 0.5 < value <= 1:
                raise ValueError(f"the threshold of {key} must lie above 0.5 and be at most 1")

    def settled(self, reading: Reading, template: str) -> Reading:
        """The reading with its threshold, and `ok` or `doubtful` by it; what a reader itself doubted stays so."""
        if reading.family is None:
            return reading
        threshold = self._of(reading, template)
        if reading.status not in ("ok", "doubtful"):
            return replace(reading, threshold=threshold)
        sure = not reading.doubted and reading.confidence >= threshold
        return replace(reading, threshold=threshold, status="ok" if sure else "doubtful")

    def _of(self, reading: Reading, template: str) -> float:
        assert reading.family is not None
        own = self.given.get(key_of(template, reading.name), self.given.get(reading.family))
        return own if own is not None else curves()[reading.family].threshold
