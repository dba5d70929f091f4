"""What persons decided on readings: the evidence on which thresholds are chosen."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel, UniqueConstraint


class Keyed(SQLModel, table=True):
    """One person's word on one reading, beside what the machine had offered, and how sure of it it was.

    Template, reader and the rest are copied from the reading, so that a row tells on its own what it is evidence of.
    """

    __table_args__ = (UniqueConstraint("reading_id", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    reading_id: int = Field(foreign_key="reading.id")
    template: str
    field: str
    kind: str
    family: str | None = Field(default=None, index=True, description="fields that share a curve and a threshold")
    reader: str
    offered: Any = Field(default=None, sa_column=Column(JSON))
    confidence: float
    threshold: float | None = None
    said: Any = Field(default=None, sa_column=Column(JSON))
    right: bool = Field(description="whether the machine had offered what the person said")
    person: str
    at: dt.datetime
    active_s: float = Field(description="seconds for which the person looked at it")
