"""What is known of a document's responses at one moment, and what differs between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from cases.grouping import merged_readings
from cases.models import Case, CaseOutcome, Document, ExceptionItem, Page, Response, StatementLine
from cases.replay.rereading import NO_FIELD

Facts = dict[str, Any]
CHANGEABLE = ("open", "waiting")
"""States of a case that a machine may still change; any other is a person's to reopen."""
_TOLD = ("template_hash",)
"""Told beside a change, but none by itself."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One response as it stood: `first_page` and `pages` are page numbers; `facts` is JSON.

    `is_final`: its case is over, or has been settled with a partner.
    """

    response_id: int | None
    document_id: int
    first_page: int
    pages: frozenset[int]
    case_id: int | None
    is_final: bool
    facts: Facts


def moments(session: Session, document: Document) -> dict[str, Moment]:
    """The document and its responses, and the other responses of their cases; each under a key of its own."""
    of = (Response.document_id == document.id, Response.state != "void")
    responses = list(session.exec(select(Response).where(*of)))
    cases = {one.case_id for one in responses if one.case_id is not None}
    beside = select(Response).where(col(Response.case_id).in_(cases), Response.document_id != document.id)
    found = {f"p{one.first_page_id}": _moment(session, one) for one in [*responses, *session.exec(beside)]}
    state = {"state": document.state, "reason_code": document.reason_code}
    return {"document": Moment(None, document.id or 0, 0, frozenset(), None, False, state), **found}


def differing(before: Moment | None, after: Moment | None) -> tuple[Facts, Facts] | None:
    """What differs, as it was and as it is; None where nothing does."""
    old, new = (dict(one.facts) if one else {} for one in (before, after))
    values = _differing_fields(old.pop("fields", {}), new.pop("fields", {}))
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    if not values[0] and not values[1] and not set(keys) - set(_TOLD):
        return None
    left, right = ({key: facts[key] for key in (*keys, *_TOLD) if key in facts} for facts in (old, new))
    return ({**left, "fields": values[0]}, {**right, "fields": values[1]}) if any(values) else (left, right)


def _differing_fields(old: Mapping[str, Facts], new: Mapping[str, Facts]) -> tuple[Facts, Facts]:
    def said(facts: Facts | None) -> tuple[Any, Any]:
        return (facts["value"], facts["status"]) if facts else (None, "empty")

    names = [name for name in {**old, **new} if said(old.get(name)) != said(new.get(name))]
    return {n: old[n] for n in names if n in old}, {n: new[n] for n in names if n in new}


def _moment(session: Session, response: Response) -> Moment:
    case = session.get(Case, response.case_id) if response.case_id is not None else None
    pages = session.exec(select(Page).where(col(Page.id).in_(response.page_ids))).all()
    numbers = {page.id: page.number for page in pages}
    open_ = select(ExceptionItem).where(ExceptionItem.response_id == response.id, ExceptionItem.state == "open")
    facts: Facts = {
        "template": response.template,
        "template_hash": next((p.template_hash for p in pages if p.id == response.first_page_id), None),
        "verdict": response.verdict,
        "rules": sorted([rule["field"], rule["rule"]] for rule in response.rules),
        "questions": sorted([one.field or "", one.rule] for one in session.exec(open_)),
        "subscriber": response.subscriber_id,
        **(_of_case(case) if case is not None and case.response_id == response.id else {}),
        "fields": _fields(session, response),
    }
    first = numbers.get(response.first_page_id, 0)
    final = case is not None and _is_final(session, case)
    return Moment(response.id, response.document_id, first, frozenset(numbers.values()), response.case_id, final, facts)


def _is_final(session: Session, case: Case) -> bool:
    settled = [
        session.exec(select(col(table.id)).where(col(table.case_id) == case.id).limit(1)).first()
        for table in (CaseOutcome, StatementLine)
    ]
    return case.state not in CHANGEABLE or any(settled)


def _of_case(case: Case) -> Facts:
    return {
        "case": case.state, "kind": case.kind, "offer": case.offer, "reason": case.reason, "consent": case.consent,
        "owner": case.subscriber_id,
    }  # fmt: skip


def _fields(session: Session, response: Response) -> Facts:
    return {
        name: {
            "value": one.value, "status": one.status, "confidence": round(one.confidence, 4),
            "threshold": one.threshold, "reader": one.reader,
        }
        for name, one in merged_readings(session, response.page_ids).items()
        if NO_FIELD not in one.notes
    }  # fmt: skip
