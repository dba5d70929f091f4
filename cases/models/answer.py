"""What persons answered at the desk, and how long it took them."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel


class Answer(SQLModel, table=True):
    """One person's answer to one exception. Taken back, it stays with the moment when it was undone.

    `word` is value, unreadable, subscriber, nobody, yes or no; `value` goes with value (what the field says) and with
    subscriber (an id). Seconds are the desk's own clock: from shown to the first key, and those of attention in all.
    Of answers that were given together as a group the clock and the keys tell the group's, shared out evenly.
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
    keys: float
    group_id: int | None = Field(default=None, foreign_key="answer_group.id", index=True)


class AnswerGroup(SQLModel, table=True):
    """Questions that one person confirmed together: what the clock measured and the keys pressed for all of them.

    `answers` counts those that were taken, each of which bears an equal share of the time and the keys.
    """

    __tablename__ = "answer_group"

    id: int | None = Field(default=None, primary_key=True)
    person: str
    alike: str
    answers: int
    at: dt.datetime
    first_key_s: float | None = None
    active_s: float
    keys: int
