"""What the pages show: counts, ids, states, file names and reasons; nothing that a person wrote on a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from cases.models import Batch, Document, ExceptionItem, Response
from cases.summary import batch_summary

_LATEST = 20
_DOCUMENTS = 500


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One batch with the figures of its summary; `since` is UTC."""

    id: str
    source: str
    state: str
    since: dt.datetime
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question, how often it is open, and the batch where it was asked first."""

    question: str
    field: str | None
    count: int
    batch_id: str | None


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """One response; `reasons` are sentences, each with the field that it is about."""

    template: str
    verdict: str | None
    case_id: int | None
    reasons: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One document; `questions` are those about its pages, as those about a response stand among its reasons."""

    id: int
    name: str
    sha256: str
    state: str
    reason: str | None
    responses: list[ResponseFacts]
    questions: list[str]


def latest_batches(session: Session) -> list[BatchFacts]:
    """The newest batches, newest first."""
    query = select(Batch).order_by(col(Batch.created_at).desc(), col(Batch.id).desc()).limit(_LATEST)
    return [_batch_facts(session, batch) for batch in session.exec(query).all()]


def find_batch(session: Session, batch_id: str) -> BatchFacts | None:
    batch = session.get(Batch, batch_id)
    return _batch_facts(session, batch) if batch else None


def waiting_questions(session: Session) -> list[Waiting]:
    """Open questions, the most frequent first."""
    count, oldest = func.count(), func.min(ExceptionItem.document_id)
    query = select(ExceptionItem.question, ExceptionItem.field, count, oldest).where(ExceptionItem.state == "open")
    query = query.group_by(col(ExceptionItem.question), col(ExceptionItem.field)).order_by(
        count.desc(), col(ExceptionItem.question)
    )
    rows = session.exec(query.limit(_LATEST)).all()
    first = select(Document.id, Document.batch_id).where(col(Document.id).in_([row[3] for row in rows]))
    batch_of = dict(session.exec(first).all())
    return [Waiting(question, field, number, batch_of.get(document)) for question, field, number, document in rows]


def rejected_documents(session: Session) -> Sequence[Document]:
    """The newest rejected documents."""
    query = select(Document).where(Document.state == "rejected").order_by(col(Document.id).desc())
    return session.exec(query.limit(_LATEST)).all()


def documents_of(session: Session, batch_id: str) -> list[DocumentFacts]:
    """The first documents of a batch in order of arrival."""
    query = select(Document).where(Document.batch_id == batch_id).order_by(col(Document.id)).limit(_DOCUMENTS)
    return [_document_facts(session, document) for document in session.exec(query).all()]


def _batch_facts(session: Session, batch: Batch) -> BatchFacts:
    return BatchFacts(batch.id, batch.source, batch.state, batch.created_at, batch_summary(session, batch.id).as_dict())


def _document_facts(session: Session, document: Document) -> DocumentFacts:
    responses = session.exec(
        select(Response).where(Response.document_id == document.id, Response.state != "void").order_by(col(Response.id))
    ).all()
    query = select(ExceptionItem.question).where(ExceptionItem.document_id == document.id)
    query = query.where(ExceptionItem.state != "obsolete")
    questions = session.exec(query.where(ExceptionItem.kind == "page").order_by(col(ExceptionItem.id))).all()
    return DocumentFacts(
        document.id or 0,
        document.name,
        document.sha256,
        document.state,
        document.reason,
        [ResponseFacts(one.template, one.verdict, one.case_id, _reasons(one)) for one in responses],
        list(questions),
    )


def _reasons(response: Response) -> list[tuple[str, str]]:
    asked = [(rule["field"], rule["sentence"]) for rule in response.rules]
    told = {sentence for _, sentence in asked}
    return [*(("", sentence) for sentence in response.why if sentence not in told), *asked]
