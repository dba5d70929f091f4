"""The match model learnt without labels: u from pairs of strangers, m by expectation maximisation over likely pairs.

Winkler, Using the EM algorithm for weight computation in the Fellegi-Sunter model (1988); Dempster, Laird and Rubin
(1977). Pairs were found by their keys, so pairs of different people agree on what a key is made of more often than
chance: besides true pairs, EM knows relatives, residents, namesakes and whoever shares a key, each a class of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching.compare import COMPARISONS, Agreement, Level, compare
from matching.lexicon import Lexicon
from matching.model import DEFAULT_M, DEFAULT_U, Model
from matching.person import Person

_FIELDS = tuple(COMPARISONS)
_ADDRESS = ("street", "number", "postcode", "city")
_CLASSES: tuple[frozenset[str], ...] = tuple(
    frozenset(shared)
    for shared in (
        _FIELDS, ("last", *_ADDRESS), ("last", "phone", "email", *_ADDRESS), ("first", *_ADDRESS), _ADDRESS,
        ("first", "last"), ("last", "postcode", "city"), ("first", "postcode", "city"), ("first", "birth_date"),
        ("last", "birth_date"), ("postcode", "city", "birth_date"), ("phone",), ("email",), ("customer_number",), (),
    )
)  # fmt: skip
"""What the two of a pair share as one person's entries would; the rest agrees by chance. The first is the match."""
_BELIEVED_M, _BELIEVED_U = 60.0, 200.0
"""Pairs that the model one starts from is worth."""
_ROUNDS, _SETTLED = 60, 1e-5
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair's level in each field that both sides know, and the chance of each level among strangers.

    `same` is what a person decided of it; None for a pair that nobody has looked at.
    """

    levels: Mapping[str, Level]
    by_chance: Mapping[str, float]
    same: bool | None = None

    def names_told(self, lexicon: Lexicon) -> float:
        """How much the names speak for one person."""
        held = [field for field in ("first", "last") if field in self.levels]
        ratios = [lexicon.model.m[field].get(self.levels[field], 1e-9) / self.by_chance[field] for field in held]
        return float(np.log2(np.prod(ratios)))


def pair_of(one: Person, other: Person, lexicon: Lexicon) -> Pair:
    """The pair of a query's person and a subscriber of the base."""
    straight = _pair(one, other, lexicon)
    if not (one.first and one.last and other.first and other.last):
        return straight
    turned = _pair(replace(one, first=one.last, last=one.first), other, lexicon)
    return max(straight, turned, key=lambda pair: pair.names_told(lexicon))


def _pair(one: Person, other: Person, lexicon: Lexicon) -> Pair:
    found = {field: compare(field, getattr(one, field), getattr(other, field)) for field in _FIELDS}
    known = {field: one for field, one in found.items() if one.level != "missing"}
    chances = {field: _by_chance(field, one, other, lexicon) for field, one in known.items()}
    return Pair({field: one.level for field, one in known.items()}, chances)


@dataclass(frozen=True, slots=True)
class Learnt:
    """The model, and for each pair that taught it the probability (0..1) that both are one person."""

    model: Model
    chances: Sequence[float]


def learn_m(pairs: Sequence[Pair], model: Model) -> Learnt:
    """The model with m learnt from candidate pairs, decided ones among them or none, held to `model` where they tell
    little."""
    if not pairs:
        return Learnt(model, ())
    columns = {field: _Column.of(field, pairs, model) for field in _FIELDS}
    shares = np.full(len(_CLASSES), 1 / len(_CLASSES))
    m = {field: column.start for field, column in columns.items()}
    for _ in range(_ROUNDS):
        chances = _decided(_responsibilities(columns, m, shares), pairs)
        before, shares = shares, (chances.sum(axis=0) + 1) / (len(pairs) + len(_CLASSES))
        m = {field: column.learnt(chances[:, 0]) for field, column in columns.items()}
        if np.abs(shares - before).max() < _SETTLED:
            break
    learnt = {field: dict(zip(columns[field].names, map(float, m[field]), strict=True)) for field in _FIELDS}
    return Learnt(replace(model, m=learnt, version=f"em/{len(pairs)}"), chances[:, 0].tolist())


def learn_u(sample: Sequence[Person], model: Model) -> Model:
    """The model with u learnt from all pairs of a random `sample` of the base, who are strangers but for a few."""
    counts: dict[str, dict[str, float]] = {
        field: {level: share * _BELIEVED_U for level, share in DEFAULT_U[field].items()} for field in _FIELDS
    }
    for one, other in combinations(sample, 2):
        for field in _FIELDS:
            level = compare(field, getattr(one, field), getattr(other, field)).level
            if level != "missing":
                counts[field][level] = counts[field].get(level, 0.0) + 1
    u = {field: {level: n / sum(found.values()) for level, n in found.items()} for field, found in counts.items()}
    return replace(model, u=u, version=f"{model.version}+u/{len(sample)}")


@dataclass(frozen=True, slots=True)
class _Column:
    """One field of all pairs: each pair's level by number (-1 missing), its chance among strangers, m to start from."""

    names: tuple[str, ...]
    levels: NDArray[np.int8]
    by_chance: Shares
    start: Shares

    @classmethod
    def of(cls, field: str, pairs: Sequence[Pair], model: Model) -> _Column:
        names = tuple(DEFAULT_M[field])
        number = {name: at for at, name in enumerate(names)}
        levels = np.array([number.get(pair.levels.get(field, ""), -1) for pair in pairs], np.int8)
        chances = np.array([pair.by_chance.get(field, 1.0) for pair in pairs])
        return cls(names, levels, chances, np.array([model.m[field].get(name, 1e-6) for name in names]))

    def logs(self, m: Shares) -> Shares:
        """log(m/u) of each pair's level, 0 where missing."""
        found = np.log(np.maximum(m[self.levels], 1e-9)) - np.log(np.maximum(self.by_chance, 1e-9))
        return np.where(self.levels < 0, 0.0, found)

    def learnt(self, matched: Shares) -> Shares:
        """m from the pairs weighed by the chance that they match, and what was believed before."""
        seen = np.bincount(self.levels[self.levels >= 0], matched[self.levels >= 0], minlength=len(self.names))
        held = seen + _BELIEVED_M * self.start
        return np.asarray(held / held.sum(), dtype=np.float64)


def _responsibilities(columns: Mapping[str, _Column], m: Mapping[str, Shares], shares: Shares) -> Shares:
    """How probable each class is for each pair, (pairs, classes)."""
    logs = {field: column.logs(m[field]) for field, column in columns.items()}
    count = len(next(iter(logs.values())))
    bits = np.stack(
        # in one order in every process: sums of floats depend on it
        [
            sum((logs[field] for field in _FIELDS if field in held), np.zeros(count)) + np.log(shares[n])
            for n, held in enumerate(_CLASSES)
        ],
        axis=1,
    )
    powers = np.exp(bits - bits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def _decided(chances: Shares, pairs: Sequence[Pair]) -> Shares:
    """The chances with those of decided pairs as decided."""
    same = np.array([pair.same is True for pair in pairs])
    other = np.array([pair.same is False for pair in pairs])
    chances[same] = np.eye(len(_CLASSES))[0]
    chances[other, 0] = 0.0
    chances[other] /= np.maximum(chances[other].sum(axis=1, keepdims=True), 1e-12)
    return chances


def _by_chance(field: str, found: Agreement, other: Person, lexicon: Lexicon) -> float:
    share = lexicon.share_agreed(field, getattr(other, field), found)
    return share if share is not None else lexicon.model.u[field].get(found.level, 1e-9)
