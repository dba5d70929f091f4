"""The append-only record of every event."""

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class LedgerEvent(SQLModel, table=True):
    """One event. `previous` is UNIQUE: two writers can never append to the same link of the chain.

    `at` is ISO 8601 text, as it is part of what was hashed.
    """

    __tablename__ = "ledger"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    tag: str = Field(index=True)
    subject: str = Field(index=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: str
    previous: str = Field(unique=True, max_length=64)
    hash: str = Field(unique=True, max_length=64)
