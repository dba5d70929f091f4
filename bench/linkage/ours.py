"""Our matcher on a set with duplicates: every row asks for itself, and the pairs get one probability."""

from __future__ import annotations

import math

from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from bench.linkage.datasets import Dataset, Pair
from matching.base import import_subscribers
from matching.matcher import Matcher
from matching.query import query_of
from matching.settings import MatchSettings

_CANDIDATES = 100
_ROUNDS = 20


def our_pairs(dataset: Dataset) -> dict[Pair, float]:
    """The probability of each pair that shares a key. The share of true pairs is found by EM, without labels."""
    scores = _scores(dataset)
    count = len(dataset.rows)
    everything = count * (count - 1) / 2
    share = count / everything / 2
    chances: dict[Pair, float] = {}
    for _ in range(_ROUNDS):
        prior = math.log2(share / (1 - share))
        chances = {pair: 1 / (1 + 2 ** min(1000.0, -(score + prior))) for pair, score in scores.items()}
        share = min(0.5, max(1 / everything, sum(chances.values()) / everything))
    return chances


def _scores(dataset: Dataset) -> dict[Pair, float]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    scores: dict[Pair, float] = {}
    with Session(engine) as session:
        import_subscribers(session, dataset.rows)
        session.commit()
        matcher = Matcher(session, MatchSettings(candidates=_CANDIDATES))
        for row in dataset.rows:
            for found in matcher.rank(query_of(row)):
                if found.subscriber_id != row["id"]:
                    pair = (min(row["id"], found.subscriber_id), max(row["id"], found.subscriber_id))
                    scores[pair] = max(found.score, scores.get(pair, -math.inf))
    engine.dispose()
    return scores
