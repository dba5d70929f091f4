"""Critical fields are keyed by two persons who know nothing of each other; where they differ, a third settles it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from cases.agreeing import same_said
from cases.checking import DOUBTFUL, Question
from cases.clock import now
from cases.grouping import merged_readings
from cases.keying import forget_keyed
from cases.models import Answer, Document, ExceptionItem, Response
from cases.purposes import Purpose
from cases.rules import Context
from cases.said import standing, value_of
from ocr.template.model import FormField, Template

_DIFFER = "Two persons keyed this field differently; what does it say?"


@dataclass(frozen=True, slots=True)
class Keying:
    """A further question about a critical field that a person has answered."""

    purpose: Purpose
    question: Question


def keyings_left(session: Session, response: Response, template: Template, document: Document) -> list[Keying]:
    """What other persons must still be asked about critical fields, as the answers stand."""
    if not any(design.critical for design in template.fields.values()):
        return []
    said = standing(session, response.id or 0)
    values = {name: {purpose: value_of(one) for purpose, one in given.items()} for name, given in said.items()}
    return keyings_in(template, context_of(template, document), values)


def keyings_in(template: Template, context: Context, said: Mapping[str, Mapping[str, Any]]) -> list[Keying]:
    """What other persons must still be asked, where `said` is field -> purpose -> the value that holds.

    Needs nothing else, so that an auditor can draw the same conclusion.
    """
    critical = {name: design for name, design in template.fields.items() if design.critical}
    steps = ((name, _step(said.get(name, {}), design, context)) for name, design in critical.items())
    return [_keying(name, purpose) for name, purpose in steps if purpose is not None]


def context_of(template: Template, document: Document) -> Context:
    """What comparing values must know of the form and its day."""
    return Context(template.country, document.received_at.date())


def _step(said: Mapping[str, Any], design: FormField, context: Context) -> Purpose | None:
    if "ask" not in said or "third" in said or "ruling" in said:
        return None
    if "second" not in said:
        return "second"
    return None if same_said(design, context, said["ask"], said["second"]) else "third"


def _keying(name: str, purpose: Purpose) -> Keying:
    # the second question looks like any doubtful field, so that it tells nothing of the first answer
    blind = Question("doubtful", name, DOUBTFUL)
    return Keying(purpose, blind if purpose == "second" else Question("keyings-differ", name, _DIFFER))


def take_back_settlement(session: Session, asked: ExceptionItem) -> None:
    """A third person's word rests on both keyings; it falls with either, in the caller's transaction."""
    if asked.purpose not in ("ask", "second"):
        return
    query = select(Answer, ExceptionItem).join(ExceptionItem, col(Answer.exception_id) == ExceptionItem.id)
    query = query.where(ExceptionItem.response_id == asked.response_id, ExceptionItem.field == asked.field)
    query = query.where(ExceptionItem.purpose == "third", col(Answer.undone_at).is_(None))
    for answer, settled in session.exec(query).all():
        answer.undone_at, settled.state = now(), "obsolete"
        session.add_all([answer, settled])
        response = session.get_one(Response, asked.response_id)
        reading = merged_readings(session, response.page_ids).get(asked.field or "")
        if reading is not None:
            forget_keyed(session, reading.id or 0, answer.person)


def keyed_blind(session: Session, response_id: int) -> set[str]:
    """The critical fields of a response that a second person is yet to key: nobody who keys may see their values."""
    query = select(ExceptionItem.field).where(ExceptionItem.response_id == response_id, ExceptionItem.state == "open")
    return {name for name in session.exec(query.where(ExceptionItem.purpose == "second")) if name}


def differing(session: Session, asked: ExceptionItem) -> list[Any]:
    """The two values between which a third person or a ruling decides, in an order that tells nothing of whose is
    whose; None is writing that could not be read."""
    said = standing(session, asked.response_id or 0).get(asked.field or "", {})
    values = [value_of(said[purpose]) for purpose in ("ask", "second", "sample") if purpose in said]
    if asked.purpose == "ruling":
        values = [_machine(session, asked), value_of(said["sample"])] if "sample" in said else []
    first = hashlib.sha256(f"{asked.key}:{asked.asked_at}".encode()).digest()[0] % 2
    return values[::-1] if first else values


def _machine(session: Session, asked: ExceptionItem) -> Any:  # noqa: ANN401  # JSON
    response = session.get_one(Response, asked.response_id)
    reading = merged_readings(session, response.page_ids).get(asked.field or "")
    return reading.value if reading else None
