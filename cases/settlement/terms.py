"""Commission rules as data: what a partner earns for a retained case, from which day on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError, field_validator, model_validator

CENT = Decimal("0.01")
Amount = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000, max_digits=9, decimal_places=2),
    PlainSerializer(lambda amount: str(amount.quantize(CENT)), return_type=str, when_used="json"),
]


class TermsError(ValueError):
    """Commission rules that cannot be used; the message says which and why."""


class Tier(BaseModel):
    """From the `from_case`-th retained case of a month on, each earns `per_case`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_case: int = Field(ge=2)
    per_case: Amount


class Terms(BaseModel):
    """What one partner earns for cases retained on `valid_from` or later, until newer terms begin.

    An offer named in `per_offer` earns that, whatever its place in the month; any other case earns `per_case`, or what
    the last tier that it has reached says. `cap_per_month` bounds what a month's commissions come to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: str = Field(min_length=1, max_length=80)
    valid_from: dt.date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    per_case: Amount
    per_offer: dict[str, Amount] = Field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    cap_per_month: Amount | None = None
    clawback_days: int = Field(0, ge=0, le=3650)

    @field_validator("per_case", "cap_per_month", mode="before")
    @classmethod
    def _no_binary_fractions(cls, value: object) -> object:
        return exact(value)

    @field_validator("per_offer", mode="before")
    @classmethod
    def _no_binary_fractions_by_offer(cls, value: object) -> object:
        return {key: exact(one) for key, one in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        if any(later.from_case <= earlier.from_case for earlier, later in pairwise(self.tiers)):
            raise ValueError("tiers must name rising case numbers")
        return self

    def as_json(self) -> dict[str, object]:
        """The terms as they are stored and hashed: amounts as text with two places."""
        return self.model_dump(mode="json")

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON: names these terms in every line that they produced."""
        canonical = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def amount_for(self, offers: Sequence[str], place: int) -> Decimal:
        """What the case in this place of its month (from 1) earns before the cap; the best of several offers."""
        named = [self.per_offer[offer] for offer in offers if offer in self.per_offer]
        if named:
            return max(named)
        reached = [tier.per_case for tier in self.tiers if place >= tier.from_case]
        return reached[-1] if reached else self.per_case


def exact(value: object) -> object:
    """A YAML number as it was written, and not as the binary fraction nearest to it."""
    return str(value) if isinstance(value, float) else value


def read_terms(file: Path) -> list[Terms]:
    """The terms of a YAML list. Raises TermsError."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TermsError(f"{file.name} is no YAML: {error}") from None
    if not isinstance(raw, list):
        raise TermsError(f"{file.name} must hold a list of terms, each beginning with '- partner: ...'.")
    found = []
    for number, entry in enumerate(raw, start=1):
        try:
            found.append(Terms.model_validate(entry))
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'entry'}: {one['msg']}" for one in error.errors())
            raise TermsError(f"Entry {number} of {file.name}: {told}") from None
    return found


def terms_on(terms: Sequence[Terms], day: dt.date) -> Terms | None:
    """Which of a partner's terms hold for a case retained on `day`; None before the first begin."""
    begun = [one for one in terms if one.valid_from <= day]
    return max(begun, key=lambda one: one.valid_from, default=None)
