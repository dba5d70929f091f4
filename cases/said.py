"""What persons have said of a response: it stands in the place of what the machine read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from cases.models import Answer, ExceptionItem, FieldReading
from cases.purposes import BLIND


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
    """All answers on the response that were not taken back; of two on one question the later holds.

    What was keyed blind is compared with other answers and never holds by itself.
    """
    query = select(Answer, ExceptionItem).join(ExceptionItem, col(Answer.exception_id) == ExceptionItem.id)
    query = query.where(Answer.response_id == response_id, col(Answer.undone_at).is_(None)).order_by(col(Answer.id))
    query = query.where(col(ExceptionItem.purpose).not_in(BLIND))
    values: dict[str, Any] = {}
    settled: dict[str, Any] = {}
    sender, known = None, False
    for answer, asked in session.exec(query):
        if answer.word in ("subscriber", "nobody"):
            sender, known = (answer.value if answer.word == "subscriber" else None), True
        elif asked.field is not None:
            values[asked.field] = value_of(answer)
        else:
            settled[asked.rule] = answer.value if answer.word == "value" else answer.word
    return Said(values, sender, known, settled)


def standing(session: Session, response_id: int) -> dict[str, dict[str, Answer]]:
    """Field -> purpose -> the answer that was not taken back."""
    query = select(ExceptionItem.field, ExceptionItem.purpose, Answer)
    query = query.join(Answer, col(Answer.exception_id) == ExceptionItem.id).order_by(col(Answer.id))
    query = query.where(Answer.response_id == response_id, col(Answer.undone_at).is_(None))
    found: dict[str, dict[str, Answer]] = {}
    for name, purpose, answer in session.exec(query.where(col(ExceptionItem.field).is_not(None))):
        found.setdefault(name or "", {})[purpose] = answer
    return found


def value_of(answer: Answer) -> Any:  # noqa: ANN401  # JSON
    """What the answer says the field says; None: it cannot be read."""
    return answer.value if answer.word == "value" else None


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
