"""Notes which rows a transaction changes, so that whoever writes the code, the ledger commits to them.

The ledger proves these rows: verifying compares them with what was committed. Working state (leases, drafts, attempts)
is left out, as it is no evidence and changes without an event, and so are secrets.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, SQLModel, col, select

from cases.models import (
    Answer,
    Batch,
    Campaign,
    Case,
    CaseOutcome,
    CommissionTerms,
    Consent,
    Dispute,
    Document,
    ExceptionItem,
    FieldReading,
    Keyed,
    LegalHold,
    Page,
    PageRepair,
    Person,
    Response,
    Statement,
    StatementLine,
)

PROVEN: dict[type[SQLModel], frozenset[str]] = {
    Answer: frozenset(),
    Batch: frozenset({"state", "attempt", "lease_owner", "lease_until", "finished_at"}),
    Campaign: frozenset({"signing_key"}),
    Case: frozenset(),
    CaseOutcome: frozenset(),
    CommissionTerms: frozenset(),
    Consent: frozenset(),
    Dispute: frozenset(),
    Document: frozenset(),
    ExceptionItem: frozenset({"leased_by", "leased_until", "draft"}),
    Keyed: frozenset(),
    LegalHold: frozenset(),
    Page: frozenset(),
    PageRepair: frozenset(),
    Person: frozenset({"password"}),
    Response: frozenset(),
    Statement: frozenset(),
    StatementLine: frozenset(),
}
"""The tables whose rows the ledger proves, each with its columns that are working state or secret.

Readings belong to their page."""
_CHANGED, _PAGES = "ledger changed rows", "ledger changed pages"


def table_name(table: type[SQLModel]) -> str:
    return str(table.__tablename__)


def name_of(row: SQLModel) -> str:
    """What the ledger calls a row: its table and its id."""
    return f"{table_name(type(row))}:{row.id}"  # type: ignore[attr-defined]


def snapshot(session: Session, row: SQLModel) -> dict[str, Any]:
    """The evidence in a row as plain JSON; a column that says nothing is left out, so that one added later changes
    no snapshot."""
    content = _plain(row, PROVEN[type(row)])
    if isinstance(row, Page):
        query = select(FieldReading).where(FieldReading.page_id == row.id).order_by(col(FieldReading.id))
        content["readings"] = [_plain(one, frozenset({"page_id"})) for one in session.exec(query)]
    return content


def take_changes(session: Session) -> dict[str, SQLModel | None]:
    """The rows changed since this was last asked in the transaction, by name; None stands for one that was deleted."""
    session.flush()
    changed: dict[str, SQLModel | None] = session.info.pop(_CHANGED, {})
    pages = sorted(session.info.pop(_PAGES, ()))
    return changed | {f"page:{id}": session.get_one(Page, id) for id in pages}


def has_changes(session: Session) -> bool:
    """Whether rows were changed since `take_changes` was last asked in the transaction."""
    session.flush()
    return bool(session.info.get(_CHANGED) or session.info.get(_PAGES))


def response_of(row: SQLModel) -> int | None:
    """The response that a row belongs to, so that erasing a person finds it."""
    if isinstance(row, Response):
        return row.id
    found = getattr(row, "response_id", None)
    return found if isinstance(found, int) else None


def _plain(row: SQLModel, but: frozenset[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in type(row).model_fields if name not in but}
    return {name: _as_json(value) for name, value in values.items() if not _says_nothing(row, name, value)}


def _says_nothing(row: SQLModel, name: str, value: object) -> bool:
    return value is None or value in ("", [], {}) or value == type(row).model_fields[name].default


def _as_json(value: Any) -> Any:  # noqa: ANN401  # whatever a column holds
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        # a database gives back 1.0 for the 1 that it was given
        return int(value)
    return value.hex() if isinstance(value, bytes) else value


def _is_evidence(row: SQLModel) -> bool:
    """Whether a column has changed that is not working state."""
    state = inspect(row).attrs
    return any(state[name].history.has_changes() for name in type(row).model_fields if name not in PROVEN[type(row)])


@event.listens_for(Session, "after_flush")
def _note(session: Session, _: UOWTransaction) -> None:
    changed: dict[str, SQLModel | None] = session.info.setdefault(_CHANGED, {})
    rows = [*session.new, *session.dirty]
    changed |= {name_of(row): row for row in rows if type(row) in PROVEN and (row in session.new or _is_evidence(row))}
    changed |= {name_of(row): None for row in session.deleted if type(row) in PROVEN}
    readings = {row.page_id for row in [*rows, *session.deleted] if isinstance(row, FieldReading)}
    session.info.setdefault(_PAGES, set[int]()).update(readings)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _: object) -> None:
    session.info.pop(_CHANGED, None)
    session.info.pop(_PAGES, None)
