"""Audit bags that somebody asked for."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class BagOrder(SQLModel, table=True):
    """One bag under DATA/exports: asked -> writing -> done, or failed with a `reason`.

    `scope` are the chosen fields of `cases.audit.scope.Scope`; `documents_done` of `documents` are written.
    """

    __tablename__ = "bag_order"

    id: int | None = Field(default=None, primary_key=True)
    scope: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = Field(default="asked", index=True)
    asked_by: str
    asked_at: dt.datetime
    finished_at: dt.datetime | None = None
    documents: int = 0
    documents_done: int = 0
    folder: str | None = None
    reason: str | None = None
    attempt: int = 0
    lease_owner: str | None = None
    lease_until: dt.datetime | None = None
