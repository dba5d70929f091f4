"""A person's answer closes an exception: what they said stands, the response is considered again, the ledger knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.examining import Matching
from cases.fitting import fits
from cases.grouping import merged_readings
from cases.keying import forget_keyed, record_keyed
from cases.models import Answer, Document, ExceptionItem, FieldReading, Response
from cases.reconsidering import reconsider
from cases.settings import Settings
from ocr.template.loading import TemplateSet

Word = Literal["value", "unreadable", "subscriber", "nobody", "yes", "no", "blank", "foreign"]
UNDONE_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Attention:
    """The desk's own clock for one answer: seconds from shown to the first key, seconds of attention, keys pressed."""

    active_s: float
    keys: int
    first_key_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an answer was not taken: ``not-yours``, ``answered`` before, or ``word`` that does not fit the question."""

    reason: Literal["not-yours", "answered", "word", "unknown"]


@dataclass(frozen=True, slots=True)
class Office:
    """What considering a response again needs."""

    settings: Settings
    templates: TemplateSet
    match: Matching


def answer(  # who says what of which question, and how long it took
    session: Session, office: Office, exception_id: int, person: str, word: Word, value: Any, took: Attention  # noqa: ANN401
) -> Answer | Refused:  # fmt: skip
    """Takes the answer of the person who holds the exception, and commits; said twice, it counts once."""
    chain = _chain_of(session, session.get(ExceptionItem, exception_id))
    ledger.lock(session, chain)
    asked = session.get(ExceptionItem, exception_id, populate_existing=True)
    refused = _refusal(session, office, asked, person, word, value)
    if refused is not None or asked is None:
        session.rollback()
        return refused or Refused("unknown")
    said = Answer(
        exception_id=exception_id, response_id=asked.response_id, person=person, word=word, value=value, at=now(),
        first_key_s=took.first_key_s, active_s=took.active_s, keys=took.keys,
    )  # fmt: skip
    asked.state, asked.leased_by, asked.leased_until, asked.draft = "answered", None, None, None
    session.add_all([said, asked])
    session.flush()
    facts = {"answer": said.id, "person": person, "word": word, "active_s": round(took.active_s, 2)}
    ledger.record(session, "desk:exception:answered", exception_id, facts, chain=chain, who=ledger.by_person(person))
    reading = _reading(session, asked)
    if reading is not None and word == "value":
        record_keyed(session, reading.id or 0, value, person=person, active_s=took.active_s)
    _consider(session, office, asked.response_id)
    session.commit()
    return said


def undo(session: Session, office: Office, person: str) -> ExceptionItem | None:
    """Takes back the person's last answer that still stands, one of their last ten, and commits; the exception is
    open again and theirs."""
    # one person's answers are taken back one after the other, whichever batches they are about
    ledger.lock(session, f"undo:{person}")
    query = select(Answer).where(Answer.person == person).order_by(col(Answer.id).desc()).limit(UNDONE_AT_MOST)
    last = next((one for one in session.exec(query) if one.undone_at is None), None)
    if last is None:
        session.rollback()
        return None
    chain = _chain_of(session, session.get(ExceptionItem, last.exception_id))
    ledger.lock(session, chain)
    asked = session.get_one(ExceptionItem, last.exception_id, populate_existing=True)
    last.undone_at = now()
    asked.state, asked.draft = "open", {"word": last.word, "value": last.value}
    session.add_all([last, asked])
    session.flush()
    facts = {"answer": last.id, "person": person}
    ledger.record(session, "desk:exception:reopened", asked.id or 0, facts, chain=chain, who=ledger.by_person(person))
    reading = _reading(session, asked)
    if reading is not None:
        forget_keyed(session, reading.id or 0, person)
    _consider(session, office, asked.response_id)
    session.commit()
    return asked


def _refusal(  # the question, and who says what of it
    session: Session, office: Office, asked: ExceptionItem | None, person: str, word: Word, value: object
) -> Refused | None:
    if asked is None:
        return Refused("unknown")
    if asked.state != "open":
        return Refused("answered")
    if asked.leased_by != person:
        return Refused("not-yours")
    return None if fits(session, office.templates, asked, word, value) else Refused("word")


def _reading(session: Session, asked: ExceptionItem) -> FieldReading | None:
    """The reading that a question about a field is about; it is what the desk shows."""
    response = session.get(Response, asked.response_id) if asked.field and asked.response_id else None
    return merged_readings(session, response.page_ids).get(asked.field or "") if response else None


def _chain_of(session: Session, asked: ExceptionItem | None) -> str:
    document = session.get_one(Document, asked.document_id) if asked is not None else None
    return (document.batch_id if document else None) or ledger.OFFICE


def _consider(session: Session, office: Office, response_id: int | None) -> None:
    if response_id is not None:
        response = session.get_one(Response, response_id)
        reconsider(session, office.settings, office.templates, office.match, response)
