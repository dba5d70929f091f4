"""Documents as they arrived, and the batches that process them."""

import datetime as dt

from sqlmodel import Field, SQLModel


class Batch(SQLModel, table=True):
    """Documents of one source processed together: queued -> running -> done or failed."""

    id: str = Field(primary_key=True, max_length=32)
    source: str = Field(index=True)
    channel: str
    state: str = Field(default="queued", index=True)
    attempt: int = 0
    lease_owner: str | None = None
    lease_until: dt.datetime | None = None
    documents: int = 0
    created_at: dt.datetime
    finished_at: dt.datetime | None = None


class Document(SQLModel, table=True):
    """One file, known by the SHA-256 of its bytes: received -> reading -> done or rejected.

    One that a person has mended goes from there to repaired, and from that to reading again.
    """

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True, max_length=64)
    name: str
    bytes: int
    channel: str
    partner: str | None = None
    source: str = Field(index=True)
    state: str = Field(default="received", index=True)
    reason: str | None = None
    reason_code: str | None = None
    pages: int | None = Field(default=None, description="how many the file has; unknown until it is opened")
    received_at: dt.datetime
    batch_id: str | None = Field(default=None, foreign_key="batch.id", index=True)
    gone: str | None = Field(default=None, description="why the original is not kept any more: erased or expired")
