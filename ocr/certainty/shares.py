"""Figures about readings whose truth is known: calibration error, shares with their confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Confidences = NDArray[np.float64]
Rights = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, and the interval (0..1) in which the true share lies (Clopper and Pearson)."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0


def share(part: int, whole: int, level: float = 0.95) -> Share:
    """The share with its exact interval of confidence `level`; without any case it may be anything.

    Raises ValueError when `part` is not a part of `whole`.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} is no part of {whole}")
    tail = (1 - level) / 2
    low = 0.0 if part == 0 else _where(lambda p: 1 - _at_most(part - 1, whole, p) < tail)
    high = 1.0 if part == whole else _where(lambda p: _at_most(part, whole, p) > tail)
    return Share(part, whole, low, high)


def least_cases(wrong: int, false_share: float, level: float = 0.95) -> int:
    """How many cases with `wrong` wrong ones among them prove a share of at most `false_share`, from one side.

    Without a wrong one this is the rule of three: about 3 / `false_share` at 95 %.
    """
    low, high = max(wrong, 1), 2 * max(wrong, 1)
    while _at_most(wrong, high, false_share) > 1 - level:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _at_most(wrong, middle, false_share) <= 1 - level else (middle + 1, high)
    return low


def expected_calibration_error(confidences: Confidences, right: Rights, bins: int = 15) -> float:
    """Mean distance between confidence and share right, over `bins` of equally many cases."""
    order = np.argsort(confidences, kind="stable")
    parts = np.array_split(order, min(bins, max(len(order), 1)))
    gaps = [abs(confidences[part].mean() - right[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(gaps) / max(len(order), 1))


def threshold_for(confidences: Confidences, right: Rights, false_share: float) -> float:
    """The lowest threshold from which on at most `false_share` of the readings taken are wrong; 1 where none is."""
    order = np.argsort(-confidences, kind="stable")
    sorted_ = confidences[order]
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    # readings of one confidence are taken together or not at all
    last = np.append(sorted_[1:] < sorted_[:-1], True) if len(order) else np.zeros(0, np.bool_)
    taken = np.flatnonzero((wrong <= false_share) & last)
    return float(sorted_[taken[-1]]) if len(taken) else 1.0


def _at_most(part: int, whole: int, p: float) -> float:
    """The probability of at most `part` hits in `whole` tries of probability `p`."""
    if p <= 0 or part >= whole:
        return 1.0
    if p >= 1:
        return 0.0
    hits = np.arange(1, part + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((whole - hits + 1) / hits))])
    logs = ways + np.arange(part + 1) * math.log(p) + (whole - np.arange(part + 1)) * math.log1p(-p)
    return float(min(np.exp(logs).sum(), 1.0))


def _where(below: Callable[[float], bool]) -> float:
    """The probability up to which `below` holds."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return high
