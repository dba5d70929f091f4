"""Figures that a bench may claim: shares with exact bounds, percentiles, calibration by bin."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

BINS = (0.0, 0.2, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0)
"""Edges of the probability bins of a calibration table."""


def upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound of a share after `events` in `trials` (Clopper and Pearson 1934); 1 without trials."""
    if events >= trials:
        return 1.0
    low, high = events / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(events, trials, middle) > 1 - confidence else (low, middle)
    return high


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie; NaN where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


@dataclass(frozen=True, slots=True)
class Bin:
    """One line of a calibration table: what was expected in it, and what was seen."""

    low: float
    high: float
    count: int
    expected: float
    seen: float


def calibration(outcomes: Sequence[tuple[float, bool]]) -> list[Bin]:
    """Outcomes (probability, right) by bin; bins without outcomes are left out."""
    table = []
    for low, high in itertools.pairwise(BINS):
        inside = [one for one in outcomes if low <= one[0] < high or (high == 1.0 and one[0] >= 1.0)]
        if inside:
            count = len(inside)
            expected = sum(chance for chance, _ in inside) / count
            table.append(Bin(low, high, count, expected, sum(right for _, right in inside) / count))
    return table


def _at_most(events: int, trials: int, share: float) -> float:
    """The chance of at most `events` in `trials`."""
    if share <= 0.0 or share >= 1.0:
        return 1.0 if share <= 0.0 else 0.0
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(events + 1)
    )  # fmt: skip
    return math.fsum(math.exp(value) for value in logs)
