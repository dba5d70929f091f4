"""What the machine would answer where a glance at the crop is enough to confirm it."""

from __future__ import annotations

from dataclasses import dataclass

from cases.models import FieldReading
from ocr.template.model import ChoiceField, FormField, SignatureField, StampField, Template, TickField

LEAST_SURE = 0.5
_DIGITS_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reading as an answer; questions with the same `group` may be confirmed together."""

    group: str
    value: bool | str | list[str]


def proposal_of(template: Template, name: str, reading: FieldReading | None) -> Proposal | None:
    """The reading of a field as an answer that a glance at its crop confirms; None where there is no such answer."""
    design = template.fields.get(name)
    if reading is None or reading.crop is None:
        return None
    if isinstance(design, TickField | SignatureField | StampField) and isinstance(reading.value, bool):
        return Proposal(f"{design.kind}:{str(reading.value).lower()}", reading.value)
    if isinstance(design, ChoiceField) and isinstance(reading.value, list):
        ticked = [str(option) for option in reading.value]
        is_answer = set(ticked) <= set(design.options) and (design.multiple or len(ticked) < 2)
        return Proposal(f"choice:{template.name}.{name}:{','.join(sorted(ticked))}", ticked) if is_answer else None
    return _digits(design, reading)


def texts_of(reading: FieldReading) -> list[tuple[str, float]]:
    """What a field may say, each with its probability, the best first."""
    found = [(str(text), float(chance)) for text, chance in reading.alternatives if str(text).strip()]
    if isinstance(reading.value, str) and reading.value and reading.value not in [text for text, _ in found]:
        found.insert(0, (reading.value, reading.confidence))
    return found


def _digits(design: FormField | None, reading: FieldReading) -> Proposal | None:
    found = texts_of(reading) if getattr(design, "charset", "") == "digits" else []
    if not found or found[0][1] < LEAST_SURE:
        return None
    text = found[0][0]
    if text != reading.value or not text.isdecimal() or len(text) > _DIGITS_AT_MOST:
        return None
    return Proposal(f"digit:{text}" if len(text) == 1 else f"number:{len(text)}", text)
