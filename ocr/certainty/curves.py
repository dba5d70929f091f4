"""The curve of each family: a logistic one over the evidence, fitted to readings whose truth is known."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.certainty.evidence import FEATURES, FOR, Features
from ocr.certainty.families import Family

FILE = Path(__file__).with_name("certainty.json")
_CEILINGS = (1.0, 0.9998, 0.9995, 0.999, 0.998, 0.997, 0.995, 0.99, 0.98, 0.96, 0.93, 0.9)
_ROUNDS, _SHRINK = 400, 1e-3
Rights = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Curve:
    """`ceiling` times the logistic of the weighted evidence, which is held within what the fit has seen.

    `ceiling` is what even the best-looking readings reach, `empty` the share of fields read as empty that are so;
    from `threshold` on at most 0.2 % of the readings taken were wrong.
    """

    weights: tuple[float, ...]
    bias: float
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    ceiling: float
    empty: float
    threshold: float

    def __call__(self, features: Features) -> float:
        """The probability that a reading with this evidence is right."""
        held = np.clip(features, self.lowest, self.highest)
        return self.ceiling / (1 + math.exp(-float(held @ np.array(self.weights)) - self.bias))

    def as_json(self) -> dict[str, Any]:
        return {
            "bias": round(self.bias, 5),
            **{
                name: [round(value, 5) for value in triple]
                for name, *triple in zip(FEATURES, self.weights, self.lowest, self.highest, strict=True)
            },
            "ceiling": self.ceiling,
            "empty": round(self.empty, 5),
            "threshold": round(self.threshold, 5),
        }


def curve_of(found: Mapping[str, Any]) -> Curve:
    """The curve that `as_json` wrote; raises KeyError when a feature is missing."""
    weights, lowest, highest = zip(*(found[name] for name in FEATURES), strict=True)
    return Curve(weights, found["bias"], lowest, highest, found["ceiling"], found["empty"], found["threshold"])


def save(made: Mapping[Family, Curve], file: Path) -> None:
    """Writes the curves, a line for each family."""
    lines = [f' "{family}": {json.dumps(curve.as_json())}' for family, curve in made.items()]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


@cache
def curves() -> Mapping[Family, Curve]:
    """The committed curves."""
    return {family: curve_of(found) for family, found in json.loads(FILE.read_text(encoding="utf-8")).items()}


@cache
def version() -> str:
    """``sure/<first 8 hex digits of the SHA-256 of the committed curves>``."""
    return f"sure/{hashlib.sha256(FILE.read_bytes()).hexdigest()[:8]}"


def fit(features: NDArray[np.float64], right: Rights) -> Curve:
    """The likeliest curve for readings with these `features` (n, FEATURES); its `empty` and `threshold` stay open (1).

    Evidence for a reading never counts against it, nor the other way round, whatever the cases at hand say.
    Raises ValueError without readings.
    """
    if not len(right):
        raise ValueError("no readings to fit a curve to")
    lowest, highest = features.min(axis=0), features.max(axis=0)
    middle, spread = features.mean(axis=0), features.std(axis=0)
    # what never differs says nothing
    spread = np.where(spread < 1e-6, np.inf, spread)
    scaled = (features - middle) / spread
    # as if one reading more were right and one more wrong, so that no curve claims certainty
    target = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))
    fits = [(*_climb(scaled, target, ceiling), ceiling) for ceiling in _CEILINGS]
    weights, bias, _, ceiling = min(fits, key=lambda found: found[2])
    weights = weights / spread
    return Curve(
        tuple(weights), bias - float(weights @ middle), tuple(lowest), tuple(highest), ceiling, 1.0, 1.0
    )  # fmt: skip


def _climb(scaled: NDArray[np.float64], target: NDArray[np.float64], ceiling: float) -> tuple[Features, float, float]:
    """Weights, bias and loss of the best curve under `ceiling`, by gradient steps with momentum."""
    signs = np.array([1.0 if name in FOR else -1.0 for name in FEATURES])
    weights, bias = 0.1 * signs, 1.0
    pull, lean = np.zeros_like(weights), 0.0
    for _ in range(_ROUNDS):
        logistic = 1 / (1 + np.exp(-np.clip(scaled @ weights + bias, -30, 30)))
        p = np.minimum(ceiling * logistic, 1 - 1e-9)
        slope = (p - target) * (1 - logistic) / (1 - p)
        pull = 0.9 * pull + slope @ scaled / len(target) + _SHRINK * weights
        lean = 0.9 * lean + float(slope.mean())
        weights, bias = signs * np.maximum(signs * (weights - 0.2 * pull), 0), bias - 0.2 * lean
    p = np.clip(ceiling / (1 + np.exp(-np.clip(scaled @ weights + bias, -30, 30))), 1e-9, 1 - 1e-9)
    loss = -float((target * np.log(p) + (1 - target) * np.log(1 - p)).mean())
    return weights, bias, loss + _SHRINK * float(weights @ weights) / 2
