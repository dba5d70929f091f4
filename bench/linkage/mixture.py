"""How probable it is that two rows are one: a mixture over kinds of pairs, learnt without labels from the pairs.

Fellegi and Sunter (1969) by expectation maximisation (Dempster, Laird and Rubin 1977). Besides entries of one person
there are pairs of others who agree on more than chance would have it: neighbours, namesakes, relatives. Each kind has
its own share of all pairs, so that a pair is one person only where that explains it better than every other kind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.compare import COMPARISONS
from matching.learn import Pair
from matching.model import DEFAULT_M, Model

Kinds = tuple[frozenset[str], ...]
"""For each kind of pair the fields on which two rows agree as one person's entries would; the first is the match."""
Shares = NDArray[np.float64]
_ADDRESS = ("street", "number", "postcode", "city")
_OTHERS: Kinds = tuple(
    frozenset(fields)
    for fields in (
        ("last", "street", "postcode", "city"), ("street", "postcode", "city"), ("postcode", "city"), ("street",),
        ("first", "last"), ("first", "last", "postcode", "city"), ("first", "last", "city"),
        ("last", "postcode", "city"), ("first", "postcode", "city"), ("first", "birth_date"), ("last", "birth_date"),
        ("birth_date", "postcode", "city"), ("birth_date",), ("phone",), ("email",), ("customer_number",),
        ("last", "phone"), ("last", "customer_number"), ("last",), ("first",),
    )
)  # fmt: skip
_TENANTS: Kinds = (frozenset(_ADDRESS),)
_RELATIVES: Kinds = (frozenset(("last", *_ADDRESS)), *_TENANTS)
_BELIEVED_M, _BELIEVED_PAIRS = 60.0, 0.2
_ROUNDS, _SETTLED = 300, 5e-5


@dataclass(frozen=True, slots=True)
class Fitted:
    """`odds` are each pair's log2 odds of being one person, `prior` those of any two rows of the list; `likelihood` is
    the log likelihood of all pairs."""

    odds: Shares
    prior: float
    likelihood: float

    @property
    def chances(self) -> Shares:
        return np.asarray(1 / (1 + np.exp2(-np.clip(self.odds, -500, 500))), dtype=np.float64)


def fit(pairs: Sequence[Pair], model: Model, rows: int) -> Fitted:
    """Learns from the `pairs` of a list of `rows`, of whom all others are strangers.

    Two names at one address: of places they are two places. Of persons they are relatives only where that explains the
    list better by more than its two further shares cost (Schwarz 1978); else one of the names is wrong.
    """
    persons = any("first" in pair.levels for pair in pairs)
    matches = (frozenset(COMPARISONS),)
    if not persons:
        return _fit(pairs, model, rows, (*matches, *_TENANTS, *_OTHERS))
    alone = _fit(pairs, model, rows, (*matches, *_OTHERS))
    families = _fit(pairs, model, rows, (*matches, *_RELATIVES, *_OTHERS))
    return families if families.likelihood - alone.likelihood > math.log(rows) else alone


def _fit(pairs: Sequence[Pair], model: Model, rows: int, kinds: Kinds) -> Fitted:
    columns = [column for field in COMPARISONS if (column := _Column(field, pairs, model)).known]
    held = _distinct(kinds, {column.field for column in columns})
    everything = rows * (rows - 1) / 2
    shares = np.array([rows / 2, *(rows / 100 for _ in held[1:])]) / everything
    for _ in range(_ROUNDS):
        logs, likelihood = _joint(columns, held, shares, len(pairs))
        chances = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        before, shares = shares, (chances[:, :-1].sum(axis=0) + _BELIEVED_PAIRS) / everything
        for column in columns:
            column.learn(chances[:, 0])
        _as_often_wrong(columns)
        if np.abs(shares - before).max() * everything < _SETTLED * rows:
            break
    odds = (logs[:, 0] - np.logaddexp.reduce(logs[:, 1:], axis=1)) / math.log(2)
    return Fitted(odds, math.log2(shares[0] / (1 - shares[0])), likelihood)


def _distinct(kinds: Kinds, known: set[str]) -> Kinds:
    """The kinds that differ in the fields that the list has."""
    return tuple(dict.fromkeys(kind & known for kind in kinds if kind & known))


def _joint(columns: Sequence[_Column], kinds: Kinds, shares: Shares, count: int) -> tuple[Shares, float]:
    """The log probability of each pair and kind, strangers last, and of all pairs together."""
    told = {column.field: column.logs() for column in columns}
    strangers = np.full(count, math.log(max(1 - float(shares.sum()), 1e-6)))
    each = [
        sum((told[field] for field in sorted(kind)), np.zeros(count)) + math.log(share)
        for kind, share in zip(kinds, shares, strict=True)
    ]
    logs = np.stack([*each, strangers], axis=1)
    return logs, float(np.logaddexp.reduce(logs, axis=1).sum())


class _Column:
    """One field of all pairs: the level of each, its chance among strangers, and m as learnt so far."""

    def __init__(self, field: str, pairs: Sequence[Pair], model: Model) -> None:
        self.field = field
        self._names = tuple(DEFAULT_M[field])
        numbers = {name: number for number, name in enumerate(self._names)}
        self._levels = np.array([numbers.get(pair.levels.get(field, ""), -1) for pair in pairs], np.int8)
        self._by_chance = np.log([max(pair.by_chance.get(field, 1.0), 1e-9) for pair in pairs])
        self._start = np.array([model.m[field].get(name, 1e-6) for name in self._names])
        self.m = self._start

    @property
    def known(self) -> bool:
        return bool((self._levels >= 0).any())

    @property
    def wrong(self) -> int:
        """The place of the level that says the values are different ones."""
        return self._names.index("differs")

    def logs(self) -> Shares:
        """log(m/u) of each pair's level, 0 where a side does not know the field."""
        found = np.log(np.maximum(self.m[self._levels], 1e-9)) - self._by_chance
        return np.asarray(np.where(self._levels < 0, 0.0, found), dtype=np.float64)

    def learn(self, matched: Shares) -> None:
        seen = np.bincount(self._levels[self._levels >= 0], matched[self._levels >= 0], minlength=len(self._names))
        held = seen + _BELIEVED_M * self._start
        self.m = np.asarray(held / held.sum(), dtype=np.float64)


def _as_often_wrong(columns: Sequence[_Column]) -> None:
    """Who enters another surname enters another given name as often: relatives would hide how often that is."""
    names = {column.field: column for column in columns if column.field in ("first", "last")}
    if len(names) == 2:
        first, least = names["first"], float(names["last"].m[names["last"].wrong])
        own = float(first.m[first.wrong])
        if own < least:
            first.m = first.m * (1 - least) / (1 - own)
            first.m[first.wrong] = least
