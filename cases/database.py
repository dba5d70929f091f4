"""The engine, sessions, and migrations of one installation."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

from cases import models  # noqa: F401  # registers every table before the first query
from cases.ledger import adopt
from cases.settings import CHECKOUT, Settings
from matching.reindexing import make_current

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = CHECKOUT / "migrations"
_BUSY_MS = 30_000


def engine_for(settings: Settings) -> Engine:
    """An engine whose error texts never show values, as they may be personal data."""
    if settings.url.startswith("sqlite"):
        settings.data.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.url, hide_parameters=True, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def open_session(data_dir: Path) -> Iterator[Session]:
    """A session on the upgraded database of `data_dir`; rolled back unless the caller commits."""
    settings = Settings.for_data(data_dir)
    upgrade(settings)
    engine = engine_for(settings)
    try:
        with Session(engine, expire_on_commit=False) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def reading_session(settings: Settings) -> Iterator[Session]:
    """A session that sees the database as it is at one moment, writes nothing and keeps nobody waiting."""
    engine = engine_for(settings)
    options = {"reader": True} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    try:
        with Session(engine.execution_options(**options)) as session:
            yield session
    finally:
        engine.dispose()


def upgrade(settings: Settings) -> None:
    """Brings the database to the newest schema and its index to the newest keys.

    Safe when several processes start at once. New keys for ten million subscribers take some twenty minutes.
    """
    from alembic import command

    engine = engine_for(settings)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _let_tables_be_remade)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727001)")
            command.upgrade(alembic_config(connection), "head")
            with Session(connection) as session:
                make_current(session)
                adopt(session)
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for one open connection."""
    from alembic.config import Config

    # told now: alembic would keep the stream that was there when it was first imported
    config = Config(stdout=sys.stdout, attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _let_tables_be_remade(connection: sqlite3.Connection, _record: object) -> None:
    # SQLite changes a column by making its table anew; dropping the old one would count as deleting what others name
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin_sqlite(connection: Connection) -> None:
    # a deferred transaction that turns writer later fails at once with "database is locked" instead of waiting
    reader = connection.get_execution_options().get("reader", False)
    connection.exec_driver_sql("BEGIN" if reader else "BEGIN IMMEDIATE")
