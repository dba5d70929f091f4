"""The append-only record of every event, and what it takes to open its commitments."""

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class LedgerEvent(SQLModel, table=True):
    """One event of one chain. `previous` is UNIQUE: two writers can never append to the same link.

    `at` is ISO 8601 text, as it is part of what was hashed. `before` and `after` hold commitments by name, never
    values; None there means that the thing is gone. The database refuses UPDATE and DELETE.
    """

    __tablename__ = "ledger"

    chain: str = Field(primary_key=True, max_length=120)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str
    who: str = Field(default="", description="person:LOGIN, or a machine with its version")
    tag: str = Field(index=True)
    subject: str = Field(index=True)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    before: dict[str, str | None] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, str | None] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str = Field(unique=True, max_length=64)
    hash: str = Field(unique=True, max_length=64)


class Chain(SQLModel, table=True):
    """Where a chain ends; made of the entries, and no evidence itself."""

    name: str = Field(primary_key=True, max_length=120)
    seq: int
    hash: str = Field(max_length=64)


class Commitment(SQLModel, table=True):
    """The salt (hexadecimal) and the value behind one commitment of the ledger; erasing a person deletes their rows."""

    digest: str = Field(primary_key=True, max_length=64)
    entry: str = Field(index=True, max_length=64, description="hash of the entry that made it")
    name: str = Field(index=True)
    salt: str = Field(max_length=32)
    value: Any = Field(default=None, sa_column=Column(JSON))
    response_id: int | None = Field(default=None, index=True)
    subscriber_id: str | None = Field(default=None, index=True)


class Latest(SQLModel, table=True):
    """Which commitment is the present one of a row; made of the entries, and no evidence itself."""

    name: str = Field(primary_key=True, description="as in case:12")
    digest: str = Field(max_length=64)
