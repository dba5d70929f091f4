"""What persons have said of a response: it stands in the place of what the machine read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from cases.models import Answer, ExceptionItem, FieldReading, PageRepair, Response
from cases.purposes import BLIND
from cases.repairs import seen_otherwise


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
    """What all answers on the response that hold say; of two on one question the later.

    What was keyed blind is compared with other answers and never holds by itself.
    """
    response = session.get(Response, response_id)
    held = holding(session, response) if response else []
    return said_in((a.word, a.value, asked.field, asked.rule) for a, asked in held if asked.purpose not in BLIND)


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


def standing(session: Session, response_id: int) -> dict[str, dict[str, Answer]]:
    """Field -> purpose -> the answer that holds."""
    response = session.get(Response, response_id)
    found: dict[str, dict[str, Answer]] = {}
    for answer, asked in holding(session, response) if response else ():
        if asked.field is not None:
            found.setdefault(asked.field, {})[asked.purpose] = answer
    return found


def value_of(answer: Answer) -> Any:  # noqa: ANN401  # JSON
    """What the answer says the field says; None: it cannot be read."""
    return answer.value if answer.word == "value" else None


def holding(session: Session, response: Response) -> list[tuple[Answer, ExceptionItem]]:
    """The answers that hold, oldest first, each with its question.

    One that was taken back does not, nor one that was given when the form was thought to lie elsewhere on its page.
    """
    query = select(Answer, ExceptionItem).join(ExceptionItem, col(Answer.exception_id) == ExceptionItem.id)
    query = query.where(Answer.response_id == response.id, col(Answer.undone_at).is_(None)).order_by(col(Answer.id))
    looks = seen_otherwise(session, response.page_ids)
    return [(answer, asked) for answer, asked in session.exec(query) if _saw_it(answer, looks)]


def _saw_it(answer: Answer, looks: Sequence[PageRepair]) -> bool:
    """Whether the person saw the fields as they are cut now: every repair stood then if and only if it stands now."""
    return all(_stood(repair, answer.at) == (repair.undone_at is None) for repair in looks)


def _stood(repair: PageRepair, at: dt.datetime) -> bool:
    return repair.at <= at and (repair.undone_at is None or at < repair.undone_at)


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
