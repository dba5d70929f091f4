"""Rows into the subscriber base: upserted by id with history, in bounded memory, index and rows always in step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session, col

from matching.bulk import bulk_insert, lock_base, make_room, settle
from matching.deliveries import Delivery, RowDelivery, open_delivery
from matching.folding import Plan, Waiting, prepare_ahead
from matching.history import Change, aliases_of, keep_aliases, parts, persons_of
from matching.index import Owned, TokenCounts, add_keys, base_size, note_change, pages, remove_keys
from matching.learning import learn_base
from matching.reindexing import make_current
from matching.report import ImportReport, Tally
from matching.rows import ROW_COLUMNS, Prepared, content_of, folded_columns, prepare
from matching.schema import BASE_TABLES, MatchToken, Subscriber
from matching.staging import KeyStage
from matching.survey import LastRows, Survey, survey_of
from matching.validation import WHAT, Finding

_CHUNK_ROWS = 2_000
_MANY_TIMES = 5  # rows of the file for each of the base: from there on all are stored at once
_MUCH = 0.05
_COMMON_DAY, _TIMES_THE_MEAN = 50, 20
_SUBSCRIBERS = BASE_TABLES[0]

Told = Callable[[str, int, int], None]
"""Hears of the progress: the phase (checking, storing, indexing), rows done, rows in all (0: not known yet)."""
AddKeys = Callable[[Sequence[Owned]], None]


def import_subscribers(session: Session, rows: Iterable[Mapping[Any, Any]]) -> ImportReport:
    """Upserts subscribers given by field; the last row of an id holds. The caller commits."""
    return import_delivery(session, RowDelivery(rows))


def import_delivery(session: Session, delivery: Delivery) -> ImportReport:
    """`import_subscribers` for rows that come from a file. Raises TableError before anything is stored."""
    return _import(session, delivery, replace=False, told=_tell_nobody, end_chunk=lambda: None)


def import_file(
    session: Session, path: Path, *, chosen: Mapping[str, str], replace: bool = False, told: Told | None = None
) -> ImportReport:
    """Loads or refreshes the base from a CSV or Parquet file, and commits.

    A base that is empty, or small beside the file, fills in one transaction: lookups see nothing of it, or all. Else
    every two thousand rows are committed, so that other writers wait for fractions of a second; each subscriber
    changes as a whole. With `replace`, subscribers whom the file does not name become inactive. Raises TableError
    before anything is stored.
    """
    delivery = open_delivery(path, chosen)
    report = _import(session, delivery, replace=replace, told=told or _tell_nobody, end_chunk=session.commit)
    session.commit()
    if report.altered > _MUCH * report.imported:
        settle(session.get_bind(), BASE_TABLES)
    return report


def _import(
    session: Session, delivery: Delivery, *, replace: bool, told: Told, end_chunk: Callable[[], None]
) -> ImportReport:
    survey = survey_of(delivery, lambda rows: told("checking", rows, 0))
    lock_base(session)
    make_current(session)
    tally = Tally()
    rows = _usable_rows(delivery, survey, tally)
    size = base_size(session)
    if survey.rows > _MANY_TIMES * size:
        _store_at_once(
            session, rows, tally, lambda phase: told(phase, tally.imported, survey.rows), survey, occupied=size > 0
        )
    else:
        _store_by_chunk(session, rows, tally, lambda: told("storing", tally.imported, survey.rows), end_chunk)
    if replace and size:
        _make_inactive(session, survey, tally, end_chunk)
    if note_change(session, tally.altered):
        learn_base(session)
    return tally.report(delivery, _common_days(session) if tally.new else ())


def _usable_rows(delivery: Delivery, survey: Survey, tally: Tally) -> Iterator[Waiting]:
    last = LastRows(survey)
    for line, row, fault in delivery.rows():
        if fault is not None:
            tally.leave_out(line, fault)
        elif last.is_last(row["id"].strip()):
            yield line, row, content_of(row)
        else:
            tally.findings.note("repeated-id", line)


def _store_at_once(
    session: Session,
    rows: Iterator[Waiting],
    tally: Tally,
    told: Callable[[str], None],
    survey: Survey,
    *,
    occupied: bool,
) -> None:
    make_room(session)
    tokens = TokenCounts(session)
    plans = (_plan(chunk, _contents(session, chunk) if occupied else {}, tally) for chunk in _chunks(rows))
    with KeyStage(session) as stage:
        for known, prepared in prepare_ahead(plans, survey.rows):
            _store(session, known, prepared, tokens, tally, stage.add)
            told("storing")
        told("indexing")
        tokens.write()
        stage.store()


def _store_by_chunk(
    session: Session, rows: Iterator[Waiting], tally: Tally, told: Callable[[], None], end_chunk: Callable[[], None]
) -> None:
    tokens = TokenCounts(session)
    for chunk in _chunks(rows):
        lock_base(session)
        known, waiting = _plan(chunk, _contents(session, chunk), tally)
        _store(session, known, prepare(waiting), tokens, tally, partial(add_keys, session))
        tokens.write()
        end_chunk()
        told()


def _plan(chunk: list[Waiting], known: Mapping[str, int], tally: Tally) -> Plan:
    waiting = [one for one in chunk if known.get(_id(one)) != one[2]]
    tally.unchanged += len(chunk) - len(waiting)
    return known, waiting


def _store(
    session: Session,
    known: Mapping[str, int],
    rows: list[Prepared],
    tokens: TokenCounts,
    tally: Tally,
    add_new: AddKeys,
) -> None:
    fresh = [row for row in rows if row.id not in known] if known else rows
    bulk_insert(session, _SUBSCRIBERS, ROW_COLUMNS, [row.cells for row in fresh])
    tokens.add(folded_columns(fresh))
    add_new([(row.id, row.keys) for row in fresh])
    tally.new += len(fresh)
    _change(session, [row for row in rows if row.id in known] if known else [], tokens, tally)
    tally.findings.rows(((row.line, row.oddities) for row in rows), folded_columns(rows))


def _change(session: Session, rows: list[Prepared], tokens: TokenCounts, tally: Tally) -> None:
    if not rows:
        return
    ids = [row.id for row in rows]
    former, aliases = persons_of(session, ids), aliases_of(session, ids)
    changes = [(row.id, Change(former[row.id], row.person, aliases[row.id])) for row in rows]
    keys = [(owner, *change.keys()) for owner, change in changes]
    tally.aliases += keep_aliases(session, changes)
    _update(session, rows)
    remove_keys(session, [(key, owner) for owner, _, gone in keys for key in gone])
    add_keys(session, [(owner, new) for owner, new, _ in keys])
    for _, change in changes:
        tokens.change(change.former, change.current)
    tally.changed += len(rows)


def _update(session: Session, rows: list[Prepared]) -> None:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ROW_COLUMNS[1:]}
    statement = update(Subscriber).where(col(Subscriber.id) == bindparam("new_id")).values(values)
    cells = [dict(zip((f"new_{name}" for name in ROW_COLUMNS), row.cells, strict=True)) for row in rows]
    session.connection().execute(statement, cells)


def _make_inactive(session: Session, survey: Survey, tally: Tally, end_chunk: Callable[[], None]) -> None:
    for page in pages(session, (col(Subscriber.id), col(Subscriber.active))):
        lock_base(session)
        named = survey.holds([row[0] for row in page])
        gone = [row[0] for row, there in zip(page, named, strict=True) if row[1] and not there]
        for part in parts(gone):
            # content 0: the row is compared anew, and active again, when a later file names it
            leave = update(Subscriber).where(col(Subscriber.id).in_(part)).values(active=False, content=0)
            session.connection().execute(leave)
        tally.made_inactive += len(gone)
        end_chunk()


def _contents(session: Session, chunk: list[Waiting]) -> dict[str, int]:
    known: dict[str, int] = {}
    for part in parts([_id(one) for one in chunk]):
        hashes = select(col(Subscriber.id), col(Subscriber.content)).where(col(Subscriber.id).in_(part))
        known.update((row[0], row[1]) for row in session.execute(hashes))
    return known


def _id(one: Waiting) -> str:
    return one[1]["id"].strip()


def _common_days(session: Session) -> list[Finding]:
    count, is_day = col(MatchToken.count), col(MatchToken.field) == "birth_date"
    mean = session.execute(select(func.avg(count)).where(is_day)).scalar() or 0
    common = select(col(MatchToken.token), count).where(is_day, count > max(_COMMON_DAY, _TIMES_THE_MEAN * float(mean)))
    days = session.execute(common.order_by(count.desc())).all()
    if not days:
        return []
    told = tuple(f"{day}: {times}" for day, times in days[:5])
    return [Finding("shared-birth-date", WHAT["shared-birth-date"], sum(times for _, times in days), told)]


def _chunks(rows: Iterator[Waiting]) -> Iterator[list[Waiting]]:
    while chunk := list(itertools.islice(rows, _CHUNK_ROWS)):
        yield chunk


def _tell_nobody(phase: str, done: int, total: int) -> None:
    """For callers that show no progress."""
