"""Agreement to probability: log2 weights per level (Fellegi and Sunter 1969), and candidates that compete.

A surname's weight follows its frequency in the base. The probability is the posterior over all candidates and three
explicit alternatives: a stranger, a relative at the same address, another resident; none of them in the base.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matching.compare import Agreement
from matching.query import Evidence
from matching.settings import MatchSettings

WEIGHTS: dict[str, dict[str, float]] = {
    "first": {"exact": 6.5, "close": 4.5, "partial": 2.5, "differs": -5.0},
    "last": {"exact": 9.0, "close": 5.0, "partial": 4.0, "differs": -5.4},
    "street": {"exact": 7.0, "close": 5.5, "differs": -3.0},
    "number": {"exact": 4.5, "partial": 2.5, "differs": -2.5},
    "postcode": {"exact": 6.5, "close": 3.0, "differs": -2.5},
    "city": {"exact": 2.0, "close": 1.5, "differs": -1.5},
    "phone": {"exact": 17.0, "close": 6.0, "differs": -2.0},
    "email": {"exact": 17.0, "close": 8.0, "differs": -1.0},
    "birth_date": {"exact": 13.0, "close": 5.0, "differs": -6.0},
    "customer_number": {"exact": 20.0, "close": 8.0, "differs": -5.0},
}
ADDRESS = frozenset({"street", "number", "postcode", "city"})
IDENTIFIERS = frozenset({"phone", "email", "birth_date", "customer_number"})
SWAP_COST = 5.6
"""log2(1/0.02): two in a hundred write surname and given name into each other's box."""
_SURNAME_AGREES = 0.9
_DEPENDENT = 0.5
_LABELS = {
    "first": "given name", "last": "surname", "number": "house number", "birth_date": "birth date",
    "customer_number": "customer number", "email": "e-mail",
}  # fmt: skip
_WORDS = {"exact": "agrees", "close": "nearly agrees", "partial": "agrees in part", "differs": "differs"}


def weigh(field: str, agreement: Agreement, surname_share: float) -> float:
    """The log2 likelihood ratio of one field. `surname_share` (0..1) is how common the candidate's surname is."""
    if agreement.level == "missing":
        return 0.0
    if field == "last" and agreement.level == "exact":
        return math.log2(_SURNAME_AGREES / max(surname_share, 1e-6))
    return WEIGHTS[field][agreement.level]


def waterfall(agreements: Mapping[str, Agreement], surname_share: float) -> tuple[Evidence, ...]:
    """One bar for each field that both sides know."""
    street = agreements["street"].level in ("exact", "close")
    bars = []
    for field, found in agreements.items():
        weight = weigh(field, found, surname_share)
        # A street lies in its postcode and city: agreeing on all three is not three independent facts.
        if street and weight > 0 and field in ("postcode", "city"):
            weight *= _DEPENDENT
        if found.level != "missing":
            sentence = f"{_LABELS.get(field, field)} {_WORDS[found.level]}"
            bars.append(Evidence(field, round(found.similarity, 3), round(weight, 2), sentence))
    return tuple(bars)


def posterior(evidence: Sequence[Sequence[Evidence]], base_size: int, settings: MatchSettings) -> list[float]:
    """The probability of each candidate; what is missing to 1 belongs to the three alternatives."""
    if not evidence:
        return []
    each = math.log2((1 - settings.stranger_share) / max(base_size, 1))
    bits = [each + _sum(bars, None) for bars in evidence]
    others = [math.log2(settings.stranger_share)]
    for bars in evidence:
        others.append(each + math.log2(settings.relative_share) + _sum(bars, ADDRESS | {"last"}))
        others.append(each + math.log2(settings.resident_share) + _sum(bars, ADDRESS))
    top = max(bits + others)
    total = sum(2 ** (b - top) for b in bits + others)
    return [2 ** (b - top) / total for b in bits]


def _sum(bars: Sequence[Evidence], fields: frozenset[str] | None) -> float:
    return sum(bar.weight for bar in bars if fields is None or bar.field in fields)
