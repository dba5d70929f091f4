"""What persons answered at the desk, and how long it took them."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class Answer(SQLModel, table=True):
    """One person's answer to one exception. Taken back, it stays with the moment when it was undone.

    `word` is value, unreadable, subscriber, nobody, yes or no; `value` goes with value (what the field says) and with
    subscriber (an id). Seconds are the desk's own clock: from shown to the first key, and those of attention in all.
    """

    __table_args__ = (Index("ix_answer_question", "exception_id", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    exception_id: int = Field(foreign_key="exception.id", index=True)
    response_id: int | None = Field(default=None, foreign_key="response.id", index=True)
    person: str = Field(index=True)
    word: str
    value: Any = Field(default=None, sa_column=Column(JSON))
    at: dt.datetime = Field(index=True)
    undone_at: dt.datetime | None = None
    first_key_s: float | None = None
    active_s: float
    keys: int
