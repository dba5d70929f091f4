"""A person's answer closes an exception: what they said stands, the response is considered again, the ledger knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sqlmodel import Session, col, select

from cases import ledger
from cases.alike import GROUP_AT_MOST
from cases.checked import check_field
from cases.clock import now
from cases.examining import Matching
from cases.fitting import fits
from cases.grouping import merged_readings
from cases.keying import forget_keyed, record_keyed
from cases.models import Answer, Document, ExceptionItem, FieldReading, Response
from cases.purposes import CHECKS_ONLY
from cases.reconsidering import reconsider
from cases.second_keying import take_back_settlement
from cases.settings import Settings
from cases.tracking import has_changes
from cases.waiting import may_answer
from ocr.template.loading import TemplateSet

Word = Literal["value", "unreadable", "subscriber", "nobody", "yes", "no", "blank", "foreign"]
Reason = Literal["not-yours", "answered", "word", "unknown", "changed"]
UNDONE_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Attention:
    """The desk's own clock for one answer: seconds from shown to the first key, seconds of attention, keys pressed."""

    active_s: float
    keys: float
    first_key_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an answer was not taken: ``not-yours``, ``answered`` before, or ``word`` that does not fit the question;
    ``changed`` when the reading that was to be confirmed is another one by now."""

    reason: Reason


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
    lock_chains(session, [session.get(ExceptionItem, exception_id)])
    asked = session.get(ExceptionItem, exception_id, populate_existing=True)
    refused = refusal(session, office, asked, person, word, value)
    if refused is not None or asked is None:
        session.rollback()
        return refused or Refused("unknown")
    said = write_down(session, asked, person, word, value, took)
    consider(session, office, [asked])
    session.commit()
    return said


def write_down(  # who says what of which question, how long it took, and with which others
    session: Session, asked: ExceptionItem, person: str, word: Word, value: Any, took: Attention,  # noqa: ANN401
    group_id: int | None = None,
) -> Answer:  # fmt: skip
    """The answer and what follows for the question, the ledger and the evidence, in the caller's transaction."""
    said = Answer(
        exception_id=asked.id or 0, response_id=asked.response_id, person=person, word=word, value=value, at=now(),
        first_key_s=took.first_key_s, active_s=took.active_s, keys=took.keys, group_id=group_id,
    )  # fmt: skip
    asked.state, asked.leased_by, asked.leased_until, asked.draft = "answered", None, None, None
    session.add_all([said, asked])
    session.flush()
    facts = {
        "answer": said.id, "person": person, "word": word, "active_s": round(took.active_s, 2),
        "purpose": asked.purpose,
    }  # fmt: skip
    chain = chain_of(session, asked)
    ledger.record(session, "desk:exception:answered", asked.id or 0, facts, chain=chain, who=ledger.by_person(person))
    reading = _reading(session, asked)
    # how often a known answer is right says something of persons, nothing of the machine
    if reading is not None and word == "value" and asked.purpose != "known":
        record_keyed(session, reading.id or 0, value, person=person, active_s=took.active_s)
    return said


def undo(session: Session, office: Office, person: str) -> list[ExceptionItem]:
    """Takes back the person's last answer that still stands, or the last group of them, one of their last ten steps,
    and commits; its exceptions, which are open again."""
    # one person's answers are taken back one after the other, whichever batches they are about
    ledger.lock(session, f"undo:{person}")
    step = _last_step(session, person)
    lock_chains(session, [session.get(ExceptionItem, said.exception_id) for said in step])
    taken_back = [_reopened(session, person, said) for said in step]
    consider(session, office, taken_back)
    session.commit()
    return taken_back


def _last_step(session: Session, person: str) -> list[Answer]:
    """The standing answers of the person's last step that has any; a group is one step."""
    query = select(Answer).where(Answer.person == person).order_by(col(Answer.id).desc())
    steps: dict[tuple[str, int | None], list[Answer]] = {}
    for said in session.exec(query.limit(UNDONE_AT_MOST * GROUP_AT_MOST)):
        step = ("group", said.group_id) if said.group_id is not None else ("answer", said.id)
        steps.setdefault(step, []).append(said)
    standing = ([said for said in step if said.undone_at is None] for step in islice(steps.values(), UNDONE_AT_MOST))
    return next((step for step in standing if step), [])


def _reopened(session: Session, person: str, said: Answer) -> ExceptionItem:
    asked = session.get_one(ExceptionItem, said.exception_id, populate_existing=True)
    said.undone_at = now()
    asked.state, asked.draft = "open", {"word": said.word, "value": said.value}
    session.add_all([said, asked])
    take_back_settlement(session, asked)
    session.flush()
    chain, facts = chain_of(session, asked), {"answer": said.id, "person": person}
    ledger.record(session, "desk:exception:reopened", asked.id or 0, facts, chain=chain, who=ledger.by_person(person))
    reading = _reading(session, asked)
    if reading is not None:
        forget_keyed(session, reading.id or 0, person)
    return asked


def refusal(  # the question, and who says what of it
    session: Session, office: Office, asked: ExceptionItem | None, person: str, word: Word, value: object
) -> Refused | None:
    """Why this is no answer that can be taken, if it is none."""
    if asked is None:
        return Refused("unknown")
    if asked.state != "open":
        return Refused("answered")
    mine = select(ExceptionItem.id).where(ExceptionItem.id == asked.id, may_answer(person))
    if asked.leased_by != person or session.exec(mine).first() is None:
        return Refused("not-yours")
    return None if fits(session, office.templates, asked, word, value) else Refused("word")


def _reading(session: Session, asked: ExceptionItem) -> FieldReading | None:
    """The reading that a question about a field is about; it is what the desk shows."""
    response = session.get(Response, asked.response_id) if asked.field and asked.response_id else None
    return merged_readings(session, response.page_ids).get(asked.field or "") if response else None


def lock_chains(session: Session, asked: Sequence[ExceptionItem | None]) -> None:
    """Locks the ledger chains of these exceptions, always in the same order, so that two persons never wait for each
    other."""
    for chain in sorted({chain_of(session, one) for one in asked}, key=lambda name: (name == ledger.OFFICE, name)):
        ledger.lock(session, chain)


def chain_of(session: Session, asked: ExceptionItem | None) -> str:
    """The ledger chain that tells of an exception: that of its batch."""
    document = session.get_one(Document, asked.document_id) if asked is not None else None
    return (document.batch_id if document else None) or ledger.OFFICE


def consider(session: Session, office: Office, answered: Sequence[ExceptionItem]) -> None:
    """Brings responses and checks in step with the answers to these questions, in the caller's transaction."""
    decided = (one.response_id for one in answered if one.purpose not in CHECKS_ONLY)
    for response_id in dict.fromkeys(one for one in decided if one is not None):
        response = session.get_one(Response, response_id)
        reconsider(session, office.settings, office.templates, office.match, response)
    for asked in answered:
        if asked.response_id is not None and asked.field is not None:
            check_field(session, office.templates, asked.response_id, asked.field)
        if has_changes(session):
            chain = chain_of(session, asked)
            ledger.record(session, "desk:field:checked", asked.id or 0, {"field": asked.field}, chain=chain)
