"""The index of the base: keys, token counts and heavy keys, kept in step with the rows in the same transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select
from sqlmodel import Session, col

from matching.bulk import add_to_counts, bulk_insert
from matching.keys import keys_of
from matching.model import COUNTED
from matching.person import Person, fold_person
from matching.schema import BASE_TABLES, MatchHeavy, MatchKey, MatchState, MatchToken, Subscriber
from matching.words import store_words

HEAVY = 200  # subscribers a key; the matcher passes over longer posting lists
_RECOUNT_SHARE = 0.05
_MOST_TOKENS = 500_000  # counts held in memory before they are written
_PROBE = {
    "name": "Åsa von Öhrn-Lindqvist", "street": "Västra Kyrkog.", "house_number": "I4 B lgh 1204",
    "postcode": "SE-123 45", "city": "Malmö",
    "phone": "070-174 06 05", "email": "Asa@example.org", "birth_date": "1980-02-29", "customer_number": "10000370",
}  # fmt: skip
KEY_TABLE, _TOKENS = BASE_TABLES[2], BASE_TABLES[3]
KEY_COLUMNS = ("key", "subscriber_id")

Posting = tuple[int, str]
Owned = tuple[str, Collection[int]]
"""A subscriber's id and keys."""


def scheme() -> str:
    """A fingerprint of how fields are folded and keys are made; it changes when either does."""
    person = fold_person(_PROBE)
    made = repr((person, sorted(keys_of(person)), sorted(tokens_of(person))))
    return hashlib.blake2b(made.encode(), digest_size=8).hexdigest()


def tokens_of(person: Person) -> frozenset[tuple[str, str]]:
    """What `match_token` counts of a person: words of both names, and the rest whole."""
    return frozenset((field, token) for field in COUNTED for token in _tokens(field, getattr(person, field)))


def _tokens(field: str, value: str) -> set[str]:
    if field not in ("first", "last"):
        return {value} if value else set()
    words = {word for word in value.split() if len(word) >= 2}
    return words | {value.replace(" ", "")} if field == "last" and " " in value else words


class TokenCounts:
    """Changes of token counts, gathered until `write`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deltas: Counter[tuple[str, str]] = Counter()
        self._new: dict[str, Counter[str]] = {field: Counter() for field in COUNTED}

    def change(self, former: Person | None, current: Person | None) -> None:
        """One subscriber has become `current`; None stands for not being in the base."""
        if current:
            self._deltas.update(tokens_of(current))
        if former:
            self._deltas.subtract(tokens_of(former))
        if len(self._deltas) > _MOST_TOKENS:
            self.write()

    def add(self, folded: Mapping[str, Iterable[str]]) -> None:
        """Subscribers who are new, given as columns by field."""
        for field, counts in self._new.items():
            counts.update(folded.get(field, ()))
        if sum(map(len, self._new.values())) > _MOST_TOKENS:
            self._split()
            if len(self._deltas) > _MOST_TOKENS:
                self.write()

    def write(self) -> None:
        self._split()
        # In one order, so that two writers never wait for each other.
        rows = sorted((field, token, count) for (field, token), count in self._deltas.items() if count)
        add_to_counts(self._session, _TOKENS, rows)
        if any(count < 0 for _, _, count in rows):
            self._session.execute(delete(MatchToken).where(col(MatchToken.count) <= 0))
        self._deltas.clear()

    def _split(self) -> None:
        for field, counts in self._new.items():
            for value, count in counts.items():
                for token in _tokens(field, value):
                    self._deltas[field, token] += count
            counts.clear()


def add_keys(session: Session, owned: Iterable[Owned]) -> None:
    """Adds keys that are not there yet, in key order: neighbours share a page."""
    bulk_insert(session, KEY_TABLE, KEY_COLUMNS, sorted((key, owner) for owner, keys in owned for key in keys))


def remove_keys(session: Session, postings: Iterable[Posting]) -> None:
    gone = [{"gone_key": key, "gone_id": subscriber} for key, subscriber in sorted(postings)]
    if gone:
        same = and_(col(MatchKey.key) == bindparam("gone_key"), col(MatchKey.subscriber_id) == bindparam("gone_id"))
        session.connection().execute(delete(MatchKey).where(same), gone)


def note_change(session: Session, changed: int) -> bool:
    """Counts heavy keys and stores the words anew once 5 % of the base has changed since then; whether it did."""
    total = int(state_of(session, "changed") or 0) + changed
    size = base_size(session)
    recount = total > _RECOUNT_SHARE * size
    if recount:
        count_heavy_keys(session)
        store_words(session)
        total = 0
    set_state(session, "changed", str(total))
    set_state(session, "size", str(size))
    set_state(session, "changes", str(int(state_of(session, "changes") or 0) + changed))
    return recount


def count_heavy_keys(session: Session) -> None:
    """Counts which keys more than `HEAVY` subscribers share, in one pass over the index."""
    key, count = col(MatchKey.key), func.count()
    heavy = session.execute(select(key, count).group_by(key).having(count > HEAVY)).all()
    session.execute(delete(MatchHeavy))
    bulk_insert(session, BASE_TABLES[4], ("key", "count"), [tuple(row) for row in heavy])


def state_of(session: Session, name: str) -> str | None:
    return session.execute(select(col(MatchState.value)).where(col(MatchState.name) == name)).scalar()


def set_state(session: Session, name: str, value: str) -> None:
    session.execute(delete(MatchState).where(col(MatchState.name) == name))
    session.execute(insert(MatchState), {"name": name, "value": value})


def base_size(session: Session) -> int:
    """How many subscribers there are, active or not."""
    return int(session.execute(select(func.count()).select_from(Subscriber)).scalar_one())


def pages(session: Session, columns: Iterable[Any], size: int = 5_000) -> Iterator[list[Any]]:
    """All subscribers in the order of their ids, `size` at a time; `columns` begin with the id."""
    wanted, last = list(columns), ""
    while rows := session.execute(select(*wanted).where(wanted[0] > last).order_by(wanted[0]).limit(size)).all():
        yield list(rows)
        last = rows[-1][0]
