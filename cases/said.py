"""What persons have said of a response: it stands in the place of what the machine read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from cases.models import Answer, ExceptionItem, FieldReading


@dataclass(frozen=True, slots=True)
class Said:
    """`values` are what fields say (None: cannot be read); `sender` is who sent it where `sender_known`.

    `settled` are the questions about the form as a whole, by their rule, with the answer.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    sender: str | None = None
    sender_known: bool = False
    settled: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Said()


def said_of(session: Session, response_id: int) -> Said:
    """All answers on the response that were not taken back; of two on one question the later holds."""
    query = select(Answer, ExceptionItem).join(ExceptionItem, col(Answer.exception_id) == ExceptionItem.id)
    query = query.where(Answer.response_id == response_id, col(Answer.undone_at).is_(None)).order_by(col(Answer.id))
    return said_in((answer.word, answer.value, asked.field, asked.rule) for answer, asked in session.exec(query))


def said_in(answers: Iterable[tuple[str, Any, str | None, str]]) -> Said:
    """What answers say together: each a word and its value, and the field or else the rule that was asked about."""
    values: dict[str, Any] = {}
    settled: dict[str, Any] = {}
    sender, known = None, False
    for word, value, field_name, rule in answers:
        if word in ("subscriber", "nobody"):
            sender, known = (value if word == "subscriber" else None), True
        elif field_name is not None:
            values[field_name] = value if word == "value" else None
        else:
            settled[rule] = value if word == "value" else word
    return Said(values, sender, known, settled)


def as_read(readings: Mapping[str, FieldReading], said: Said) -> dict[str, FieldReading]:
    """The readings with what persons said in their places, certain."""
    return {name: _by_person(reading, said) for name, reading in readings.items()}


def _by_person(reading: FieldReading, said: Said) -> FieldReading:
    if reading.name not in said.values:
        return reading
    value = said.values[reading.name]
    status = "empty" if value in (None, "", []) else "ok"
    known = reading.model_dump(exclude={"value", "confidence", "status", "alternatives", "notes"})
    return FieldReading(**known, value=value, confidence=1.0, status=status, alternatives=[], notes=[])
