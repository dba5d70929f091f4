"""What the terms give for a set of outcomes: pure, in decimals, and the same in whatever order things became known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Literal, get_args

from cases.settlement.terms import Terms, terms_on

What = Literal["retained", "lost"]
Kind = Literal["commission", "clawback"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """What became of a case on a day: the subscriber stayed, or left after all."""

    case_id: int
    what: What
    on: dt.date
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One amount that a partner earns, or owes back (negative), in a month (its first day)."""

    case_id: int
    month: dt.date
    kind: Kind
    amount: Decimal
    currency: str
    terms: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Retained:
    on: dt.date
    case_id: int
    offers: tuple[str, ...]
    lost_on: dt.date | None
    terms: Terms


def entitlements(terms: Sequence[Terms], outcomes: Iterable[Outcome]) -> tuple[Entitlement, ...]:
    """All that one partner's terms give for these outcomes, by month and case.

    A case is retained once, on the first day that is reported, and lost on the first day after that. Its place in the
    month counts for tiers and cap also where it is lost later. A loss within the clawback days of the terms by which
    it was paid takes back exactly what the case was paid.
    """
    retained = sorted(_retained(terms, outcomes), key=lambda one: (one.on, one.case_id))
    found: list[Entitlement] = []
    for month, cases in groupby(retained, key=lambda one: month_of(one.on)):
        found.extend(_of_month(month, list(cases)))
    return tuple(sorted(found, key=lambda one: (one.month, one.case_id, KINDS.index(one.kind))))


def month_of(day: dt.date) -> dt.date:
    """The first day of its month."""
    return day.replace(day=1)


def _retained(terms: Sequence[Terms], outcomes: Iterable[Outcome]) -> Iterable[_Retained]:
    ordered = sorted(set(outcomes))
    for case_id, group in groupby(ordered, key=lambda one: one.case_id):
        events = list(group)
        stayed = min((one for one in events if one.what == "retained"), key=lambda one: one.on, default=None)
        held = terms_on(terms, stayed.on) if stayed else None
        if stayed is None or held is None:
            continue
        lost = min((one.on for one in events if one.what == "lost" and one.on >= stayed.on), default=None)
        yield _Retained(stayed.on, case_id, stayed.offers, lost, held)


def _of_month(month: dt.date, cases: list[_Retained]) -> Iterable[Entitlement]:
    paid = _NOTHING
    for place, case in enumerate(cases, start=1):
        full = case.terms.amount_for(case.offers, place)
        cap = case.terms.cap_per_month
        amount = full if cap is None else max(_NOTHING, min(full, cap - paid))
        paid += amount
        why = f"retained on {case.on}, case {place} of the month"
        if amount < full:
            why += f": {full} cut to {amount}, as the month's cap of {cap} is reached"
        yield _entitlement(case, month, "commission", amount, why)
        if _is_clawed_back(case) and case.lost_on:
            days = (case.lost_on - case.on).days
            why = f"lost on {case.lost_on}, {days} days after it was retained; within {case.terms.clawback_days}"
            yield _entitlement(case, month_of(case.lost_on), "clawback", -amount, why)


def _is_clawed_back(case: _Retained) -> bool:
    return case.lost_on is not None and (case.lost_on - case.on).days <= case.terms.clawback_days


def _entitlement(case: _Retained, month: dt.date, kind: Kind, amount: Decimal, why: str) -> Entitlement:
    return Entitlement(case.case_id, month, kind, amount, case.terms.currency, case.terms.hash, why)
