"""A reader's score becomes the probability that the whole value is right."""

from __future__ import annotations

from dataclasses import replace

from ocr.certainty.curves import Curve, curves, version
from ocr.certainty.evidence import Features, Scan, features_of
from ocr.certainty.families import family_of
from ocr.certainty.thresholds import Thresholds
from ocr.readings import Alternative, Reading
from ocr.template.model import FormField


def judged(reading: Reading, field: FormField, scan: Scan, thresholds: Thresholds, template: str) -> Reading:
    """The reading as its reader gave it, with a calibrated confidence, its threshold and the status that follows."""
    family = family_of(field)
    evidence = features_of(reading, field, scan) if _is_scored(reading) else None
    sure = replace(
        reading,
        family=family,
        confidence=_probability(reading, curves()[family], evidence),
        evidence=() if evidence is None else tuple(evidence.tolist()),
        doubted=reading.status == "doubtful",
        reader=f"{reading.reader} {version()}",
    )
    return thresholds.settled(replace(sure, alternatives=_rescaled(reading, sure.confidence)), template)


def _is_scored(reading: Reading) -> bool:
    return reading.status in ("ok", "doubtful") and reading.value not in (None, "")


def _probability(reading: Reading, curve: Curve, evidence: Features | None) -> float:
    if evidence is not None:
        return curve(evidence)
    return curve.empty if reading.status == "empty" else reading.confidence


def _rescaled(reading: Reading, sure: float) -> tuple[Alternative, ...]:
    """The alternatives with the value's new probability; what else it may be keeps its order and shares the rest."""
    if isinstance(reading.value, bool):
        yes = sure if reading.value else 1 - sure
        return ("true", yes), ("false", 1 - yes)
    if not reading.alternatives or reading.alternatives[0][0] != reading.value:
        return reading.alternatives
    score = reading.alternatives[0][1]
    share = sure / score if sure < score else (1 - sure) / max(1 - score, 1e-9)
    return (str(reading.value), sure), *((text, p * min(share, 1.0)) for text, p in reading.alternatives[1:])
