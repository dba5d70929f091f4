"""The subscriber base: its two tables. Rows come in through `import_subscribers` (matching/importing.py)."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

import matching.metadata  # noqa: F401  # isort: skip  # constraint names must be set before the first table


class Subscriber(SQLModel, table=True):
    """A row of the customer base as it was delivered, and the folded form of each field beside it."""

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

    folded_first: str = ""
    folded_last: str = Field(default="", index=True)
    folded_street: str = ""
    folded_number: str = ""
    folded_postcode: str = ""
    folded_city: str = ""
    folded_phone: str = ""
    folded_email: str = ""
    folded_birth_date: str = ""
    folded_customer_number: str = ""


class MatchKey(SQLModel, table=True):
    """One blocking key of one subscriber: a signed 64-bit hash; the primary key is the covering index."""

    __tablename__ = "match_key"
    __table_args__ = {"sqlite_with_rowid": False}

    key: int = Field(sa_type=BigInteger, primary_key=True)
    subscriber_id: str = Field(primary_key=True, foreign_key="subscriber.id", ondelete="CASCADE", index=True)


from matching.importing import ImportReport, import_subscribers  # noqa: E402  (it needs the tables above)

__all__ = ["ImportReport", "MatchKey", "Subscriber", "import_subscribers"]
