"""What persons have mended on pages."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class PageRepair(SQLModel, table=True):
    """One person's word on a page, which stands until it is taken back; of two on one thing the later holds.

    `what` and its `value`: ``turn`` degrees clockwise; ``place`` the template and four points (see cases.repairs);
    ``code`` the printed reference; ``kind`` foreign or blank; ``bound`` split or join, at the page before;
    ``whole`` true: all pages of its document are one response.
    """

    __tablename__ = "page_repair"

    id: int | None = Field(default=None, primary_key=True)
    page_id: int = Field(foreign_key="page.id", index=True)
    what: str
    value: Any = Field(default=None, sa_column=Column(JSON))
    person: str = Field(index=True)
    at: dt.datetime
    undone_at: dt.datetime | None = None
    undone_by: str | None = None
