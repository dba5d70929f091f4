"""What a known subscriber was called and where they lived before: kept, so that an old form still finds them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from matching.keys import keys_of
from matching.person import Person
from matching.rows import FOLDED_COLUMNS
from matching.schema import Subscriber, SubscriberAlias

_KEPT = ("first", "last", "street", "number", "postcode", "city", "phone", "email")
_IDS_A_STATEMENT = 500
_values = attrgetter(*Person.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Change:
    """One known subscriber becomes `current`; `aliases` are what they were before `former`."""

    former: Person
    current: Person
    aliases: frozenset[Person]

    @property
    def leaves_alias(self) -> bool:
        """Whether a name, an address, a phone or an e-mail was lost; one that was only added is no history."""
        lost = (getattr(self.former, field) not in ("", getattr(self.current, field)) for field in _KEPT)
        return any(lost)

    def keys(self) -> tuple[frozenset[int], frozenset[int]]:
        """The keys to add and to remove, so that those of the current person and of all aliases remain."""
        past = {*self.aliases, *([self.former] if self.leaves_alias else [])}
        kept = keys_of(self.current).union(*map(keys_of, past))
        there = keys_of(self.former).union(*map(keys_of, self.aliases))
        return kept - there, there - kept


def persons_of(session: Session, ids: Sequence[str]) -> dict[str, Person]:
    """The folded persons of those ids that are in the base."""
    columns = [getattr(Subscriber, name) for name in FOLDED_COLUMNS]
    found: dict[str, Person] = {}
    for part in parts(ids):
        rows = session.execute(select(col(Subscriber.id), *columns).where(col(Subscriber.id).in_(part)))
        found.update((row[0], Person(*row[1:])) for row in rows)
    return found


def aliases_of(session: Session, ids: Sequence[str]) -> defaultdict[str, frozenset[Person]]:
    """Every former person of each id; empty for most."""
    columns = [getattr(SubscriberAlias, name) for name in FOLDED_COLUMNS]
    owner = col(SubscriberAlias.subscriber_id)
    found: defaultdict[str, frozenset[Person]] = defaultdict(frozenset)
    for part in parts(ids):
        for row in session.execute(select(owner, *columns).where(owner.in_(part))):
            found[row[0]] |= {Person(*row[1:])}
    return found


def keep_aliases(session: Session, changes: Sequence[tuple[str, Change]]) -> int:
    """Stores what was lost, each former person once: how many subscribers left one behind."""
    now = dt.datetime.now(dt.UTC)
    lost = [(owner, change) for owner, change in changes if change.leaves_alias]
    fresh = [(owner, change.former) for owner, change in lost if change.former not in change.aliases]
    if fresh:
        rows = [{"subscriber_id": i, "until": now, **_columns(person)} for i, person in fresh]
        session.execute(insert(SubscriberAlias), rows)
    for owner, change in lost:
        if change.former in change.aliases:
            same = [getattr(SubscriberAlias, name) == value for name, value in _columns(change.former).items()]
            session.execute(
                update(SubscriberAlias).where(col(SubscriberAlias.subscriber_id) == owner, *same).values(until=now)
            )
    return len(lost)


def parts(ids: Sequence[str]) -> list[Sequence[str]]:
    """The ids in portions that a statement of either database takes."""
    return [ids[i : i + _IDS_A_STATEMENT] for i in range(0, len(ids), _IDS_A_STATEMENT)]


def _columns(person: Person) -> dict[str, str]:
    return dict(zip(FOLDED_COLUMNS, _values(person), strict=True))
