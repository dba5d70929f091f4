"""Who shares a key with the query: a bounded number, those who share the most telling keys first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import Select, select
from sqlmodel import Session, col

from matching.bulk import kind_of, one_of
from matching.index import KEY_TABLE
from matching.lexicon import Lexicon
from matching.probes import Probe
from matching.schema import MatchKey

_KEYS_A_STATEMENT = 400
_ROWS_A_KEY = 40
"""Rows fetched a key on average at most, should keys have grown common since they were counted."""
_COMPARED, _LEAST_TOLD = 10, 0.4
"""So many are always compared; of the others, those about whom the keys tell this share of the most told of anybody."""


def find_candidates(session: Session, asked: Sequence[Probe], lexicon: Lexicon, count: int) -> list[str]:
    """The ids of at most `count` subscribers, ranked by how much the keys tell that they share with the query.

    One key of each kind counts. Keys that very many share are not looked up, unless the query has no other. Where more
    than `count` share a key, who has nothing but a common name in common with it is left out if others share far more.
    """
    light = [probe for probe in asked if probe.key not in lexicon.heavy]
    postings = _postings(session, light)
    if not postings and (heavy := [probe for probe in asked if probe.key in lexicon.heavy]):
        rarest = min(heavy, key=lambda probe: lexicon.heavy[probe.key])
        postings = {rarest.key: _first(session, rarest.key, count)}
    told: dict[str, dict[str, float]] = defaultdict(dict)
    for probe in asked:
        found = postings.get(probe.key, ())
        bits = math.log2(max(lexicon.size, 2) / (len(found) or 1)) - probe.cost
        for subscriber in found:
            kinds = told[subscriber]
            kinds[probe.kind] = max(bits, kinds.get(probe.kind, 0.0))
    return _most_told({found: sum(kinds.values()) for found, kinds in told.items()}, count)


def _most_told(bits: Mapping[str, float], count: int) -> list[str]:
    ranked = sorted(bits, key=lambda found: (-bits[found], found))[:count]
    # nobody is left out of a few: a doubt that was not compared would be missing from the posterior
    if len(ranked) == len(bits):
        return ranked
    least = _LEAST_TOLD * bits[ranked[0]] if ranked else 0.0
    return [found for place, found in enumerate(ranked) if place < _COMPARED or bits[found] >= least]


def _postings(session: Session, asked: Sequence[Probe]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    statement = _statement(kind_of(session))
    for part in _parts(sorted(probe.key for probe in asked)):
        for key, subscriber in session.execute(statement, {"keys": part}):
            found[key].append(subscriber)
    return found


@cache
def _statement(kind: str) -> Select[int, str]:
    """Made once: making it anew costs more than the database takes."""
    those = one_of(KEY_TABLE.c.key, "keys", kind)
    return select(col(MatchKey.key), col(MatchKey.subscriber_id)).where(those).limit(_ROWS_A_KEY * _KEYS_A_STATEMENT)


def _first(session: Session, key: int, count: int) -> list[str]:
    some = select(col(MatchKey.subscriber_id)).where(col(MatchKey.key) == key).limit(count)
    return list(session.execute(some).scalars())


def _parts(keys: list[int]) -> Iterable[list[int]]:
    return (keys[i : i + _KEYS_A_STATEMENT] for i in range(0, len(keys), _KEYS_A_STATEMENT))
