"""Batches read again with the present designs and thresholds: what would change, before it does."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel, UniqueConstraint


class Replay(SQLModel, table=True):
    """One replay of a batch: asked -> reading -> ready -> approved -> applying -> done; or failed, or discarded.

    `pages_done` of `pages` are read. Persons are logins; `approved_by` let the changes happen.
    """

    id: int | None = Field(default=None, primary_key=True)
    batch_id: str = Field(foreign_key="batch.id", index=True)
    state: str = Field(default="asked", index=True)
    asked_by: str
    asked_at: dt.datetime
    approved_by: str | None = None
    finished_at: dt.datetime | None = None
    pages: int = 0
    pages_done: int = 0
    attempt: int = 0
    lease_owner: str | None = None
    lease_until: dt.datetime | None = None
    flow_run: str | None = Field(default=None, description="id of the last Prefect flow run that worked on it")


class ReplayPage(SQLModel, table=True):
    """A page as it reads now, kept until its replay is over. `crops` are PNGs in base64, by field."""

    __tablename__ = "replay_page"
    __table_args__ = (UniqueConstraint("replay_id", "document_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    replay_id: int = Field(foreign_key="replay.id")
    document_id: int = Field(foreign_key="document.id")
    number: int
    page: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    readings: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    crops: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ReplayChange(SQLModel, table=True):
    """What the replay would change, or has changed, on one response; `response_id` is None for one not known yet.

    `held` says why it stays as it is; `before` and `after` hold what differs, fields with their values.
    """

    __tablename__ = "replay_change"

    id: int | None = Field(default=None, primary_key=True)
    replay_id: int = Field(foreign_key="replay.id", index=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    first_page: int = Field(description="number of the response's first page; 0 stands for the document itself")
    response_id: int | None = Field(default=None, foreign_key="response.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id")
    held: str | None = Field(default=None, description="final, lost, empty, joins, unreadable or moved")
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    applied_at: dt.datetime | None = None
