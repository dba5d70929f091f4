"""Precision, recall and F1 of pairs, and clusters made of pair probabilities."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.linkage.datasets import Pair


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares (0..1) over pairs."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def quality(found: Iterable[Pair], true: frozenset[Pair]) -> Quality:
    """How well the found pairs are the true ones; precision is 1 when nothing is found."""
    pairs = frozenset(found)
    right = len(pairs & true)
    return Quality(right / len(pairs) if pairs else 1.0, right / len(true))


def best_threshold(pairs: Mapping[Pair, float], true: frozenset[Pair]) -> tuple[float, float]:
    """The best F1 that any threshold reaches, and that threshold: it needs the truth, so it is only a ceiling."""
    best, at, right = 0.0, 1.0, 0
    for count, (pair, chance) in enumerate(sorted(pairs.items(), key=lambda item: -item[1]), start=1):
        right += pair in true
        f1 = 2 * right / (count + len(true))
        if f1 > best:
            best, at = f1, chance
    return best, at


def average_linkage(pairs: Mapping[Pair, float], threshold: float = 0.5) -> frozenset[Pair]:
    """Pairs within clusters whose members agree on average; a pair without a probability counts as 0."""
    from scipy.cluster.hierarchy import fcluster, linkage  # only the benches' own environment has scipy

    found: set[Pair] = set()
    for component in components(pair for pair, chance in pairs.items() if chance >= threshold / 10):
        ids = sorted(component)
        places = {one: place for place, one in enumerate(ids)}
        distance = np.ones((len(ids), len(ids)))
        for left, right in itertools.combinations(ids, 2):
            apart = 1 - pairs.get((left, right), 0.0)
            distance[places[left], places[right]] = distance[places[right], places[left]] = apart
        condensed = distance[np.triu_indices(len(ids), 1)]
        labels = fcluster(linkage(condensed, method="average"), 1 - threshold, criterion="distance")
        groups: dict[int, list[str]] = defaultdict(list)
        for one, label in zip(ids, labels.tolist(), strict=True):
            groups[label].append(one)
        found |= {pair for group in groups.values() for pair in itertools.combinations(group, 2)}
    return frozenset(found)


def connected(pairs: Mapping[Pair, float], threshold: float = 0.5) -> frozenset[Pair]:
    """Pairs within connected components, as splink's own clustering makes them."""
    chosen = (pair for pair, chance in pairs.items() if chance >= threshold)
    return frozenset(pair for one in components(chosen) for pair in itertools.combinations(sorted(one), 2))


def components(pairs: Iterable[Pair]) -> list[set[str]]:
    group: dict[str, set[str]] = {}
    for left, right in pairs:
        ours, theirs = group.get(left, {left}), group.get(right, {right})
        if ours is not theirs:
            small, large = sorted((ours, theirs), key=len)
            large |= small
            for one in small:
                group[one] = large
            group[left] = group[right] = large
    return list({id(members): members for members in group.values()}.values())
