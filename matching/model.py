"""The match model: how often each level of agreement is seen in true pairs (m) and in pairs of strangers (u).

Fellegi and Sunter, A theory for record linkage (1969). A value that the base counts (a surname, a street) has the u of
its own frequency: agreeing on Andersson tells less than agreeing on Quist.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from matching.compare import Level

Chances = Mapping[str, float]
"""Level -> probability; the levels of a field sum to 1."""

DEFAULT_M: dict[str, dict[str, float]] = {
    "first": {"exact": 0.905, "close": 0.045, "partial": 0.012, "initial": 0.03, "far": 0.004, "differs": 0.004},
    "last": {"exact": 0.90, "close": 0.05, "partial": 0.015, "far": 0.01, "differs": 0.025},
    "street": {"exact": 0.87, "close": 0.06, "partial": 0.02, "differs": 0.05},
    "number": {"exact": 0.92, "close": 0.02, "partial": 0.02, "differs": 0.04},
    "postcode": {"exact": 0.92, "close": 0.04, "partial": 0.01, "differs": 0.03},
    "city": {"exact": 0.92, "close": 0.05, "differs": 0.03},
    "phone": {"exact": 0.91, "close": 0.04, "differs": 0.05},
    "email": {"exact": 0.88, "close": 0.06, "partial": 0.02, "far": 0.01, "differs": 0.03},
    "birth_date": {"exact": 0.94, "close": 0.04, "partial": 0.01, "differs": 0.01},
    "customer_number": {"exact": 0.94, "close": 0.05, "differs": 0.01},
}
"""What reply cards showed on our own reader's errors; `learn` moves it towards the base at hand."""

DEFAULT_U: dict[str, dict[str, float]] = {
    "first": {"exact": 0.008, "close": 0.015, "partial": 0.006, "initial": 0.07, "far": 0.03, "differs": 0.871},
    "last": {"exact": 0.002, "close": 0.004, "partial": 0.002, "far": 0.03, "differs": 0.962},
    "street": {"exact": 0.002, "close": 0.002, "partial": 0.004, "differs": 0.992},
    "number": {"exact": 0.03, "close": 0.15, "partial": 0.01, "differs": 0.81},
    "postcode": {"exact": 0.0005, "close": 0.004, "partial": 0.05, "differs": 0.9455},
    "city": {"exact": 0.01, "close": 0.004, "differs": 0.986},
    "phone": {"exact": 1e-7, "close": 2e-6, "differs": 0.999998},
    "email": {"exact": 1e-8, "close": 1e-6, "partial": 1e-5, "far": 0.001, "differs": 0.998989},
    "birth_date": {"exact": 4e-5, "close": 0.0015, "partial": 0.012, "differs": 0.98646},
    "customer_number": {"exact": 1e-8, "close": 2e-6, "differs": 0.999998},
}

COUNTED = frozenset({"first", "last", "street", "postcode", "city", "birth_date"})
"""Fields whose values repeat, so that their frequency says how much agreement tells."""
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Model:
    """`m` and `u` per field and level; `residents` is how many subscribers share an address on average, `namesakes` how
    many of those who share an address and a surname share the given name too (0..1)."""

    m: Mapping[str, Chances] = field(default_factory=lambda: DEFAULT_M)
    u: Mapping[str, Chances] = field(default_factory=lambda: DEFAULT_U)
    residents: float = 2.2
    namesakes: float = 0.001
    version: str = "default"

    def ratio(self, name: str, level: Level, share: float | None = None) -> float:
        """m/u of one field's level; `share` (0..1) is how common what agrees is in the base, where that is counted."""
        if level == "missing":
            return 1.0
        by_chance = self.u[name].get(level, _LEAST) if share is None else share
        return self.m[name].get(level, _LEAST) / max(by_chance, _LEAST)

    def weight(self, name: str, level: Level, share: float | None = None) -> float:
        """`ratio` in bits: positive speaks for the subscriber."""
        return math.log2(self.ratio(name, level, share))

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def model_from_json(text: str) -> Model:
    """The model that `Model.as_json` wrote; raises ValueError when it is none."""
    found = json.loads(text)
    try:
        namesakes = float(found.get("namesakes", Model().namesakes))
        return Model(found["m"], found["u"], float(found["residents"]), namesakes, str(found["version"]))
    except (KeyError, TypeError) as error:
        raise ValueError("no match model") from error
