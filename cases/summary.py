"""Figures of a batch, and what became of each document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from cases.models import Case, Document, ExceptionItem, Response
from cases.purposes import HOLDING


@dataclass(frozen=True, slots=True)
class Summary:
    """`automatic` and `review` count responses, `rejected` documents and responses that were rejected."""

    documents: int
    responses: int
    automatic: int
    review: int
    rejected: int
    cases: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def batch_summary(session: Session, batch_id: str) -> Summary:
    """The figures of one batch."""
    return _summarise(session, col(Document.batch_id) == batch_id)


def totals(session: Session) -> Summary:
    """The figures of everything that ever came in."""
    return _summarise(session)


def batch_documents(session: Session, batch_id: str) -> list[dict[str, Any]]:
    """What `run --json` prints: one object a document."""
    query = select(Document).where(Document.batch_id == batch_id).order_by(col(Document.id))
    return [document_json(session, document) for document in session.exec(query).all()]


def document_json(session: Session, document: Document) -> dict[str, Any]:
    """One document with its responses, decisions and reasons."""
    query = select(Response).where(Response.document_id == document.id, Response.state != "void")
    query = query.order_by(col(Response.id))
    return {
        "file": document.name,
        "sha256": document.sha256,
        "state": document.state,
        "reason": document.reason,
        "reason_code": document.reason_code,
        "responses": [_response_json(session, response) for response in session.exec(query).all()],
    }


def _response_json(session: Session, response: Response) -> dict[str, Any]:
    query = select(ExceptionItem).where(ExceptionItem.response_id == response.id)
    holding = query.where(col(ExceptionItem.purpose).in_(HOLDING))
    questions = session.exec(holding.order_by(col(ExceptionItem.id))).all()
    return {
        "template": response.template,
        "decision": response.verdict,
        "subscriber_id": response.subscriber_id,
        "case_id": response.case_id,
        "exceptions": [{"kind": q.kind, "field": q.field, "question": q.question} for q in questions],
        "rules": response.rules,
        "why": response.why,
    }


def _summarise(session: Session, *of: ColumnElement[bool]) -> Summary:
    documents = dict(session.exec(select(Document.state, func.count()).where(*of).group_by(col(Document.state))).all())
    answered = (
        select(Response.verdict, func.count())
        .join(Document)
        .where(*of, Response.state != "void")
        .group_by(col(Response.verdict))
    )
    verdicts = dict(session.exec(answered).all())
    opened = select(func.count()).select_from(Case).join(Response, col(Case.response_id) == Response.id)
    opened = opened.where(Case.state != "void")
    return Summary(
        documents=sum(documents.values()),
        responses=sum(verdicts.values()),
        automatic=verdicts.get("auto", 0),
        review=verdicts.get("review", 0),
        rejected=verdicts.get("reject", 0) + documents.get("rejected", 0),
        cases=session.exec(opened.join(Document).where(*of)).one(),
    )
