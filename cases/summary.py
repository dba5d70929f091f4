"""Figures of a batch, and what became of each document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from cases.models import Case, Document, ExceptionItem, Response


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
    query = select(Document).where(Document.batch_id == batch_id)
    return _summarise(session, session.exec(query).all())


def totals(session: Session) -> Summary:
    """The figures of everything that ever came in."""
    return _summarise(session, session.exec(select(Document)).all())


def batch_documents(session: Session, batch_id: str) -> list[dict[str, Any]]:
    """What `run --json` prints: one object a document."""
    query = select(Document).where(Document.batch_id == batch_id).order_by(col(Document.id))
    return [document_json(session, document) for document in session.exec(query).all()]


def document_json(session: Session, document: Document) -> dict[str, Any]:
    """One document with its responses, decisions and reasons."""
    query = select(Response).where(Response.document_id == document.id).order_by(col(Response.id))
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
    questions = session.exec(query.order_by(col(ExceptionItem.id))).all()
    return {
        "template": response.template,
        "decision": response.verdict,
        "subscriber_id": response.subscriber_id,
        "case_id": response.case_id,
        "exceptions": [{"kind": q.kind, "field": q.field, "question": q.question} for q in questions],
        "rules": response.rules,
        "why": response.why,
    }


def _summarise(session: Session, documents: Sequence[Document]) -> Summary:
    ids = {document.id for document in documents}
    responses = [response for response in session.exec(select(Response)).all() if response.document_id in ids]
    verdicts = [response.verdict for response in responses]
    opened = {response.id for response in responses}
    cases = [case for case in session.exec(select(Case.response_id)).all() if case in opened]
    return Summary(
        documents=len(documents),
        responses=len(responses),
        automatic=verdicts.count("auto"),
        review=verdicts.count("review"),
        rejected=verdicts.count("reject") + sum(document.state == "rejected" for document in documents),
        cases=len(cases),
    )
