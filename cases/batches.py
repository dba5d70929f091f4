"""The queue: batches are claimed by a lease that must be renewed, and taken up again when it runs out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import Batch, Document, LedgerEvent
from cases.owner import has_died
from cases.settings import Settings

STARTED = "batch:batch:started"
_RETRIED = "desk:batch:retried"
_QUEUE = "queue"
_WHO = ledger.machine("batches")


def create_batches(session: Session, settings: Settings, *, closing: bool) -> list[str]:
    """Batches of the documents that are in none yet, committed, of at most `settings.batch_documents` each.

    A source whose documents still trickle in waits, unless `closing`. The new ids.
    """
    made = []
    for source in _sources_due(session, settings, closing):
        while (batch := create_batch(session, source, most=settings.batch_documents)) is not None:
            made.append(batch.id)
    return made


def create_batch(session: Session, source: str, *, most: int | None = None) -> Batch | None:
    """A batch of the received documents of `source` (`most` of them), committed; None when there are none."""
    ledger.lock(session, _QUEUE)
    query = select(Document).where(Document.source == source, col(Document.batch_id).is_(None))
    chosen = session.exec(query.order_by(col(Document.id)).limit(most)).all()
    if not chosen:
        session.rollback()
        return None
    batch = Batch(
        id=_next_id(session), source=source, channel=chosen[0].channel, documents=len(chosen), created_at=now()
    )
    session.add(batch)
    session.flush()
    for document in chosen:
        document.batch_id, document.state = batch.id, "reading"
    members = [{"id": one.id, "sha256": one.sha256, "received_at": one.received_at.isoformat()} for one in chosen]
    facts = {"source": source, "channel": batch.channel, "documents": members}
    ledger.record(session, "batch:batch:created", batch.id, facts, batch=batch.id, who=_WHO)
    session.commit()
    return batch


def claim_batch(
    session: Session, owner: str, settings: Settings, *, batch_id: str | None = None, flow_run: str | None = None
) -> Batch | None:
    """The oldest queued batch, leased to `owner` for `settings.lease_s`; None when there is none.

    A batch that is named may also be one that was given up: so an operator has it tried again. The ledger keeps which
    Prefect run works on it, if one does.
    """
    query = select(Batch.id).where(Batch.state == "queued")
    states = ["queued"]
    if batch_id is not None:
        states.append("failed")
        query = select(Batch.id).where(Batch.id == batch_id, col(Batch.state).in_(states))
    found = session.exec(query.order_by(col(Batch.created_at), col(Batch.id)).limit(1)).first()
    if found is None:
        session.rollback()
        return None
    ledger.lock(session, found)
    # the state in the WHERE makes two claimers on PostgreSQL agree on one winner
    claimed = session.connection().execute(
        update(Batch)
        .where(col(Batch.id) == found, col(Batch.state).in_(states))
        .values(
            state="running", lease_owner=owner, lease_until=_until(settings), attempt=col(Batch.attempt) + 1,
            finished_at=None,
        )
    )  # fmt: skip
    batch = session.get(Batch, found, populate_existing=True) if claimed.rowcount else None
    if batch is not None and flow_run is not None:
        ledger.record(session, STARTED, found, {"attempt": batch.attempt, "flow_run": flow_run}, batch=found, who=_WHO)
    session.commit()
    batch = session.get(Batch, found, populate_existing=True) if batch else None
    # reading began a transaction, and on SQLite an open one keeps every other writer waiting
    session.commit()
    return batch


def renew_lease(session: Session, batch_id: str, owner: str, settings: Settings) -> bool:
    """Prolongs the lease; False when another owner has taken the batch up, and this one must stop."""
    renewed = session.connection().execute(
        update(Batch)
        .where(col(Batch.id) == batch_id, col(Batch.lease_owner) == owner, col(Batch.state) == "running")
        .values(lease_until=_until(settings))
    )
    session.commit()
    return bool(renewed.rowcount)


def finish_batch(session: Session, batch_id: str) -> int:
    """Ends a batch; repeating it changes nothing. How many documents are undecided: then it ends as failed.

    One with documents that were mended meanwhile is queued once more.
    """
    ledger.lock(session, batch_id)
    query = select(func.count()).where(col(Document.batch_id) == batch_id, col(Document.state) == "reading")
    undecided = session.exec(query).one()
    # locked, so that a repair comes either before this or after it
    batch = session.get(Batch, batch_id, populate_existing=True, with_for_update=True)
    if batch is not None and batch.state not in ("done", "failed"):
        batch.state, batch.finished_at = "failed" if undecided else "done", now()
        batch.lease_owner = batch.lease_until = None
        facts = {"attempt": batch.attempt, "undecided": undecided}
        ledger.record(session, f"batch:batch:{batch.state}", batch_id, facts, batch=batch_id, who=_WHO)
        mended = select(Document.id).where(Document.batch_id == batch_id, Document.state == "repaired")
        if session.exec(mended).first() is not None:
            batch.state, batch.finished_at = "queued", None
    session.commit()
    return undecided


def retry_batch(session: Session, batch_id: str, person: str) -> bool:
    """Queues a batch again that was given up, at a person's wish, and commits; False when it is not failed."""
    ledger.lock(session, batch_id)
    batch = session.get(Batch, batch_id, populate_existing=True)
    if batch is None or batch.state != "failed":
        session.rollback()
        return False
    batch.state, batch.finished_at = "queued", None
    session.add(batch)
    facts = {"person": person, "attempt": batch.attempt}
    ledger.record(session, _RETRIED, batch_id, facts, batch=batch_id, who=ledger.by_person(person))
    session.commit()
    return True


