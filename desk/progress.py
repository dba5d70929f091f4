"""How far documents are on their way to a decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import func
from sqlmodel import Session, col, select

from cases.models import Document, ExceptionItem, Response

State = Literal["received", "reading", "done", "review", "case", "rejected"]


class Progress(BaseModel):
    """One document: `review` while a person is asked, `case` once each of its responses is one, `done` without any."""

    id: int
    state: State
    batch: str | None
    reason: str | None = None


def progress_of(session: Session, ids: Sequence[int]) -> list[Progress]:
    """The documents of these ids in their order; unknown ones are left out."""
    documents = session.exec(select(Document).where(col(Document.id).in_(ids)).order_by(col(Document.id))).all()
    decided = [document.id for document in documents if document.state == "done"]
    query = select(ExceptionItem.document_id).where(
        col(ExceptionItem.document_id).in_(decided), ExceptionItem.state == "open"
    )
    asked = set(session.exec(query.distinct()))
    counted = select(Response.document_id, func.count(col(Response.case_id))).where(
        col(Response.document_id).in_(decided)
    )
    cases = dict(session.exec(counted.group_by(col(Response.document_id))).all())
    return [_progress(document, document.id in asked, cases.get(document.id or 0, 0)) for document in documents]


def _progress(document: Document, is_asked: bool, cases: int) -> Progress:
    state: State
    if document.state == "done":
        state = "review" if is_asked else "case" if cases else "done"
    else:
        state = "rejected" if document.state == "rejected" else "reading" if document.batch_id else "received"
    return Progress(id=document.id or 0, state=state, batch=document.batch_id, reason=document.reason)
