"""Periods after which data goes by itself, by kind; what is on legal hold stays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, func, select

from cases import ledger
from cases.models import Access, Document, Response
from cases.privacy.emptying import destroy_pictures, empty
from cases.privacy.holds import held_among
from cases.privacy.traces import senders_of
from cases.settings import RETAINED, Settings
from matching.bulk import overwrite_deleted

EXPIRED, EMPTIED = "expired", "emptied"
_WHO = ledger.machine("retention")
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Due:
    """How many of a kind have passed their period (documents, or entries of the access log), and the last day."""

    kind: str
    before: dt.date
    count: int


def what_is_due(session: Session, settings: Settings, today: dt.date) -> list[Due]:
    """What would go today; nothing is changed. Documents on legal hold are counted, and stay."""
    return [
        Due(kind, day, session.exec(select(func.count()).select_from(table).where(*old)).one())
        for kind, day in _days(settings, today)
        for table, old in [_old(kind, day)]
    ]


def expire(session: Session, settings: Settings, today: dt.date) -> dict[str, int]:
    """Lets go what has passed its period, and commits in portions; how many of each kind. Safe to run again."""
    done: dict[str, int] = {}
    for kind, day in _days(settings, today):
        done[kind] = _expire_accesses(session, day) if kind == "accesses" else _expire(session, settings, kind, day)
    return done


def _days(settings: Settings, today: dt.date) -> list[tuple[str, dt.date]]:
    return [
        (kind, today - dt.timedelta(days=settings.retention[kind])) for kind in RETAINED if kind in settings.retention
    ]


def _old(kind: str, day: dt.date) -> tuple[type[Document] | type[Access], tuple[ColumnElement[bool], ...]]:
    moment = dt.datetime.combine(day, dt.time(), dt.UTC)
    if kind == "accesses":
        return Access, (col(Access.hour) < moment,)
    old = col(Document.received_at) < moment
    if kind == "rejected":
        return Document, (old, col(Document.state) == "rejected", col(Document.gone).is_(None))
    if kind == "pictures":
        return Document, (old, col(Document.state) == "done", col(Document.gone).is_(None))
    return Document, (old, col(Document.state) == "done", col(Document.gone).is_distinct_from(EMPTIED))


def _expire(session: Session, settings: Settings, kind: str, day: dt.date) -> int:
    done, after = 0, 0
    while True:
        ledger.lock(session)
        overwrite_deleted(session)
        _, old = _old(kind, day)
        query = select(Document).where(*old, col(Document.id) > after).order_by(col(Document.id)).limit(_AT_ONCE)
        documents = session.exec(query).all()
        if not documents:
            session.rollback()
            return done
        after = documents[-1].id or 0
        done += sum(_expire_document(session, settings, kind, one) for one in documents)
        session.commit()


def _expire_document(session: Session, settings: Settings, kind: str, document: Document) -> bool:
    responses = session.exec(select(Response).where(Response.document_id == document.id)).all()
    if held_among(session, senders_of(session, responses)):
        return False
    why = EMPTIED if kind == "values" else EXPIRED
    files = destroy_pictures(session, settings, [document], responses, why)
    if kind == "values":
        empty(session, [document], responses)
        session.flush()
        ledger.forget(session, [one.id or 0 for one in responses], who=_WHO)
    ledger.record(session, f"privacy:{kind}:expired", document.id or 0, {"files": files}, who=_WHO)
    return True


def _expire_accesses(session: Session, day: dt.date) -> int:
    ledger.lock(session)
    _, old = _old("accesses", day)
    count = session.exec(select(func.count()).select_from(Access).where(*old)).one()
    if count:
        session.connection().execute(delete(Access).where(*old))
        ledger.record(session, "privacy:accesses:expired", "", {"entries": count}, who=_WHO)
    session.commit()
    return count
