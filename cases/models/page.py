"""Pages of documents and what was read on them."""

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel, UniqueConstraint


class Page(SQLModel, table=True):
    """One page image; number 0 stands for a file that could not be opened at all.

    `read_with` are the ids of the repairs with which it was read.
    """

    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id")
    number: int
    template: str | None = None
    template_hash: str | None = None
    language: str | None = None
    registered: bool = False
    reason: str | None = None
    reason_code: str | None = None
    residual_mm: float | None = None
    method: str | None = None
    rotation: int = 0
    copy_of: str | None = Field(default=None, description="SHA-256 of its picture, where the original is gone")
    read_with: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    ms: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class FieldReading(SQLModel, table=True):
    """What the machine read in one field; `crop` is the SHA-256 of its picture in the store.

    A reading that a later look at the page has replaced stays, with no `page_id` but with the `former_page_id`.
    """

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("page_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    page_id: int | None = Field(foreign_key="page.id")
    former_page_id: int | None = Field(default=None, foreign_key="page.id", index=True)
    name: str
    kind: str
    value: Any = Field(default=None, sa_column=Column(JSON))
    confidence: float
    status: str
    alternatives: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    notes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    reader: str
    family: str | None = Field(default=None, description="fields that share a curve and a threshold")
    threshold: float | None = Field(default=None, description="least confidence at which it was taken")
    box: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    crop: str | None = None
