"""A replay as data: what the command line prints, and what the desk shows."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from cases.models import Document, Replay, ReplayChange
from cases.replay.queue import counts


def replay_json(session: Session, replay_id: int) -> dict[str, Any]:
    """One replay with its counts and changes, those that are held among them. Raises NoResultFound."""
    replay = session.get_one(Replay, replay_id, populate_existing=True)
    return {
        "replay": replay_id,
        "batch": replay.batch_id,
        "state": replay.state,
        "asked_by": replay.asked_by,
        "approved_by": replay.approved_by,
        "summary": counts(session, replay_id),
        "changes": [_change(row, document) for row, document in changes_of(session, replay_id)],
    }


def changes_of(
    session: Session, replay_id: int, *, after: int = 0, most: int | None = None
) -> list[tuple[ReplayChange, Document]]:
    """The changes in order, each with its document; those with an id above `after`, at most `most`."""
    query = select(ReplayChange, Document).join(Document, col(ReplayChange.document_id) == Document.id)
    query = query.where(ReplayChange.replay_id == replay_id, col(ReplayChange.id) > after)
    return list(session.exec(query.order_by(col(ReplayChange.id)).limit(most)))


def _change(row: ReplayChange, document: Document) -> dict[str, Any]:
    return {
        "file": document.name,
        "sha256": document.sha256,
        "page": row.first_page,
        "response": row.response_id,
        "case": row.case_id,
        "held": row.held,
        "applied": row.applied_at is not None,
        "before": row.before,
        "after": row.after,
    }
