"""What partners earn: terms, what became of cases, statements with their lines, and disputes."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Index, String, TypeDecorator, text
from sqlmodel import Field, SQLModel, UniqueConstraint


class Money(TypeDecorator[Decimal]):
    """A decimal kept as text: SQLite's numbers are binary fractions."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class CommissionTerms(SQLModel, table=True):
    """Terms as they were brought in. Of one partner and day the latest row holds; none is ever changed."""

    __tablename__ = "commission_terms"

    id: int | None = Field(default=None, primary_key=True)
    partner: str = Field(index=True)
    valid_from: dt.date
    hash: str = Field(max_length=64)
    terms: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    added_by: str
    added_at: dt.datetime


class CaseOutcome(SQLModel, table=True):
    """What became of a case on a day, as reported; of one case, word and day the latest row holds.

    Partner and offer are the case's own at that moment, so that an old statement comes out the same for ever.
    """

    __tablename__ = "case_outcome"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    what: str = Field(description="retained or lost")
    on: dt.date
    holds: bool = True
    partner: str | None = Field(default=None, index=True)
    offer: str | None = None
    recorded_by: str
    recorded_at: dt.datetime


class Statement(SQLModel, table=True):
    """What one partner earned in a month (its first day): proposed -> approved, or -> withdrawn.

    `known_outcome` and `known_terms` are the newest rows that it was computed from: with them it can be computed again
    to the cent. `digest` is the SHA-256 of its lines.
    """

    __table_args__ = (
        Index(
            "ix_statement_standing",
            "partner",
            "month",
            unique=True,
            sqlite_where=text("state <> 'withdrawn'"),
            postgresql_where=text("state <> 'withdrawn'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    partner: str
    month: dt.date
    state: str = "proposed"
    currency: str
    total: Decimal = Field(sa_column=Column(Money, nullable=False))
    lines: int
    digest: str = Field(max_length=64)
    known_outcome: int
    known_terms: int
    proposed_by: str
    proposed_at: dt.datetime
    decided_by: str | None = None
    decided_at: dt.datetime | None = None


class StatementLine(SQLModel, table=True):
    """One amount for one case. `of` and `of_month` say which commission or clawback a correction corrects."""

    __tablename__ = "statement_line"
    __table_args__ = (
        UniqueConstraint("statement_id", "number"),
        UniqueConstraint("statement_id", "case_id", "of", "of_month"),
    )

    id: int | None = Field(default=None, primary_key=True)
    statement_id: int = Field(foreign_key="statement.id")
    number: int
    case_id: int = Field(foreign_key="case.id", index=True)
    kind: str
    of: str
    of_month: dt.date
    amount: Decimal = Field(sa_column=Column(Money, nullable=False))
    terms: str = Field(max_length=64)
    sentence: str
    evidence: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Dispute(SQLModel, table=True):
    """What a partner says against a line: open -> settled, with the answer."""

    id: int | None = Field(default=None, primary_key=True)
    line_id: int = Field(foreign_key="statement_line.id", index=True)
    text: str
    raised_by: str
    raised_at: dt.datetime
    answer: str | None = None
    answered_by: str | None = None
    answered_at: dt.datetime | None = None
