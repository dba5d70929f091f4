"""Seals over the heads of all chains, and what a time-stamp authority said of them."""

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Seal(SQLModel, table=True):
    """The head (number of entries, hash) of each chain that grew since the seal before; signed with Ed25519.

    `day` is the day (ISO 8601) that it closes, empty where it closes a batch. The database refuses UPDATE and DELETE.
    """

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str
    day: str = ""
    heads: dict[str, list[int | str]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str = Field(unique=True, max_length=64)
    hash: str = Field(unique=True, max_length=64)
    key_id: str = Field(max_length=32)
    signature: str = Field(description="hexadecimal, over the hash")


class SealStamp(SQLModel, table=True):
    """An RFC 3161 time-stamp response (DER) over the bytes of a seal's hash; `root` (PEM) is what it was checked by."""

    __tablename__ = "seal_stamp"

    number: int = Field(primary_key=True, foreign_key="seal.number", sa_column_kwargs={"autoincrement": False})
    authority: str
    root: str
    token: bytes


class Sealed(SQLModel, table=True):
    """Up to which entry a seal holds a chain; made of the seals, and no evidence itself."""

    name: str = Field(primary_key=True, max_length=120)
    seq: int
