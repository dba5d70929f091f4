"""Returned forms and what was decided on them."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Response(SQLModel, table=True):
    """One returned form. `state` is open until decided, then case, exceptions or rejected.

    `candidates` hold the weight of each field as it was found; `matched` says by which rule, over how large a base and
    with which model.
    After a repair it is open again, or void: none of its pages is one.
    """

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    first_page_id: int = Field(foreign_key="page.id", unique=True)
    page_ids: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    template: str
    mailing_id: int | None = Field(default=None, foreign_key="mailing.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    subscriber_id: str | None = Field(default=None, index=True)
    state: str = Field(default="open", index=True)
    verdict: str | None = None
    rules: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    candidates: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    matched: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    why: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    decided_at: dt.datetime | None = None