def take_up_abandoned(session: Session, settings: Settings) -> list[str]:
    """Queues the batches whose process died or whose lease ran out; their ids.

    One that was tried `settings.max_attempts` times without any progress is given up: it ends as failed.
    """
    if not _abandoned(session):
        session.rollback()
        return []
    session.rollback()
    ledger.lock(session, _QUEUE)
    queued = []
    for batch in sorted(_abandoned(session), key=lambda one: one.id):
        ledger.lock(session, batch.id)
        spent = _tries_in_vain(session, batch.id) + 1 >= settings.max_attempts
        batch.state, batch.lease_owner, batch.lease_until = "failed" if spent else "queued", None, None
        batch.finished_at = now() if spent else None
        word = "failed" if spent else "requeued"
        ledger.record(session, f"batch:batch:{word}", batch.id, {"attempt": batch.attempt}, batch=batch.id, who=_WHO)
        if not spent:
            queued.append(batch.id)
    session.commit()
    return queued


def _sources_due(session: Session, settings: Settings, closing: bool) -> list[str]:
    """The sources with documents in no batch, of which the last came a while ago, or the first long ago, or many."""
    query = select(Document.source).where(col(Document.batch_id).is_(None)).group_by(Document.source)
    if not closing:
        arrived, moment = col(Document.received_at), now()
        query = query.having(
            or_(
                func.max(arrived) <= moment - dt.timedelta(seconds=settings.batch_quiet_s),
                func.min(arrived) <= moment - dt.timedelta(seconds=settings.batch_age_s),
                func.count() >= settings.batch_documents,
            )
        )
    sources = sorted(session.exec(query).all())
    session.commit()
    return sources


def _abandoned(session: Session) -> list[Batch]:
    late = (col(Batch.lease_until) < now()).label("late")
    rows = session.exec(select(Batch, late).where(Batch.state == "running")).all()
    return [batch for batch, is_late in rows if is_late or has_died(batch.lease_owner or "")]


def _tries_in_vain(session: Session, batch_id: str) -> int:
    """How often the batch was queued again since it last got ahead (pages stored, a document decided) or a person
    had it tried again."""
    tag = col(LedgerEvent.tag)
    ahead = tag.in_(("reading:pages:stored", _RETRIED)) | tag.startswith("decision:document:")
    last = session.exec(select(func.max(LedgerEvent.seq)).where(LedgerEvent.chain == batch_id, ahead)).one() or 0
    again = select(func.count()).where(
        col(LedgerEvent.tag) == "batch:batch:requeued",
        col(LedgerEvent.chain) == batch_id,
        col(LedgerEvent.seq) > last,
    )
    return session.exec(again).one()


def _until(settings: Settings) -> dt.datetime:
    return now() + dt.timedelta(seconds=settings.lease_s)


def _next_id(session: Session) -> str:
    prefix = f"B-{now():%Y%m%d}-"
    count = session.exec(select(func.count()).where(col(Batch.id).startswith(prefix))).one()
    return f"{prefix}{count + 1:04d}"
