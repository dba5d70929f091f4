"""A first look through a delivery, before anything is stored: how many rows, which ids, which of them repeat."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.deliveries import Delivery

_TOLD_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class Survey:
    """`ids` holds a hash for each id, sorted: 8 bytes a row. `repeated` counts the usable rows of ids that repeat."""

    rows: int
    ids: NDArray[np.int64]
    repeated: Mapping[int, int]

    def holds(self, ids: Sequence[str]) -> list[bool]:
        """Which of the ids the delivery names, in usable rows or others."""
        if not len(self.ids):
            return [False] * len(ids)
        asked = np.fromiter(map(hash, ids), np.int64, len(ids))
        places = np.searchsorted(self.ids, asked).clip(max=len(self.ids) - 1)
        return [bool(same) for same in self.ids[places] == asked]


class LastRows:
    """Says of each usable row, in order, whether it is the last of its id: the one that holds."""

    def __init__(self, survey: Survey) -> None:
        self._left = dict(survey.repeated)

    def is_last(self, subscriber: str) -> bool:
        key = hash(subscriber)
        if key not in self._left:
            return True
        self._left[key] -= 1
        return self._left[key] == 0


def survey_of(delivery: Delivery, told: Callable[[int], None]) -> Survey:
    """Goes through the whole delivery; `told` hears now and then how many rows that were. Raises TableError."""
    usable, others, rows = array("q"), array("q"), 0
    for rows, delivered in enumerate(delivery.rows(only=("id",)), start=1):
        subscriber = (delivered.row.get("id") or "").strip()
        (others if delivered.fault else usable).append(hash(subscriber))
        if rows % _TOLD_EVERY == 0:
            told(rows)
    distinct, times = np.unique(np.frombuffer(usable, np.int64), return_counts=True)
    many = times > 1
    repeated = dict(zip(distinct[many].tolist(), times[many].tolist(), strict=True))
    return Survey(rows, np.union1d(distinct, np.frombuffer(others, np.int64)), repeated)
