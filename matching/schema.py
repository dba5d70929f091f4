"""The tables of the subscriber base: the rows, their former values, and the index that the matcher asks."""

import datetime as dt

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

import matching.metadata  # noqa: F401  # isort: skip  # constraint names must be set before the first table


class Subscriber(SQLModel, table=True):
    """A row of the customer base as it was delivered, and the folded form of each field beside it.

    `content` is a 64-bit hash of the row as delivered: a refresh passes over rows whose hash has not changed. 0 means
    that the next delivery must be compared field by field.
    """

    __tablename__ = "subscriber"

    id: str = Field(primary_key=True)
    first_name: str = ""
    last_name: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    birth_date: str = ""
    customer_number: str = ""
    active: bool = True
    content: int = Field(default=0, sa_type=BigInteger)

    folded_first: str = ""
    folded_last: str = ""
    folded_street: str = ""
    folded_number: str = ""
    folded_postcode: str = ""
    folded_city: str = ""
    folded_phone: str = ""
    folded_email: str = ""
    folded_birth_date: str = ""
    folded_customer_number: str = ""


class SubscriberAlias(SQLModel, table=True):
    """What a subscriber was known by until `until` (UTC): the folded fields, whose keys stay in `match_key`."""

    __tablename__ = "subscriber_alias"

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: str = Field(foreign_key="subscriber.id", ondelete="CASCADE", index=True)
    until: dt.datetime
    folded_first: str = ""
    folded_last: str = ""
    folded_street: str = ""
    folded_number: str = ""
    folded_postcode: str = ""
    folded_city: str = ""
    folded_phone: str = ""
    folded_email: str = ""
    folded_birth_date: str = ""
    folded_customer_number: str = ""


class MatchKey(SQLModel, table=True):
    """One blocking key of one subscriber: a signed 64-bit hash; the primary key is the covering index.

    No foreign key: it would need a second index as big as this one. The keys to delete are computed from the row.
    """

    __tablename__ = "match_key"
    __table_args__ = {"sqlite_with_rowid": False}

    key: int = Field(sa_type=BigInteger, primary_key=True)
    subscriber_id: str = Field(primary_key=True)


class MatchToken(SQLModel, table=True):
    """How many subscribers carry a folded token in a field: first, last, street, city, postcode or birth_date."""

    __tablename__ = "match_token"
    __table_args__ = {"sqlite_with_rowid": False}

    field: str = Field(primary_key=True)
    token: str = Field(primary_key=True)
    count: int


class MatchWords(SQLModel, table=True):
    """The words of one field as `matching.words` stores them: counts and forms are arrays of numbers."""

    __tablename__ = "match_words"

    field: str = Field(primary_key=True)
    words: str
    counts: bytes
    form_hashes: bytes
    form_words: bytes


class MatchHeavy(SQLModel, table=True):
    """A key that more than `matching.index.HEAVY` subscribers share, as last counted."""

    __tablename__ = "match_heavy"

    key: int = Field(sa_type=BigInteger, primary_key=True)
    count: int


class MatchState(SQLModel, table=True):
    """What the index knows of itself: the scheme it was made by, the changes since heavy keys were counted."""

    __tablename__ = "match_state"

    name: str = Field(primary_key=True)
    value: str


BASE_TABLES = tuple(
    SQLModel.metadata.tables[name]
    for name in (
        "subscriber",
        "subscriber_alias",
        "match_key",
        "match_token",
        "match_heavy",
        "match_state",
        "match_words",
    )
)
"""All tables of the base, parents first."""
