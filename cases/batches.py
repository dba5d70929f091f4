"""The queue: batches are claimed by a lease that must be renewed, and taken up again when it runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import Batch, Document
from cases.settings import Settings


def waiting_sources(session: Session) -> list[str]:
    """The sources with documents that belong to no batch yet."""
    query = select(Document.source).where(col(Document.batch_id).is_(None)).distinct()
    sources = sorted(session.exec(query).all())
    session.commit()
    return sources


def create_batch(session: Session, source: str, *, documents: Sequence[int] | None = None) -> Batch | None:
    """A batch of all received documents of `source` (or of these alone), committed; None when there are none."""
    ledger.lock(session)
    query = select(Document).where(Document.source == source, col(Document.batch_id).is_(None))
    if documents is not None:
        query = query.where(col(Document.id).in_(documents))
    chosen = session.exec(query.order_by(col(Document.id))).all()
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
    ledger.record(session, "batch:batch:created", batch.id, {"documents": len(chosen)})
    session.commit()
    return batch


def claim_batch(session: Session, owner: str, settings: Settings, *, batch_id: str | None = None) -> Batch | None:
    """The oldest queued batch (or this one), leased to `owner` for `settings.lease_s`; None when there is none."""
    query = select(Batch.id).where(Batch.state == "queued")
    if batch_id is not None:
        query = query.where(Batch.id == batch_id)
    found = session.exec(query.order_by(col(Batch.created_at), col(Batch.id)).limit(1)).first()
    if found is None:
        session.rollback()
        return None
    # the state in the WHERE makes two claimers on PostgreSQL agree on one winner
    claimed = session.connection().execute(
        update(Batch)
        .where(col(Batch.id) == found, col(Batch.state) == "queued")
        .values(state="running", lease_owner=owner, lease_until=_until(settings), attempt=col(Batch.attempt) + 1)
    )
    session.commit()
    batch = session.get(Batch, found, populate_existing=True) if claimed.rowcount else None
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


def finish_batch(session: Session, batch_id: str, *, failed: bool = False) -> None:
    """Ends a batch, as done or failed; repeating it changes nothing."""
    ledger.lock(session)
    batch = session.get(Batch, batch_id, populate_existing=True)
    if batch is not None and batch.state not in ("done", "failed"):
        batch.state, batch.finished_at = "failed" if failed else "done", now()
        batch.lease_owner = batch.lease_until = None
        ledger.record(session, f"batch:batch:{batch.state}", batch_id, {"attempt": batch.attempt})
    session.commit()


def take_up_abandoned(session: Session, settings: Settings) -> list[str]:
    """Queues batches whose lease ran out; those that failed too often end as failed. The queued ids."""
    ledger.lock(session)
    query = select(Batch).where(Batch.state == "running", col(Batch.lease_until) < now())
    queued = []
    for batch in session.exec(query).all():
        spent = batch.attempt >= settings.max_attempts
        batch.state, batch.lease_owner, batch.lease_until = "failed" if spent else "queued", None, None
        ledger.record(session, f"batch:batch:{'failed' if spent else 'requeued'}", batch.id)
        if not spent:
            queued.append(batch.id)
    session.commit()
    return queued


def _until(settings: Settings) -> dt.datetime:
    return now() + dt.timedelta(seconds=settings.lease_s)


def _next_id(session: Session) -> str:
    prefix = f"B-{now():%Y%m%d}-"
    count = session.exec(select(func.count()).where(col(Batch.id).startswith(prefix))).one()
    return f"{prefix}{count + 1:04d}"
