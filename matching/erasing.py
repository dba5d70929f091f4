"""A subscriber taken out of the base for good: row, former values, keys and counts, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col

from matching.bulk import lock_base, overwrite_deleted
from matching.history import aliases_of, parts, persons_of
from matching.index import TokenCounts, note_change, remove_keys, tokens_of
from matching.keys import keys_of
from matching.reindexing import make_current
from matching.schema import Subscriber, SubscriberAlias
from matching.words import forget_words


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many subscribers are gone, and which ids nobody had."""

    erased: int
    unknown: tuple[str, ...]


def erase_subscribers(session: Session, ids: Sequence[str]) -> Erasure:
    """Erases the subscribers with these ids. The caller commits; from then on nothing of them is found."""
    wanted = list(dict.fromkeys(ids))
    lock_base(session)
    overwrite_deleted(session)
    make_current(session)
    persons, aliases = persons_of(session, wanted), aliases_of(session, wanted)
    tokens = TokenCounts(session)
    for person in persons.values():
        tokens.change(person, None)
    tokens.write()
    known_as = [(i, one) for i, person in persons.items() for one in (person, *aliases[i])]
    forget_words(session, {token for _, one in known_as for token in tokens_of(one)})
    remove_keys(session, {(key, i) for i, one in known_as for key in keys_of(one)})
    for part in parts(list(persons)):
        session.execute(delete(SubscriberAlias).where(col(SubscriberAlias.subscriber_id).in_(part)))
        session.execute(delete(Subscriber).where(col(Subscriber.id).in_(part)))
    note_change(session, len(persons))
    return Erasure(len(persons), tuple(i for i in wanted if i not in persons))
