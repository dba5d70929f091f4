"""What became of cases: reported by the customer's own systems, brought in as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from sqlmodel import Session, col, func, select

from cases import ledger
from cases.clock import now
from cases.models import Case, CaseOutcome
from cases.settlement.entitlements import Outcome, What
from matching.tables import read_table

COLUMNS = ("case_id", "outcome", "date", "withdrawn")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """How many rows were new, known before, and left out with their reason (line of the file, sentence)."""

    new: int
    known: int
    left_out: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    case_id: int
    what: What
    on: dt.date
    holds: bool


def import_outcomes(session: Session, file: Path, by: str) -> OutcomeReport:
    """Brings in a CSV of case_id, outcome (retained or lost), date and perhaps withdrawn (yes), and commits.

    A row that is known already changes nothing, so that a file may come twice. Raises TableError.
    """
    table = read_table(file, needed=COLUMNS[:3], known=COLUMNS)
    rows: list[_Row] = []
    left_out: list[tuple[int, str]] = []
    for line, raw in enumerate(table.rows, start=2):
        read = _read(line, raw)
        left_out.append((line, read)) if isinstance(read, str) else rows.append(read)
    ledger.lock(session)
    new = 0
    for part in _parts(rows):
        there = _cases(session, part)
        left_out += [(row.line, f"there is no case {row.case_id}") for row in part if row.case_id not in there]
        new += _add(session, [row for row in part if row.case_id in there], there, by)
    if new:
        ledger.record(session, "settlement:outcomes:recorded", file.name[:80], {"new": new}, who=ledger.by_person(by))
    session.commit()
    return OutcomeReport(new, len(table.rows) - new - len(left_out), tuple(sorted(left_out)))


def outcomes_of(session: Session, partner: str, *, known: int | None = None) -> list[Outcome]:
    """What holds for a partner's cases, as it was known when the newest row was `known`; at present without it."""
    theirs = select(CaseOutcome.case_id).where(CaseOutcome.partner == partner)
    query = select(CaseOutcome).where(col(CaseOutcome.case_id).in_(theirs)).order_by(col(CaseOutcome.id))
    if known is not None:
        query = query.where(col(CaseOutcome.id) <= known)
    latest = {(row.case_id, row.what, row.on): row for row in session.exec(query)}
    return [
        Outcome(row.case_id, row.what, row.on, tuple(row.offer.split(",") if row.offer else ()))  # type: ignore[arg-type]
        for row in latest.values()
        if row.holds and row.partner == partner
    ]


def newest_outcome(session: Session) -> int:
    """The newest row there is; 0 for none."""
    return session.exec(select(func.max(CaseOutcome.id))).one() or 0


def _read(line: int, raw: Mapping[str, str | None]) -> _Row | str:
    cell = {name: (raw.get(name) or "").strip() for name in COLUMNS}
    what = cell["outcome"].casefold()
    if what not in get_args(What):
        return "outcome must be retained or lost"
    if not (cell["case_id"].isascii() and cell["case_id"].isdigit()) or len(cell["case_id"]) > 18:
        return "case_id must be a number"
    try:
        on = dt.date.fromisoformat(cell["date"])
    except ValueError:
        return "date must be like 2026-11-25"
    if on > now().date():
        return f"{on} has not come yet"
    holds = cell["withdrawn"].casefold() not in ("yes", "true", "1", "x")
    return _Row(line, int(cell["case_id"]), what, on, holds)  # type: ignore[arg-type]


def _cases(session: Session, rows: Sequence[_Row]) -> dict[int, Case]:
    wanted = {row.case_id for row in rows}
    return {one.id: one for one in session.exec(select(Case).where(col(Case.id).in_(wanted))) if one.id is not None}


def _add(session: Session, rows: Sequence[_Row], cases: Mapping[int, Case], by: str) -> int:
    query = select(CaseOutcome).where(col(CaseOutcome.case_id).in_(cases)).order_by(col(CaseOutcome.id))
    latest = {(one.case_id, one.what, one.on): _said(one) for one in session.exec(query)}
    new = 0
    for row in rows:
        case, key = cases[row.case_id], (row.case_id, row.what, row.on)
        made = CaseOutcome(
            case_id=row.case_id, what=row.what, on=row.on, holds=row.holds, partner=case.partner, offer=case.offer,
            recorded_by=by, recorded_at=now(),
        )  # fmt: skip
        if latest.get(key, (False, None, None)) == _said(made):
            continue
        latest[key] = _said(made)
        session.add(made)
        new += 1
    session.flush()
    return new


def _said(one: CaseOutcome) -> tuple[bool, str | None, str | None]:
    return (True, one.partner, one.offer) if one.holds else (False, None, None)


def _parts(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    starts: Iterable[int] = range(0, len(rows), _AT_ONCE)
    return (rows[start : start + _AT_ONCE] for start in starts)
