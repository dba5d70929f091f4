"""Answers whose truth was found out by other means: the evidence on how often machine and persons are right."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Checked(SQLModel, table=True):
    """One standing answer beside what holds in the end; made anew from the answers whenever one of them changes.

    `said` and `truth` are None for writing that cannot be read. `right` is None while nothing is settled yet;
    `machine_right` is set for samples alone, as other questions are asked where the machine is weak.
    """

    id: int | None = Field(default=None, primary_key=True)
    answer_id: int = Field(foreign_key="answer.id", unique=True)
    response_id: int = Field(foreign_key="response.id", index=True)
    reading_id: int = Field(foreign_key="reading.id", index=True)
    person: str = Field(index=True)
    purpose: str = Field(index=True)
    template: str
    field: str
    kind: str
    reader: str
    machine: Any = Field(default=None, sa_column=Column(JSON))
    said: Any = Field(default=None, sa_column=Column(JSON))
    truth: Any = Field(default=None, sa_column=Column(JSON))
    right: bool | None = None
    machine_right: bool | None = None
    at: dt.datetime


class Secret(SQLModel, table=True):
    """Random bytes of this installation, made with its tables."""

    name: str = Field(primary_key=True)
    value: bytes
