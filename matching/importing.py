"""Rows into the subscriber base: streamed in chunks, upserted by id, keys refreshed, bad rows told by line."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from matching.keys import keys_of
from matching.person import Person, fold_person, split_fields

_CHUNK_ROWS = 400  # ids a statement; SQLite before 3.32 allows 999 bound values
_PLAIN = (
    "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone", "email",
    "birth_date", "customer_number",
)  # fmt: skip
_INACTIVE = {"0", "false", "no", "nein", "nej", "inactive"}
_LONGEST_FIELD = 500


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line (2 is the first below the header) and why, without its contents."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `bad` names every row left out."""

    imported: int
    bad: tuple[BadRow, ...] = ()


def import_subscribers(session: Session, rows: Iterable[dict[str, str]]) -> ImportReport:
    """Upsert subscribers by id and refresh their keys; a later row of one id wins. The caller commits."""
    bad: list[BadRow] = []
    imported = 0
    good = _good_rows(rows, bad)
    while chunk := list(itertools.islice(good, _CHUNK_ROWS)):
        unique = {row["id"]: row for row in chunk}
        _store(session, list(unique.values()))
        imported += len(chunk)
    return ImportReport(imported, tuple(bad))


def row_fault(row: Mapping[Any, Any]) -> str | None:
    """Why a CSV row cannot be used, or None. A DictReader puts surplus cells under None, missing ones as None."""
    if None in row:
        return "more cells than the header has columns"
    if any(value is None for value in row.values()):
        return "fewer cells than the header has columns"
    if not row.get("id", "").strip():
        return "no id"
    if any(len(value) > _LONGEST_FIELD or "\x00" in value for value in row.values()):
        return f"a cell is longer than {_LONGEST_FIELD} characters or holds a NUL"
    return None


def _good_rows(rows: Iterable[dict[str, str]], bad: list[BadRow]) -> Iterator[dict[str, str]]:
    for line, row in enumerate(rows, start=2):
        fault = row_fault(row)
        if fault is not None:
            bad.append(BadRow(line, fault))
        else:
            yield split_fields(row)


def _store(session: Session, rows: list[dict[str, str]]) -> None:
    from matching.base import MatchKey, Subscriber

    people = {row["id"]: fold_person(row) for row in rows}
    session.execute(delete(MatchKey).where(col(MatchKey.subscriber_id).in_(people)))
    known = set(session.exec(select(Subscriber.id).where(col(Subscriber.id).in_(people))))
    values = [_columns(row, people[row["id"]]) for row in rows]
    if fresh := [v for v in values if v["id"] not in known]:
        session.execute(insert(Subscriber), fresh)
    if changed := [v for v in values if v["id"] in known]:
        session.bulk_update_mappings(Subscriber, changed)
    keys = [{"key": k, "subscriber_id": i} for i, person in people.items() for k in keys_of(person)]
    if keys:
        session.execute(insert(MatchKey), keys)
    session.flush()


def _columns(row: Mapping[str, str], person: Person) -> dict[str, Any]:
    folded = {f"folded_{name}": value for name, value in asdict(person).items()}
    plain = {name: row.get(name, "") for name in _PLAIN}
    active = row.get("active", "").strip().casefold() not in _INACTIVE
    return {"id": row["id"], "active": active, **plain, **folded}
