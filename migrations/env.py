"""Runs migrations on the connection handed over by `cases.database.upgrade`."""

from __future__ import annotations

import importlib
import importlib.util

from alembic import context
from sqlmodel import SQLModel

import cases.models  # noqa: F401

if importlib.util.find_spec("matching.base"):
    importlib.import_module("matching.base")

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
# `upgrade` holds the transaction, so that two processes starting at once migrate one after the other
context.run_migrations()
