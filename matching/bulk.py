"""Many rows into one table, the quickest way each database has. The only place that asks which database it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, any_, bindparam, cast, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

_LOCK = 727_002
_CACHE_KIB = 128 * 1024
_UPSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def kind_of(session: Session) -> str:
    """The name of the database's kind as SQLAlchemy has it: sqlite or postgresql."""
    return session.connection().dialect.name


def lock_base(session: Session) -> None:
    """Waits until no other import or erasure writes, to the end of this transaction. SQLite has one writer anyway."""
    if kind_of(session) == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def bulk_insert(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Adds `rows`, whose cells stand in the order of `columns`, in the session's transaction; nothing may exist yet."""
    connection = session.connection()
    raw: Any = connection.connection.driver_connection
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        raw.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608  # our own names


def add_to_counts(session: Session, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Adds each row's `count`, its last cell, to the row of the same primary key, which is made where it is absent."""
    if not rows:
        return
    names, kind = table.columns.keys(), kind_of(session)
    insert: Any = _UPSERTS[kind](table)
    changed = {"count": table.c.count + insert.excluded.count}
    keys = [column.name for column in table.primary_key]
    if kind == "postgresql":
        # one statement with a column in each parameter: a statement a row takes a minute for all words of a big base
        columns = zip(table.columns, zip(*rows, strict=True), strict=True)
        unnested = select(*(func.unnest(cast(list(cells), postgresql.ARRAY(column.type))) for column, cells in columns))
        session.execute(insert.from_select(names, unnested).on_conflict_do_update(index_elements=keys, set_=changed))
    else:
        statement = insert.on_conflict_do_update(index_elements=keys, set_=changed)
        session.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def make_room(session: Session) -> None:
    """Gives the session's connection memory for a big load: 128 MiB for pages, and as much for sorting."""
    if kind_of(session) == "postgresql":
        session.execute(text(f"SET LOCAL work_mem = '{_CACHE_KIB}kB'"))
    else:
        session.execute(text(f"PRAGMA cache_size = -{_CACHE_KIB}"))


def settle(engine: Engine | Connection, tables: Sequence[Table]) -> None:
    """After a big change: statistics and the visibility map on PostgreSQL, the write-ahead log emptied on SQLite."""
    pooled = engine.engine.raw_connection()
    raw: Any = pooled.driver_connection
    try:
        if engine.dialect.name == "postgresql":
            raw.autocommit = True
            raw.execute(f"VACUUM (ANALYZE) {', '.join(table.name for table in tables)}")
            raw.autocommit = False
        else:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        pooled.close()


def one_of(column: ColumnElement[Any], name: str, kind: str) -> ColumnElement[bool]:
    """Whether `column` is one of the values in the list that is the parameter `name`, on a database of this kind.

    PostgreSQL takes the list as one array: a hundred parameters cost its driver more than the search.
    """
    if kind == "postgresql":
        return column == any_(bindparam(name, type_=postgresql.ARRAY(column.type)))
    return column.in_(bindparam(name, expanding=True))


def overwrite_deleted(session: Session) -> None:
    """Makes SQLite blank what this connection deletes; PostgreSQL blanks it when it vacuums."""
    if kind_of(session) == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def bytes_of(session: Session, tables: Sequence[Table]) -> dict[str, int]:
    """The space that tables and their indexes take; SQLite tells only that of the whole database."""
    if kind_of(session) == "sqlite":
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        return {"database": pages * session.execute(text("PRAGMA page_size")).scalar_one()}
    size = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
    return {table.name: session.execute(size, {"name": table.name}).scalar_one() for table in tables}
