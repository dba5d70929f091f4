"""The ledger of one case, batch or document: every event that concerns it, in order, each tested."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from cases import ledger
from cases.links import entry_digest, genesis
from cases.models import Document, ExceptionItem, FieldReading, LedgerEvent, Replay, Response

Subjects = Mapping[str, Collection[object]]
"""Kind of a subject, the middle of a tag -> its ids."""
_IDS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `intact`: it has the hash of what it says, and so has the event before it in its chain."""

    at: str
    who: str
    tag: str
    subject: str
    facts: dict[str, Any]
    hash: str
    intact: bool


def of_case(session: Session, case_id: int) -> list[Entry]:
    """The case, its responses, their questions and readings, their documents and batches."""
    responses = list(session.exec(select(Response).where(Response.case_id == case_id)))
    pages = [page for one in responses for page in one.page_ids]
    documents = {one.document_id for one in responses}
    asked = select(ExceptionItem.id).where(col(ExceptionItem.response_id).in_([one.id for one in responses]))
    batches = select(Document.batch_id).where(col(Document.id).in_(documents))
    return events_about(
        session,
        {
            "case": [case_id],
            "response": [one.id for one in responses],
            "exception": list(session.exec(asked)),
            "reading": list(session.exec(select(FieldReading.id).where(col(FieldReading.page_id).in_(pages)))),
            "page": pages,
            "document": documents,
            "batch": [one for one in session.exec(batches) if one],
        },
    )


def of_batch(session: Session, batch_id: str) -> list[Entry]:
    """The batch and its replays; what concerns one document stands in that document's history."""
    replays = session.exec(select(Replay.id).where(Replay.batch_id == batch_id)).all()
    return events_about(session, {"batch": [batch_id], "pages": [batch_id], "replay": replays})


def of_document(session: Session, document_id: int, page_ids: Collection[int]) -> list[Entry]:
    """The document, its pages and the questions about them."""
    asked = session.exec(select(ExceptionItem.id).where(ExceptionItem.document_id == document_id)).all()
    return events_about(session, {"document": [document_id], "page": page_ids, "exception": asked})


def events_about(session: Session, subjects: Subjects) -> list[Entry]:
    """The events about these subjects, oldest first."""
    wanted = {(kind, str(one)) for kind, ids in subjects.items() for one in ids}
    ids = sorted({one for _, one in wanted})
    found: dict[str, LedgerEvent] = {}
    for start in range(0, len(ids), _IDS_A_STATEMENT):
        part = ids[start : start + _IDS_A_STATEMENT]
        for event in session.exec(select(LedgerEvent).where(col(LedgerEvent.subject).in_(part))):
            if (event.tag.split(":")[1], event.subject) in wanted:
                found[event.hash] = event
    events = sorted(found.values(), key=lambda one: (one.at, one.chain, one.seq))
    before = _by_hash(session, [one.previous for one in events])
    return [
        Entry(one.at, one.who, one.tag, one.subject, one.facts, one.hash, _is_intact(one) and _follows(one, before))
        for one in events
    ]


def _by_hash(session: Session, hashes: list[str]) -> dict[str, LedgerEvent]:
    found: dict[str, LedgerEvent] = {}
    for start in range(0, len(hashes), _IDS_A_STATEMENT):
        part = hashes[start : start + _IDS_A_STATEMENT]
        found |= {one.hash: one for one in session.exec(select(LedgerEvent).where(col(LedgerEvent.hash).in_(part)))}
    return found


def _follows(event: LedgerEvent, before: Mapping[str, LedgerEvent]) -> bool:
    if event.seq == 1:
        return event.previous == genesis(event.chain)
    earlier = before.get(event.previous)
    return earlier is not None and (earlier.chain, earlier.seq) == (event.chain, event.seq - 1) and _is_intact(earlier)


def _is_intact(event: LedgerEvent) -> bool:
    return entry_digest(ledger.as_dict(event)) == event.hash
