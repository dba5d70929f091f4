"""Cases found by what they are, a page at a time, as quick at the last page as at the first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases.models import Campaign, Case

MOST = 2**53
"""Numbers above this are none of a case."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the cases must be; None asks for nothing. `about` is a case's number or a subscriber's id.

    The days on which a case was opened are in UTC, both included.
    """

    about: str | None = None
    state: str | None = None
    channel: str | None = None
    partner: str | None = None
    campaign: str | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None


def find_cases(session: Session, wanted: Wanted, *, before: int | None = None, most: int = 50) -> list[Case]:
    """The newest cases that are as wanted, at most `most`, those with a number below `before` where it is given."""
    query = select(Case).order_by(col(Case.id).desc()).limit(most)
    if before is not None:
        query = query.where(col(Case.id) < before)
    if wanted.about is not None:
        is_number = wanted.about.isascii() and wanted.about.isdigit() and int(wanted.about) < MOST
        by_number = select(Case.id).where(Case.id == int(wanted.about)) if is_number else None
        by_sender = select(Case.id).where(Case.subscriber_id == wanted.about)
        ids = by_sender if by_number is None else by_sender.union(by_number)
        query = query.where(col(Case.id).in_(ids))
    for column, value in ((Case.state, wanted.state), (Case.channel, wanted.channel), (Case.partner, wanted.partner)):
        if value is not None:
            query = query.where(col(column) == value)
    if wanted.campaign is not None:
        query = query.where(col(Case.campaign_id).in_(select(Campaign.id).where(Campaign.code == wanted.campaign)))
    if wanted.first_day is not None:
        query = query.where(col(Case.opened_at) >= _start(wanted.first_day))
    if wanted.last_day is not None:
        query = query.where(col(Case.opened_at) < _start(wanted.last_day) + dt.timedelta(days=1))
    return list(session.exec(query))


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
