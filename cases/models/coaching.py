"""Notes that a supervisor leaves for a person."""

import datetime as dt

from sqlmodel import Field, SQLModel


class CoachNote(SQLModel, table=True):
    """`person` and `author` are logins; `answer_id` is the decision that it is about, if it is about one."""

    __tablename__ = "coach_note"

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(index=True)
    author: str
    answer_id: int | None = Field(default=None, foreign_key="answer.id")
    text: str
    follow_up: dt.date | None = None
    at: dt.datetime
    done_at: dt.datetime | None = None
