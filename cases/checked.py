"""What answers are worth: once it is known what a field says, each answer about it was right or wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, col, delete, select

from cases.agreeing import same_said
from cases.grouping import merged_readings
from cases.models import Answer, Checked, Document, ExceptionItem, FieldReading, Response
from cases.purposes import BLIND
from cases.said import standing, value_of
from cases.second_keying import context_of
from ocr.template.loading import TemplateSet

Same = Callable[[Any, Any], bool]
_DIFFERS = "The machine and a person read this field differently; what does it say?"


def check_field(session: Session, templates: TemplateSet, response_id: int, field: str) -> None:
    """Brings the checked answers about a field in step with those that stand, in the caller's transaction.

    A sample that says something else than the machine becomes a ruling; it is no more asked once they agree.
    """
    response = session.get_one(Response, response_id)
    template = templates.by_name[response.template]
    reading = merged_readings(session, response.page_ids).get(field)
    session.exec(delete(Checked).where(col(Checked.response_id) == response_id, col(Checked.field) == field))
    if reading is None or field not in template.fields:
        return
    context = context_of(template, session.get_one(Document, response.document_id))

    def same(one: Any, other: Any) -> bool:  # noqa: ANN401  # JSON
        return same_said(template.fields[field], context, one, other)

    said = standing(session, response_id).get(field, {})
    sampled = said.get("sample")
    differs = sampled is not None and not same(value_of(sampled), reading.value)
    _ask_for_ruling(session, response_id, field, needed=differs)
    if not set(BLIND) & said.keys():
        return
    known, truth = _truth(said, reading, same)
    for purpose, answer in said.items():
        row = _row(answer, purpose, reading, response)
        if known:
            row.truth, row.right = truth, same(value_of(answer), truth)
            row.machine_right = same(reading.value, truth) if purpose == "sample" else None
        session.add(row)
    session.flush()


def _truth(said: dict[str, Answer], reading: FieldReading, same: Same) -> tuple[bool, Any]:
    """Whether it is known what the field says, and what."""
    for last in ("ruling", "third"):
        if last in said:
            return True, value_of(said[last])
    if "ask" in said and "second" in said:
        first = value_of(said["ask"])
        return same(first, value_of(said["second"])), first
    if "sample" in said:
        return same(value_of(said["sample"]), reading.value), reading.value
    return False, None


def _row(answer: Answer, purpose: str, reading: FieldReading, response: Response) -> Checked:
    return Checked(
        answer_id=answer.id or 0, response_id=response.id or 0, reading_id=reading.id or 0, person=answer.person,
        purpose=purpose, template=response.template, field=reading.name, kind=reading.kind, reader=reading.reader,
        machine=reading.value, said=value_of(answer), at=answer.at,
    )  # fmt: skip


def _ask_for_ruling(session: Session, response_id: int, field: str, *, needed: bool) -> None:
    key = f"response:{response_id}:{field}:ruling"
    known = session.exec(select(ExceptionItem).where(ExceptionItem.key == key)).first()
    if known is not None:
        if known.state != "answered":
            known.state = "open" if needed else "obsolete"
            session.add(known)
    elif needed:
        about = ExceptionItem.response_id == response_id, ExceptionItem.field == field
        sample = session.exec(select(ExceptionItem).where(*about, ExceptionItem.purpose == "sample")).one()
        copied = sample.model_dump(include={"kind", "document_id", "response_id", "field", "due", "channel"})
        ruling: dict[str, Any] = {"key": key, "purpose": "ruling", "rule": "sample-differs", "question": _DIFFERS}
        session.add(ExceptionItem(**copied, **ruling, asked_at=sample.asked_at))
    session.flush()
