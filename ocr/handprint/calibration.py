"""From a reader's own confidence to the probability that a value is right, learnt on data not trained on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve through (`scores`, `right`), both 0..1; between its points it is straight."""

    scores: tuple[float, ...]
    right: tuple[float, ...]

    def __call__(self, score: float) -> float:
        return float(np.interp(score, self.scores, self.right))

    def as_json(self) -> dict[str, list[float]]:
        return {"scores": [round(v, 5) for v in self.scores], "right": [round(v, 5) for v in self.right]}


def load(file: Path, kind: str) -> Calibration:
    """The curve for a `kind` of field; raises KeyError when the file has none."""
    found = json.loads(file.read_text())[kind]
    return Calibration(tuple(found["scores"]), tuple(found["right"]))


def isotonic(scores: Scores, right: NDArray[np.bool_]) -> Calibration:
    """The rising curve nearest to the observed shares (pool adjacent violators).

    A right case added at the bottom and a wrong one at the top keep it off 0 and 1.

    Raises ValueError without observations.
    """
    if not len(scores):
        raise ValueError("no observations to calibrate on")
    order = np.argsort(scores, kind="stable")
    pools: list[tuple[float, float, float]] = []
    cases = [(scores.min(), 1.0), *zip(scores[order], right[order], strict=True), (scores.max(), 0.0)]
    for score, hit in cases:
        pool = (float(score), float(hit), 1.0)
        while pools and pools[-1][1] / pools[-1][2] >= pool[1] / pool[2]:
            before = pools.pop()
            share = before[2] / (before[2] + pool[2])
            pool = (share * before[0] + (1 - share) * pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    return Calibration(tuple(p[0] for p in pools), tuple(p[1] / p[2] for p in pools))
