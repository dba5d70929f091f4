"""The base in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from matching.bulk import bytes_of
from matching.index import scheme, state_of
from matching.schema import BASE_TABLES, MatchHeavy, MatchKey, MatchToken, Subscriber, SubscriberAlias


@dataclass(frozen=True, slots=True)
class BaseStats:
    """Rows of each kind; `tokens` are the distinct ones of each field, `bytes` the space of tables and indexes.

    SQLite tells only the space of the whole database. `index_current` is False while keys wait to be made anew.
    """

    subscribers: int
    active: int
    former_values: int
    keys: int
    keys_a_subscriber: float
    heavy_keys: int
    tokens: dict[str, int]
    bytes: dict[str, int]
    index_current: bool


def stats_of(session: Session) -> BaseStats:
    """Counts everything, which takes seconds on a base of millions."""
    subscribers, keys = _count(session, Subscriber), _count(session, MatchKey)
    per_field = (
        select(col(MatchToken.field), func.count()).group_by(col(MatchToken.field)).order_by(col(MatchToken.field))
    )
    return BaseStats(
        subscribers=subscribers,
        active=_count(session, Subscriber, col(Subscriber.active).is_(True)),
        former_values=_count(session, SubscriberAlias),
        keys=keys,
        keys_a_subscriber=round(keys / subscribers, 1) if subscribers else 0.0,
        heavy_keys=_count(session, MatchHeavy),
        tokens={row[0]: row[1] for row in session.execute(per_field)},
        bytes=bytes_of(session, BASE_TABLES),
        index_current=state_of(session, "scheme") == scheme(),
    )


def _count(session: Session, table: type[Any], *where: ColumnElement[bool]) -> int:
    return int(session.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
