"""The question asked of the subscriber base, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matching.compare import Level

Verdict = Literal["auto", "review", "none"]
Guess = tuple[str, float]
"""One way a field may read, with its probability; the first is the best."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is known of the sender. Every field holds the reader's alternatives, best first; empty means not given.

    `reference_subscriber` is the subscriber whom a verified code names; `struck_out` lists the prefilled fields that
    the sender crossed out, and `corrected` those for which they wrote something else.
    """

    id: str
    reference_subscriber: str | None = None
    name: tuple[Guess, ...] = ()
    first_name: tuple[Guess, ...] = ()
    last_name: tuple[Guess, ...] = ()
    street: tuple[Guess, ...] = ()
    house_number: tuple[Guess, ...] = ()
    postcode: tuple[Guess, ...] = ()
    city: tuple[Guess, ...] = ()
    phone: tuple[Guess, ...] = ()
    email: tuple[Guess, ...] = ()
    birth_date: tuple[Guess, ...] = ()
    customer_number: tuple[Guess, ...] = ()
    struck_out: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


_FIELDS = (
    "name", "first_name", "last_name", "street", "house_number", "postcode", "city", "phone", "email", "birth_date",
    "customer_number",
)  # fmt: skip


def query_of(row: Mapping[str, str]) -> Query:
    """The query of a row that has one certain value a field; names of their own make `name` superfluous."""
    given = {field: ((text, 1.0),) for field in _FIELDS if (text := (row.get(field) or "").strip())}
    if "first_name" in given and "last_name" in given:
        given.pop("name", None)
    return Query(id=row["id"].strip(), **given)  # type: ignore[arg-type]  # every given field holds guesses


@dataclass(frozen=True, slots=True)
class Evidence:
    """One bar of the waterfall: how a field speaks for or against a candidate.

    `level` is that of the likeliest reading; `weight` is a log2 likelihood ratio over all readings (positive speaks
    for); `sentence` says it in words without personal data.
    """

    field: str
    level: Level
    weight: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subscriber who may be the sender, with the probability (0..1) that they are."""

    subscriber_id: str
    probability: float
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict: ``auto`` (candidates[0] is the sender), ``review`` (a person picks) or ``none``.

    `rule` is the stable id of what decided (``reference``, ``customer_number``, ``phone``, ``email``, ``fuzzy``,
    ``ambiguous``, ``contradiction``, ``no-candidate``, ...); `why` are sentences without personal data. `base` is how
    many subscribers were looked through, `model` the version of the weights.
    """

    query_id: str
    verdict: Verdict
    rule: str
    candidates: tuple[Candidate, ...]
    why: tuple[str, ...]
    base: int = 0
    model: str = ""

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    @property
    def runner_up(self) -> Candidate | None:
        return self.candidates[1] if len(self.candidates) > 1 else None
