"""Who shares a blocking key with the query: a bounded number, those with the rarest keys first."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from matching.base import MatchKey, Subscriber
from matching.keys import query_keys
from matching.settings import MatchSettings
from matching.variants import FoldedQuery

_KEYS_A_STATEMENT = 400


def find_candidates(session: Session, query: FoldedQuery, settings: MatchSettings) -> list[Subscriber]:
    """At most `settings.candidates` subscribers, ranked by the summed rarity of the keys they share."""
    keys = frozenset(itertools.chain.from_iterable(query_keys(person) for person in query.persons()))
    sizes = _posting_sizes(session, keys)
    light = [key for key, size in sizes.items() if size <= settings.heavy_key]
    # Where every key is common (a bare common name) the rarest still tells that there are many.
    chosen = light or sorted(sizes, key=lambda key: sizes[key])[:1]
    rarity: dict[str, float] = defaultdict(float)
    for key, subscriber in _postings(session, chosen, settings.heavy_key):
        rarity[subscriber] += 1 / math.log2(1 + sizes[key])
    ids = sorted(rarity, key=lambda found: (-rarity[found], found))[: settings.candidates]
    rows = {row.id: row for row in session.exec(select(Subscriber).where(col(Subscriber.id).in_(ids)))}
    return [rows[found] for found in ids if found in rows]


def _posting_sizes(session: Session, keys: Iterable[int]) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for part in _parts(sorted(keys)):
        count = select(MatchKey.key, func.count()).where(col(MatchKey.key).in_(part)).group_by(col(MatchKey.key))
        sizes.update((key, size) for key, size in session.exec(count))
    return sizes


def _postings(session: Session, keys: list[int], heavy: int) -> Iterable[tuple[int, str]]:
    for part in _parts(keys):
        rows = select(MatchKey.key, MatchKey.subscriber_id).where(col(MatchKey.key).in_(part))
        yield from session.exec(rows.limit(heavy * len(part)))


def _parts(keys: list[int]) -> Iterable[list[int]]:
    return (keys[i : i + _KEYS_A_STATEMENT] for i in range(0, len(keys), _KEYS_A_STATEMENT))
