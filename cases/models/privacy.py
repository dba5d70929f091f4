"""Data protection: what must not be erased, who saw what, and the consent that somebody gave."""

import datetime as dt

from sqlmodel import Field, SQLModel, UniqueConstraint


class LegalHold(SQLModel, table=True):
    """While it stands, nothing of the subscriber is erased or expires."""

    __tablename__ = "legal_hold"

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: str = Field(index=True)
    reason: str
    placed_by: str
    placed_at: dt.datetime
    lifted_by: str | None = None
    lifted_at: dt.datetime | None = None


class Access(SQLModel, table=True):
    """Somebody saw a document (its pages, crops, cases) within an hour; `hour` is its beginning (UTC)."""

    __table_args__ = (UniqueConstraint("document_id", "login", "hour"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int
    login: str
    hour: dt.datetime = Field(index=True)


class Consent(SQLModel, table=True):
    """What a response says about consent, with the words that stood on the form; `crop` is the picture of the box."""

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="response.id", unique=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    subscriber_id: str | None = Field(default=None, index=True)
    given: bool
    field: str
    wording: str
    language: str
    template: str
    template_hash: str
    crop: str | None = None
    received_at: dt.datetime
