"""Who works here: persons with roles, their sessions and tokens. Of every secret only its hash is kept."""

import datetime as dt

from sqlmodel import Field, SQLModel, UniqueConstraint


class Person(SQLModel, table=True):
    """Somebody who signs in; `role` is clerk, supervisor, auditor or admin.

    `issuer` and `subject` name whoever comes through an OpenID Connect provider.
    """

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: str
    language: str = "en"
    password: str | None = Field(default=None, description="Argon2id hash")
    active: bool = True
    created_at: dt.datetime
    issuer: str | None = None
    subject: str | None = None


class WebSession(SQLModel, table=True):
    """A signed-in browser, known by the SHA-256 of its cookie."""

    __tablename__ = "web_session"

    id: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", index=True)
    expires_at: dt.datetime


class ApiToken(SQLModel, table=True):
    """A program's key, known by its SHA-256; it may do what its person may."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", index=True)
    label: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    last_used_on: dt.date | None = None


class Invitation(SQLModel, table=True):
    """A link that makes one person, once."""

    id: str = Field(primary_key=True, max_length=64)
    role: str
    expires_at: dt.datetime
    used_at: dt.datetime | None = None
