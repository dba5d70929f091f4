"""The subscribers behind some ids, as they are now and as they were before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, null, select, union_all
from sqlmodel import Session, col

from matching.bulk import kind_of, one_of
from matching.person import Person
from matching.query import Evidence
from matching.rows import FOLDED_COLUMNS
from matching.schema import BASE_TABLES, Subscriber, SubscriberAlias
from matching.score import Scorer, total

_SUBSCRIBERS, _ALIASES = BASE_TABLES[:2]
_FORMER = Evidence("former", "exact", -2.0, "a former name, address or number of the subscriber agrees")
"""One in four of those with a history still writes what was."""


@dataclass(frozen=True, slots=True)
class Known:
    """A subscriber as now, and as they were before."""

    id: str
    active: bool
    person: Person
    former: tuple[Person, ...] = ()

    def evidence(self, scorer: Scorer) -> tuple[Evidence, ...]:
        """How the query compares with what the subscriber is, or was where that fits better."""
        now = scorer.evidence(self.person)
        past = [(*scorer.evidence(person), _FORMER) for person in self.former]
        return max((now, *past), key=total)


def known_by(session: Session, ids: Sequence[str]) -> list[Known]:
    """The subscribers with these ids, in this order; unknown ids are left out."""
    now: dict[str, tuple[bool, Person]] = {}
    before: dict[str, list[Person]] = {}
    found = session.execute(_statement(kind_of(session)), {"ids": list(ids)}) if ids else ()
    for id, active, *folded in found:
        if active is None:
            before.setdefault(id, []).append(Person(*folded))
        else:
            now[id] = (bool(active), Person(*folded))
    return [Known(id, *now[id], tuple(before.get(id, ()))) for id in ids if id in now]


@cache
def _statement(kind: str) -> CompoundSelect[Any]:
    """Those who are in the base, and what they were before, which has no `active`. Made once: that takes a while."""
    folded, former = ([getattr(table, name) for name in FOLDED_COLUMNS] for table in (Subscriber, SubscriberAlias))
    now = select(col(Subscriber.id), col(Subscriber.active), *folded)
    before = select(col(SubscriberAlias.subscriber_id), null(), *former)
    return union_all(
        now.where(one_of(_SUBSCRIBERS.c.id, "ids", kind)),
        before.where(one_of(_ALIASES.c.subscriber_id, "ids", kind)),
    )
