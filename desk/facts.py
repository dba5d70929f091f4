"""What the pages show: counts, ids, states, file names and reasons; nothing that a person wrote on a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import case, func
from sqlmodel import Session, col, select

from cases.batches import STARTED
from cases.models import Batch, Document, ExceptionItem, LedgerEvent, Replay, Response
from cases.summary import batch_summary

_LATEST = 20
DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One batch with the figures of its summary; `since` and `finished` are UTC."""

    id: str
    source: str
    channel: str
    state: str
    since: dt.datetime
    finished: dt.datetime | None
    attempt: int
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question, how often it is open, when the first of them is due, and the batch where it was asked first."""

    question: str
    rule: str
    form: str
    field: str | None
    count: int
    due: dt.date
    batch_id: str | None


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """One response; `reasons` are sentences, each with the field and the rule that it is about."""

    template: str
    verdict: str | None
    case_id: int | None
    reasons: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One document; `questions` are those about its pages, as those about a response stand among its reasons."""

    id: int
    name: str
    sha256: str
    state: str
    reason: str | None
    responses: list[ResponseFacts]
    reason_code: str | None
    questions: list[tuple[str, str]]


def latest_batches(session: Session) -> list[BatchFacts]:
    """The newest batches, newest first."""
    query = select(Batch).order_by(col(Batch.created_at).desc(), col(Batch.id).desc()).limit(_LATEST)
    return [_batch_facts(session, batch) for batch in session.exec(query).all()]


def find_batch(session: Session, batch_id: str) -> BatchFacts | None:
    batch = session.get(Batch, batch_id)
    return _batch_facts(session, batch) if batch else None


def waiting_questions(session: Session) -> list[Waiting]:
    """Open questions, the most frequent first."""
    count, oldest, due = func.count(), func.min(ExceptionItem.document_id), func.min(ExceptionItem.due)
    form = func.coalesce(col(Response.template), "")
    columns = (col(ExceptionItem.question), col(ExceptionItem.rule), form, col(ExceptionItem.field))
    query = sqlalchemy.select(*columns, count, due, oldest).where(col(ExceptionItem.state) == "open")
    query = query.outerjoin(Response, col(ExceptionItem.response_id) == Response.id)
    query = query.group_by(*columns).order_by(count.desc(), *columns)
    rows = session.execute(query.limit(_LATEST)).all()
    first = select(Document.id, Document.batch_id).where(col(Document.id).in_([row[-1] for row in rows]))
    batch_of = dict(session.exec(first).all())
    return [
        Waiting(question, rule, form_, field, number, first_due, batch_of.get(document))
        for question, rule, form_, field, number, first_due, document in rows
    ]


def waiting_in_all(session: Session, today: dt.date) -> tuple[int, int]:
    """How many questions are open, and how many of them are overdue."""
    query = sqlalchemy.select(
        func.count(), func.coalesce(func.sum(case((col(ExceptionItem.due) < today, 1), else_=0)), 0)
    )
    count, overdue = session.execute(query.where(col(ExceptionItem.state) == "open")).one()
    return int(count), int(overdue)


def rejected_documents(session: Session) -> Sequence[Document]:
    """The newest rejected documents."""
    query = select(Document).where(Document.state == "rejected").order_by(col(Document.id).desc())
    return session.exec(query.limit(_LATEST)).all()


def documents_of(session: Session, batch_id: str, after: int = 0) -> list[DocumentFacts]:
    """The first `DOCUMENTS` documents of a batch with an id above `after`, in order of arrival."""
    query = select(Document).where(Document.batch_id == batch_id, col(Document.id) > after)
    query = query.order_by(col(Document.id)).limit(DOCUMENTS)
    return [_document_facts(session, document) for document in session.exec(query).all()]


def _batch_facts(session: Session, batch: Batch) -> BatchFacts:
    figures = batch_summary(session, batch.id).as_dict()
    return BatchFacts(
        batch.id, batch.source, batch.channel, batch.state, batch.created_at, batch.finished_at, batch.attempt, figures
    )


def _document_facts(session: Session, document: Document) -> DocumentFacts:
    responses = session.exec(
        select(Response).where(Response.document_id == document.id, Response.state != "void").order_by(col(Response.id))
    ).all()
    query = select(ExceptionItem.rule, ExceptionItem.question).where(ExceptionItem.document_id == document.id)
    query = query.where(ExceptionItem.state != "obsolete")
    questions = session.exec(query.where(ExceptionItem.kind == "page").order_by(col(ExceptionItem.id))).all()
    return DocumentFacts(
        document.id or 0,
        document.name,
        document.sha256,
        document.state,
        document.reason,
        [ResponseFacts(one.template, one.verdict, one.case_id, reasons_of(one)) for one in responses],
        document.reason_code,
        list(questions),
    )


def reasons_of(response: Response) -> list[tuple[str, str, str]]:
    """Field, rule and sentence of everything that decided on a response."""
    asked = [(rule["field"], rule["rule"], rule["sentence"]) for rule in response.rules]
    told = {sentence for _, _, sentence in asked}
    match = f"match.{response.matched.get('rule', '')}"
    return [*(("", match, sentence) for sentence in response.why if sentence not in told), *asked]


def runs_of(session: Session, batch_id: str) -> list[tuple[int, str]]:
    """Attempt and id of each Prefect run that worked on a batch."""
    query = select(LedgerEvent).where(LedgerEvent.subject == batch_id, LedgerEvent.tag == STARTED)
    found = sorted(session.exec(query), key=lambda one: one.at)
    return [(one.facts["attempt"], one.facts["flow_run"]) for one in found]


def replays_of(session: Session, batch_id: str) -> list[Replay]:
    """The batch's replays, newest first."""
    query = select(Replay).where(Replay.batch_id == batch_id).order_by(col(Replay.id).desc()).limit(_LATEST)
    return list(session.exec(query))
