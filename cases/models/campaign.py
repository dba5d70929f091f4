"""Campaigns and the forms mailed for them."""

import datetime as dt

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel, UniqueConstraint


class Campaign(SQLModel, table=True):
    """A mailing with offers, dates (both days included) and the key that signs its references."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    code: str = Field(unique=True, description="what the printed reference says")
    template: str
    offers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    opens: dt.date | None = None
    closes: dt.date | None = None
    partner: str | None = None
    mailed: int | None = Field(default=None, description="length of the mailing list; unknown until one is brought in")
    signing_key: bytes


class Mailing(SQLModel, table=True):
    """One printed form for one subscriber."""

    __table_args__ = (UniqueConstraint("campaign_id", "subscriber_id"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    subscriber_id: str = Field(index=True)
