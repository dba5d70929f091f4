"""What proves a line: the ledger entry that opened the case, the pictures of what was ticked and signed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlmodel import Session, col, select

from cases.models import Case, CaseOutcome, FieldReading, LedgerEvent, Response

_AT_ONCE = 500
_PROVING = ("choice", "tick", "signature")


def evidence_of(session: Session, case_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """For each case: `response`, `ledger` (hash of the entry that opened it), `crops` (field -> SHA-256 of its
    picture in the store), `outcomes` (ids of what was reported of it)."""
    found: dict[int, dict[str, Any]] = {}
    for part in _parts(sorted(case_ids)):
        opened = _opened(session, part)
        crops = _crops(session, part)
        outcomes = _outcomes(session, part)
        for case in session.exec(select(Case).where(col(Case.id).in_(part))):
            number = case.id or 0
            found[number] = {
                "response": case.response_id, "ledger": opened.get(number), "crops": crops.get(number, {}),
                "outcomes": outcomes.get(number, []),
            }  # fmt: skip
    return found


def _opened(session: Session, case_ids: list[int]) -> dict[int, str]:
    query = select(LedgerEvent.subject, LedgerEvent.hash).where(LedgerEvent.tag == "decision:case:opened")
    query = query.where(col(LedgerEvent.subject).in_([str(one) for one in case_ids]))
    return {int(subject): hashed for subject, hashed in session.exec(query)}


def _crops(session: Session, case_ids: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for response in session.exec(
        select(Response).where(col(Response.case_id).in_(case_ids)).order_by(col(Response.id))
    ):
        query = select(FieldReading).where(col(FieldReading.page_id).in_(response.page_ids))
        for reading in session.exec(query.where(col(FieldReading.kind).in_(_PROVING)).order_by(col(FieldReading.id))):
            if reading.crop:
                found.setdefault(response.case_id or 0, {})[reading.name] = reading.crop
    return found


def _outcomes(session: Session, case_ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    query = select(CaseOutcome.case_id, CaseOutcome.id).where(col(CaseOutcome.case_id).in_(case_ids))
    for case_id, number in session.exec(query.order_by(col(CaseOutcome.id))):
        found.setdefault(case_id, []).append(number or 0)
    return found


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))
