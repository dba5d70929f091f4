"""Retention cases and the questions they wait for."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class Case(SQLModel, table=True):
    """A retention case. One mailing opens one case, and so does one response."""

    id: int | None = Field(default=None, primary_key=True)
    mailing_id: int | None = Field(default=None, foreign_key="mailing.id", unique=True)
    # no foreign key: responses name their case, and two tables naming each other cannot be created in order
    response_id: int = Field(unique=True)
    subscriber_id: str | None = Field(default=None, index=True)
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    kind: str
    offer: str | None = None
    reason: str | None = None
    consent: bool | None = None
    state: str = Field(default="open", index=True, description="open, waiting, refused, or void: no form answers it")
    due: dt.date
    channel: str = Field(index=True)
    partner: str | None = Field(default=None, index=True)
    opened_at: dt.datetime = Field(index=True)


class ExceptionItem(SQLModel, table=True):
    """One question for a person: open -> answered, or -> obsolete where another answer settled it.

    `key` says what it is about, so that it is asked once. A person who works on it holds it until `leased_until`; what
    they have typed so far is the `draft`. Questions that are `alike` may be confirmed together, but for those that a
    person found odd.
    """

    __tablename__ = "exception"
    __table_args__ = (
        Index("ix_exception_queue", "state", "due", "channel", "id"),
        Index("ix_exception_alike", "alike", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str = Field(description="field, match or page")
    document_id: int = Field(foreign_key="document.id", index=True)
    response_id: int | None = Field(default=None, foreign_key="response.id", index=True)
    page_id: int | None = Field(default=None, foreign_key="page.id")
    field: str | None = None
    rule: str
    question: str
    purpose: str = Field(default="ask", description="see cases.purposes")
    state: str = Field(default="open", index=True)
    asked_at: dt.datetime
    due: dt.date
    channel: str
    leased_by: str | None = None
    leased_until: dt.datetime | None = None
    alike: str | None = Field(default=None, description="the group of questions with the same reading")
    odd_by: str | None = Field(default=None, index=True, description="who found it odd in its group")
    draft: Any = Field(default=None, sa_column=Column(JSON))
