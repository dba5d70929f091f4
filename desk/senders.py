"""Who may have sent a form: candidates side by side with the weight of each field, and a search of the base."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel
from sqlmodel import Session, col, select

from cases.examining import examine
from cases.models import Document, ExceptionItem, Person, Response
from cases.said import said_of
from cases.second_keying import keyed_blind
from desk.office import matcher_of, office_of
from desk.present import Keying, Reading
from desk.review import ExceptionId
from desk.words import question_in, words
from matching.base import Subscriber
from matching.query import Candidate, query_of
from matching.query import Query as Asked

router = APIRouter()
SHOWN = (
    "first_name", "last_name", "street", "house_number", "postcode", "city", "phone", "email", "birth_date",
    "customer_number",
)  # fmt: skip
_FOUND = 9


class Weight(BaseModel):
    """One bar of the waterfall, in bits: above 0 it speaks for the candidate; `level` says how far the field agrees."""

    field: str
    bits: float
    level: str


class Sender(BaseModel):
    """A subscriber who may have sent the form."""

    subscriber_id: str
    fields: dict[str, str]
    active: bool
    probability: float
    weights: list[Weight]


class Senders(BaseModel):
    """The candidates, likeliest first; `written` is what the form says, `differing` the fields in which they differ."""

    why: list[str]
    written: dict[str, str]
    senders: list[Sender]
    differing: list[str]


@router.get("/api/exceptions/{exception_id}/senders", responses={404: {"description": "No such question."}})
def senders(request: Request, session: Reading, person: Keying, exception_id: ExceptionId) -> Senders:
    """Who may have sent the form of this question, as things stand after the answers given so far."""
    asked = session.get(ExceptionItem, exception_id)
    response = session.get(Response, asked.response_id) if asked and asked.response_id else None
    if (
        asked is None
        or asked.kind != "match"
        or response is None
        or response.template not in request.app.state.templates.by_name
    ):
        raise HTTPException(404, "There is no such question.")
    office = office_of(request, session)
    template = office.templates.by_name[response.template]
    document = session.get_one(Document, response.document_id)
    said = said_of(session, response.id or 0)
    hidden = keyed_blind(session, response.id or 0)
    found = examine(session, office.settings, response, document, template, office.match, said)
    written: dict[str, str] = {
        field.role: str(reading.value)
        for name, field in template.fields.items()
        if field.role
        and name not in hidden
        and (reading := found.readings.get(name)) is not None
        and isinstance(reading.value, str)
    }
    why = question_in(person.language, f"match.{found.match.rule}", "; ".join(found.match.why))
    return _senders(session, person, [why] if why else [], written, found.match.candidates)


@router.get("/api/subscribers")
def search(
    request: Request, session: Reading, person: Keying, q: Annotated[str, Query(min_length=2, max_length=200)]
) -> Senders:
    """Subscribers whom these words may mean: a name, an address, a number, in any order."""
    ranked = matcher_of(request, session).rank(_asked(q))
    exact = session.get(Subscriber, q.strip())
    first = [Candidate(exact.id, 1.0, 0.0, ())] if exact else []
    return _senders(
        session, person, [], {}, (*first, *(one for one in ranked if not exact or one.subscriber_id != exact.id))
    )


def _asked(words: str) -> Asked:
    """The words as what they look like: numbers and addresses by their form, the rest as names and streets."""
    given: dict[str, str] = {}
    if mail := re.search(r"\S+@\S+", words):
        given["email"] = mail[0]
        words = words.replace(mail[0], " ")
    if day := re.search(r"\b\d{1,4}[.\-/]\d{1,2}[.\-/]\d{1,4}\b", words):
        given["birth_date"] = day[0]
        words = words.replace(day[0], " ")
    numbers = re.findall(r"\+?\d[\d ]{3,}", words)
    for number in numbers:
        given.update(dict.fromkeys(("phone", "customer_number", "postcode"), number.strip()))
        words = words.replace(number, " ")
    if street := re.search(r"[^\d,]+ \d{1,4}\s?[a-zA-Z]?\b", words):
        given["street"] = street[0].strip()
        given["name"] = words.replace(street[0], " ").strip(" ,")
    elif words.strip():
        given["name"] = words.strip()
    return query_of({"id": "search", **{field: text for field, text in given.items() if text}})


def _senders(
    session: Session, person: Person, why: list[str], written: dict[str, str], ranked: tuple[Candidate, ...]
) -> Senders:
    ranked = ranked[:_FOUND]
    ids = [candidate.subscriber_id for candidate in ranked]
    rows = {row.id: row for row in session.exec(select(Subscriber).where(col(Subscriber.id).in_(ids)))}
    found = [
        _sender(rows[one.subscriber_id], one, words(person.language)) for one in ranked if one.subscriber_id in rows
    ]
    differing = [field for field in SHOWN if len({sender.fields.get(field, "") for sender in found}) > 1]
    return Senders(why=why, written=written, senders=found, differing=differing)


def _sender(row: Subscriber, candidate: Candidate, w: Mapping[str, str]) -> Sender:
    weights = [
        Weight(field=bar.field, bits=bar.weight, level=w.get(f"pages.level.{bar.level}", bar.level))
        for bar in candidate.evidence
    ]
    known = {field: str(getattr(row, field)) for field in SHOWN if getattr(row, field)}
    return Sender(
        subscriber_id=row.id, fields=known, active=row.active, probability=candidate.probability, weights=weights
    )
