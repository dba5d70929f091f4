"""Which documents an audit bag is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from cases.models import Batch, Campaign, Case, Document, Mailing, Response, StatementLine

_AT_ONCE = 500


class UnknownScopeError(LookupError):
    """There is nothing of that name; the message says so."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Documents of a batch, of a day (UTC, when they arrived), a campaign (code or name), a partner, a channel, or
    of the cases of a settlement statement.

    What is None does not choose; at least one is given.
    """

    batch: str | None = None
    date: dt.date | None = None
    campaign: str | None = None
    partner: str | None = None
    channel: str | None = None
    statement: int | None = None

    def __str__(self) -> str:
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)

    def documents(self, session: Session) -> list[int]:
        """The ids of its documents that are in a batch, with those of the same cases, in order.

        Raises UnknownScopeError where there is none.
        """
        query = select(Document.id).where(col(Document.batch_id).is_not(None))
        if self.batch is not None:
            if session.get(Batch, self.batch) is None:
                raise UnknownScopeError(f"There is no batch {self.batch}.")
            query = query.where(Document.batch_id == self.batch)
        if self.date is not None:
            query = query.where(func.date(Document.received_at) == self._day(session))
        if self.channel is not None:
            query = query.where(Document.channel == self.channel)
        if self.partner is not None:
            theirs = select(Response.document_id).join(Case, col(Case.response_id) == Response.id)
            theirs = theirs.where(Case.partner == self.partner)
            query = query.where(or_(col(Document.partner) == self.partner, col(Document.id).in_(theirs)))
        if self.statement is not None:
            settled = select(StatementLine.case_id).where(StatementLine.statement_id == self.statement)
            theirs = select(Response.document_id).join(Case, col(Case.response_id) == Response.id)
            query = query.where(col(Document.id).in_(theirs.where(col(Case.id).in_(settled))))
        if self.campaign is not None:
            query = query.where(col(Document.id).in_(_answers_to(self.campaign)))
        found = [id for id in session.exec(query.order_by(col(Document.id))) if id is not None]
        if not found:
            raise UnknownScopeError(f"There are no documents of {self}.")
        return with_whole_cases(session, found)

    def _day(self, session: Session) -> object:
        return self.date if session.get_bind().dialect.name == "postgresql" else str(self.date)


def with_whole_cases(session: Session, ids: Sequence[int]) -> list[int]:
    """The documents, and those of every other response to their cases, in order.

    A case cannot be drawn again without each response that it rests on.
    """
    found, fresh = set(ids), set(ids)
    while fresh:
        reached: set[int] = set()
        for start in range(0, len(fresh), _AT_ONCE):
            part = sorted(fresh)[start : start + _AT_ONCE]
            cases = select(Response.case_id).where(col(Response.document_id).in_(part))
            beside = select(Response.document_id).where(col(Response.case_id).in_(cases))
            reached |= set(session.exec(beside.distinct()))
        fresh = reached - found
        found |= fresh
    return sorted(found)


def _answers_to(campaign: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  # a subquery
    chosen = select(Campaign.id).where(or_(col(Campaign.code) == campaign, col(Campaign.name) == campaign))
    by_mailing = select(Response.document_id).join(Mailing, col(Response.mailing_id) == Mailing.id)
    by_case = select(Response.document_id).join(Case, col(Case.response_id) == Response.id)
    return by_mailing.where(col(Mailing.campaign_id).in_(chosen)).union(
        by_case.where(col(Case.campaign_id).in_(chosen))
    )
