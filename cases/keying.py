"""Recording what a person says that a field says."""

from __future__ import annotations

import math

from sqlmodel import Session, select

from cases import ledger
from cases.clock import now
from cases.models import Document, FieldReading, Keyed, Page
from ocr.certainty.values import same_value
from ocr.readings import Value


def record_keyed(session: Session, reading_id: int, said: Value, *, person: str, active_s: float) -> Keyed:
    """Adds the decision to the caller's transaction; said again by the same person, the later word holds.

    `active_s` are the seconds for which the person looked at it. The ledger tells who decided and whether the machine
    was right, never a value. Raises KeyError for an unknown reading, ValueError without a person or with a time that
    is none.
    """
    reading = session.get(FieldReading, reading_id)
    if reading is None:
        raise KeyError(reading_id)
    if not person.strip():
        raise ValueError("a decision needs the person who made it")
    if not (math.isfinite(active_s) and active_s >= 0):
        raise ValueError("active seconds are a number from 0")
    # two requests of one person at once must not both find nothing to replace
    chain = _chain_of(session, reading)
    ledger.lock(session, chain)
    known = select(Keyed).where(Keyed.reading_id == reading_id, Keyed.person == person)
    keyed = session.exec(known).first() or _beside(session, reading, person)
    keyed.said, keyed.right = said, same_value(reading.kind, reading.value, said)
    keyed.at, keyed.active_s = now(), active_s
    session.add(keyed)
    session.flush()
    facts = {"person": person, "right": keyed.right, "active_s": round(active_s, 2)}
    ledger.record(session, "desk:reading:keyed", reading_id, facts, chain=chain, who=ledger.by_person(person))
    return keyed


def forget_keyed(session: Session, reading_id: int, person: str) -> None:
    """Takes the person's word on a reading back, in the caller's transaction; the ledger keeps that it was given."""
    for keyed in session.exec(select(Keyed).where(Keyed.reading_id == reading_id, Keyed.person == person)):
        session.delete(keyed)


def _chain_of(session: Session, reading: FieldReading) -> str:
    document = session.get_one(Document, session.get_one(Page, reading.page_id).document_id)
    return document.batch_id or ledger.OFFICE


def _beside(session: Session, reading: FieldReading, person: str) -> Keyed:
    page = session.get_one(Page, reading.page_id)
    return Keyed(
        reading_id=reading.id or 0,
        template=page.template or "",
        field=reading.name,
        kind=reading.kind,
        family=reading.family,
        reader=reading.reader,
        offered=reading.value,
        confidence=reading.confidence,
        threshold=reading.threshold,
        right=False,
        person=person,
        at=now(),
        active_s=0.0,
    )
