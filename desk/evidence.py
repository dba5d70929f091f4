"""What a case or document page shows: what arrived, what was read, why it was decided so, who said what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from cases.models import (
    Answer,
    Document,
    ExceptionItem,
    FieldReading,
    Page,
    Person,
    ReplayChange,
    Response,
)
from desk.labels import label_of, name_of
from desk.words import words
from matching.base import Subscriber
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, Template, localise

_LABELS = {"first": "first_name", "last": "last_name", "number": "house_number"}
_MARKS = {"tick": ("ticked", "not_ticked"), "signature": ("signed", "not_signed"), "stamp": ("signed", "not_signed")}
_WIDEST_BITS, _WIDTH_PX = 26.0, 120.0
_LEAST_SHOWN = 0.0005
"""Alternatives below are 0.0 %, which tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Read:
    """One reading in words; `crop` is the address of its picture."""

    label: str
    name: str
    value: str
    confidence: float
    threshold: float | None
    status: str
    others: list[tuple[str, float]]
    reader: str
    crop: str | None
    person: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the waterfall: `bits` above 0 speak for the candidate; `width` is in px of the drawing."""

    label: str
    level: str
    bits: float
    width: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who may have sent the form; `start` and `sum` are bits."""

    subscriber_id: str
    name: str
    probability: float
    start: float | None
    bars: list[Bar]
    sum: float | None


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: who said what, when, and how long it took."""

    person: str
    text: str
    at: dt.datetime
    undone_at: dt.datetime | None
    active_s: float
    keys: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answers."""

    label: str
    rule: str
    question: str
    state: str
    said: list[Said]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One response with everything about it."""

    response: Response
    document: Document
    title: str
    pages: list[Page]
    readings: list[Read]
    candidates: list[Candidate]
    asked: list[Asked]
    changes: list[ReplayChange] = field(default_factory=list)


def sheet_of(
    session: Session, templates: TemplateSet, response: Response, language: str, hidden: Collection[str] = ()
) -> Sheet:
    """The response as `language` shows it, without the fields `hidden` and what could tell their values."""
    template = templates.by_name.get(response.template)
    shown = or_(col(ExceptionItem.field).is_(None), col(ExceptionItem.field).not_in(hidden))
    asked = _asked(session, and_(col(ExceptionItem.response_id) == response.id, shown), template, language)
    pages = list(session.exec(select(Page).where(col(Page.id).in_(response.page_ids)).order_by(col(Page.number))))
    changes = select(ReplayChange).where(ReplayChange.response_id == response.id).order_by(col(ReplayChange.id))
    return Sheet(
        response,
        session.get_one(Document, response.document_id),
        localise(template.title, language) if template else response.template,
        pages,
        [one for one in _readings(session, pages, template, language, asked) if one.name not in hidden],
        [] if hidden else _candidates(session, response, language),
        asked,
        [] if hidden else list(session.exec(changes.where(col(ReplayChange.applied_at).is_not(None)))),
    )


def asked_about_pages(session: Session, document_id: int, language: str) -> list[Asked]:
    """The questions about a document's pages, with their answers."""
    return _asked(
        session, (col(ExceptionItem.document_id) == document_id) & (col(ExceptionItem.kind) == "page"), None, language
    )


def value_text(value: Any, language: str, kind: str = "") -> str:  # noqa: ANN401  # what a field may say
    """What a field of this kind says, in words."""
    w = words(language)
    if kind in _MARKS and str(value).lower() in ("true", "false"):
        return w[_MARKS[kind][str(value).lower() == "false"]]
    if isinstance(value, bool):
        return w["yes"] if value else w["no"]
    if isinstance(value, list):
        return ", ".join(map(str, value)) or w["none_ticked"]
    return str(value) if value not in (None, "") else "–"


def _readings(
    session: Session, pages: list[Page], template: Template | None, language: str, asked: list[Asked]
) -> list[Read]:
    order = {name: place for place, name in enumerate(template.fields)} if template else {}
    query = select(FieldReading).where(col(FieldReading.page_id).in_([page.id for page in pages]))
    rows = sorted(session.exec(query), key=lambda one: (one.page_id or 0, order.get(one.name, len(order)), one.id))
    by_person = {one.label: said.text for one in asked for said in one.said if said.undone_at is None}
    return [_read(one, template, language, by_person) for one in rows]


def _read(row: FieldReading, template: Template | None, language: str, by_person: dict[str, str]) -> Read:
    design, label = template.fields.get(row.name) if template else None, name_of(template, row.name, language)

    def text_of(value: Any) -> str:  # noqa: ANN401  # what a field may say
        if isinstance(design, ChoiceField):
            return label_of(design, [value] if isinstance(value, str) and value else value, language)
        return value_text(value, language, row.kind)

    shown = text_of(row.value)
    said = [(text_of(value), float(p)) for value, p in row.alternatives]
    others = [(text, p) for text, p in said if text != shown and p >= _LEAST_SHOWN]
    return Read(
        label, row.name, shown, row.confidence, row.threshold, row.status, others[:4],
        row.reader, f"/crops/{row.id}" if row.crop else None, by_person.get(label),
    )  # fmt: skip


def _candidates(session: Session, response: Response, language: str) -> list[Candidate]:
    ids = [one["subscriber_id"] for one in response.candidates]
    names = {
        row.id: f"{row.first_name} {row.last_name}".strip()
        for row in session.exec(select(Subscriber).where(col(Subscriber.id).in_(ids)))
    }
    start = response.matched.get("start")
    found = []
    for one in response.candidates:
        bars = [_bar(bar, language) for bar in one.get("evidence", [])]
        total = None if start is None or not bars else start + one["score"]
        found.append(
            Candidate(one["subscriber_id"], names.get(one["subscriber_id"], ""), one["probability"], start, bars, total)
        )
    return found


def _bar(bar: dict[str, Any], language: str) -> Bar:
    w = words(language)
    name = _LABELS.get(bar["field"], bar["field"])
    width = min(abs(bar["weight"]) / _WIDEST_BITS, 1.0) * _WIDTH_PX
    label = w["pages.swapped"] if name == "swapped" else w.get(f"of.{name}", name)
    return Bar(label, w.get(f"pages.level.{bar['level']}", bar["level"]), bar["weight"], round(width, 1))


def _asked(session: Session, of: Any, template: Template | None, language: str) -> list[Asked]:  # noqa: ANN401  # a condition
    items = list(session.exec(select(ExceptionItem).where(of).order_by(col(ExceptionItem.id))))
    query = select(Answer).where(col(Answer.exception_id).in_([item.id for item in items])).order_by(col(Answer.id))
    answers = list(session.exec(query))
    names = select(Person.login, Person.name).where(col(Person.login).in_({one.person for one in answers}))
    persons = dict(session.exec(names).all())
    return [
        Asked(
            name_of(template, item.field, language) if item.field else "",
            item.rule,
            item.question,
            item.state,
            [_said(one, persons, language) for one in answers if one.exception_id == item.id],
        )
        for item in items
    ]


def _said(answer: Answer, persons: dict[str, str], language: str) -> Said:
    told = {"value": value_text(answer.value, language), "subscriber": str(answer.value)}
    text = told.get(answer.word) or words(language).get(f"pages.word.{answer.word}", answer.word)
    name = persons.get(answer.person, answer.person)
    return Said(name, text, answer.at, answer.undone_at, answer.active_s, answer.keys)
