"""The subscribers behind some ids, as they are now and as they were before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, null, select, union_all
from sqlmodel import Session, col

from matching.person import Person
from matching.query import Evidence
from matching.rows import FOLDED_COLUMNS
from matching.schema import Subscriber, SubscriberAlias
from matching.score import Scorer, total

_FORMER = Evidence("former", "exact", -2.0, "a former name, address or number of the subscriber agrees")
"""One in four of those with a history still writes what was."""
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_NOW = select(
    col(Subscriber.id), col(Subscriber.active), *(getattr(Subscriber, name) for name in FOLDED_COLUMNS)
).where(col(Subscriber.id).in_(_IDS))
_BEFORE = select(
    col(SubscriberAlias.subscriber_id), null(), *(getattr(SubscriberAlias, name) for name in FOLDED_COLUMNS)
).where(col(SubscriberAlias.subscriber_id).in_(_IDS))
_BOTH = union_all(_NOW, _BEFORE)


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
    # the statement is made once: making it anew costs more than the database takes
    for id, active, *folded in session.execute(_BOTH, {"ids": list(ids)}) if ids else ():
        if active is None:
            before.setdefault(id, []).append(Person(*folded))
        else:
            now[id] = (bool(active), Person(*folded))
    return [Known(id, *now[id], tuple(before.get(id, ()))) for id in ids if id in now]
