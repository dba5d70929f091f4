"""The product's own lookups on a list: each row asks for itself as a form would, with the keys and the weights in use.

Only the share of true pairs, the weights m and how many share an address are learnt from the list.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from bench.linkage.datasets import Dataset, Linked
from bench.linkage.datasets import Pair as Ids
from matching.base import import_subscribers
from matching.history import persons_of
from matching.learn import learn_m, pair_of
from matching.lexicon import Lexicon, load_lexicon
from matching.matcher import Matcher
from matching.query import Evidence, query_of
from matching.score import total
from matching.settings import MatchSettings

_CANDIDATES = 100
_TAUGHT_BY = 20_000
_ROUNDS = 20
_SCORINGS = 3
_ADDRESS = frozenset({"street", "number"})
Bars = tuple[Evidence, ...]


def lookup_pairs(dataset: Dataset) -> Linked:
    """The probability of each pair that shares a key: its score in the matcher, and how many pairs are true by EM."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        import_subscribers(session, dataset.rows)
        session.commit()
        lexicon = load_lexicon(session)
        found = _found(session, dataset, lexicon)
        # at first nobody but the same person is taken to live at an address
        alone = replace(lexicon, model=replace(lexicon.model, residents=1 / len(dataset.rows)))
        taught = _taught(session, dataset, sorted(found), alone)
        chances: dict[Ids, float] = {}
        for _ in range(_SCORINGS):
            bars = _evidence(session, dataset, found, taught)
            chances = _chances({pair: total(told) for pair, told in bars.items()}, len(dataset.rows))
            taught = _with_residents(taught, bars, chances, len(dataset.rows))
    engine.dispose()
    return Linked(chances)


def _found(session: Session, dataset: Dataset, lexicon: Lexicon) -> dict[Ids, float]:
    """Pairs that share a key, and their scores with the model that is shipped."""
    matcher = Matcher(session, MatchSettings(candidates=_CANDIDATES), lexicon)
    scores: dict[Ids, float] = {}
    for row in dataset.rows:
        for one in matcher.rank(query_of(row)):
            pair = (min(row["id"], one.subscriber_id), max(row["id"], one.subscriber_id))
            if one.subscriber_id != row["id"] and dataset.may_link(pair):
                scores[pair] = max(one.score, scores.get(pair, -math.inf))
    return scores


def _taught(session: Session, dataset: Dataset, pairs: list[Ids], lexicon: Lexicon) -> Lexicon:
    """The lexicon with a model that has learnt from these pairs how entries of one person differ here."""
    people = persons_of(session, [row["id"] for row in dataset.rows])
    chosen = random.Random(1).sample(pairs, min(len(pairs), _TAUGHT_BY))
    learnt = learn_m([pair_of(people[one], people[other], lexicon) for one, other in chosen], lexicon.model)
    return replace(lexicon, model=learnt.model)


def _evidence(session: Session, dataset: Dataset, pairs: Mapping[Ids, float], lexicon: Lexicon) -> dict[Ids, Bars]:
    """The same pairs seen by the model that has learnt from them; either of the two may have been the query."""
    matcher = Matcher(session, MatchSettings(candidates=_CANDIDATES), lexicon)
    partners: dict[str, list[str]] = {row["id"]: [] for row in dataset.rows}
    for one, other in pairs:
        partners[one].append(other)
        partners[other].append(one)
    found: dict[Ids, Bars] = {}
    for row in dataset.rows:
        for other, bars in matcher.evidence(query_of(row), partners[row["id"]]).items():
            pair = (min(row["id"], other), max(row["id"], other))
            if pair not in found or total(bars) > total(found[pair]):
                found[pair] = bars
    return found


def _with_residents(lexicon: Lexicon, bars: Mapping[Ids, Bars], chances: Mapping[Ids, float], rows: int) -> Lexicon:
    """How many others live at an address: counted without the second entries of the same person."""
    strangers = sum(1 - chances[pair] for pair, told in bars.items() if _agreeing(told) >= _ADDRESS)
    return replace(lexicon, model=replace(lexicon.model, residents=2 * (strangers + 0.5) / rows))


def _agreeing(bars: Bars) -> frozenset[str]:
    return frozenset(one.field for one in bars if one.weight > 0)


def _chances(scores: Mapping[Ids, float], rows: int) -> dict[Ids, float]:
    everything = rows * (rows - 1) / 2
    share = rows / everything / 2
    chances: dict[Ids, float] = {}
    for _ in range(_ROUNDS):
        prior = math.log2(share / (1 - share))
        chances = {pair: 1 / (1 + 2 ** min(1000.0, -(score + prior))) for pair, score in scores.items()}
        share = min(0.5, max(1 / everything, sum(chances.values()) / everything))
    return chances
