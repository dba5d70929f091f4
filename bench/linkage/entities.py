"""From pairs to entities: which rows belong together once all that is known of all of them is taken together."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Mapping

from bench.linkage.datasets import Pair
from bench.linkage.scoring import components

_LINKED, _NOT_COMPARED = -4.0, -3.0
"""Log2 odds from which two rows are looked at together, and the weight of two that share nothing rare."""


def gathered(weights: Mapping[Pair, float], prior: float, repeated: float) -> frozenset[Pair]:
    """The pairs within groups; two groups become one while the odds that they are one are the best and above even.

    `weights` are log2 likelihood ratios, `prior` the log2 odds of any two rows. How far two groups belong together is
    judged by the mean weight of the pairs across, which counts as often as there are pairs to the power of `repeated`:
    0 where one pair says what the next says, 1 where each is news.
    """
    found: set[Pair] = set()
    for ids in components(pair for pair, weight in weights.items() if weight + prior > _LINKED):
        for group in _Groups(sorted(ids), weights, prior, repeated).merged():
            found.update(itertools.combinations(sorted(group), 2))
    return frozenset(found)


def one_to_one(odds: Mapping[Pair, float]) -> frozenset[Pair]:
    """The likeliest pairs above even odds, no row in two of them: for two files neither of which repeats anybody."""
    taken: set[str] = set()
    found: set[Pair] = set()
    for pair, told in sorted(odds.items(), key=lambda item: (-item[1], item[0])):
        if told > 0 and not taken & set(pair):
            found.add(pair)
            taken.update(pair)
    return frozenset(found)


class _Groups:
    """Rows that may belong together, at first each for itself."""

    def __init__(self, ids: list[str], weights: Mapping[Pair, float], prior: float, repeated: float) -> None:
        self._groups = {place: [one] for place, one in enumerate(ids)}
        self._prior, self._repeated = prior, repeated
        places = itertools.combinations(range(len(ids)), 2)
        self._sums = {(a, b): weights.get((ids[a], ids[b]), _NOT_COMPARED) for a, b in places}
        self._best: list[tuple[float, int, int, int]] = []
        for a, b in self._sums:
            self._offer(a, b)

    def merged(self) -> Iterable[list[str]]:
        """The groups that are left when no two of them are likelier one than two."""
        heapq.heapify(self._best)
        while self._best:
            _, a, b, pairs = heapq.heappop(self._best)
            if a in self._groups and b in self._groups and pairs == self._pairs(a, b):
                self._merge(a, b)
        return self._groups.values()

    def _merge(self, a: int, b: int) -> None:
        self._groups[a] += self._groups.pop(b)
        for other in self._groups:
            if other != a:
                self._sums[min(a, other), max(a, other)] += self._sums.pop((min(b, other), max(b, other)))
                self._offer(min(a, other), max(a, other))

    def _offer(self, a: int, b: int) -> None:
        pairs = self._pairs(a, b)
        odds = self._prior + self._sums[a, b] / pairs * pairs**self._repeated
        if odds > 0:
            heapq.heappush(self._best, (-odds, a, b, pairs))

    def _pairs(self, a: int, b: int) -> int:
        return len(self._groups[a]) * len(self._groups[b])
