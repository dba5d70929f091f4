"""Properties of what is paid: nothing twice, taken back to the cent, whatever order things become known in."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cases.settlement.entitlements import Entitlement, Outcome, entitlements, month_of
from cases.settlement.lines import Line, statement_lines
from cases.settlement.terms import Terms, Tier

JANUARY = dt.date(2026, 1, 1)
MONTHS = [dt.date(2026, month, 1) for month in range(1, 8)]
days = st.dates(JANUARY, dt.date(2026, 6, 30))
amounts = st.decimals(0, 500, places=2)
places = st.sampled_from([(), (2,), (3, 5)])


@st.composite
def some_terms(draw: st.DrawFn) -> list[Terms]:
    begins = draw(st.lists(st.sampled_from([JANUARY, *MONTHS, dt.date(2026, 3, 17)]), min_size=1, unique=True))
    return [
        Terms(
            partner="acme", valid_from=begin, currency="EUR", per_case=draw(amounts),
            per_offer=draw(st.dictionaries(st.sampled_from(["data", "discount"]), amounts)),
            tiers=tuple(Tier(from_case=place, per_case=draw(amounts)) for place in draw(places)),
            cap_per_month=draw(st.none() | amounts), clawback_days=draw(st.integers(0, 120)),
        )
        for begin in begins
    ]  # fmt: skip


outcomes = st.lists(
    st.builds(
        Outcome,
        case_id=st.integers(1, 8), what=st.sampled_from(["retained", "lost"]), on=days,
        offers=st.sampled_from([(), ("data",), ("discount",), ("data", "discount")]),
    ),
    max_size=25,
)  # fmt: skip


def of_case(found: list[Entitlement] | tuple[Entitlement, ...], kind: str) -> dict[int, list[Entitlement]]:
    cases: dict[int, list[Entitlement]] = defaultdict(list)
    for one in found:
        if one.kind == kind:
            cases[one.case_id].append(one)
    return cases


@given(some_terms(), outcomes)
def test_no_case_is_paid_twice(terms: list[Terms], known: list[Outcome]) -> None:
    found = entitlements(terms, known)
    assert all(len(paid) == 1 for paid in of_case(found, "commission").values())
    assert all(len(taken) == 1 for taken in of_case(found, "clawback").values())


@given(some_terms(), outcomes)
def test_a_clawback_returns_exactly_what_was_paid(terms: list[Terms], known: list[Outcome]) -> None:
    found = entitlements(terms, known)
    paid = of_case(found, "commission")
    for case, (taken,) in of_case(found, "clawback").items():
        assert taken.amount == -paid[case][0].amount
        assert taken.month >= paid[case][0].month


@given(some_terms(), outcomes, st.randoms())
def test_the_order_in_which_outcomes_become_known_does_not_matter(
    terms: list[Terms], known: list[Outcome], random: st.DataObject
) -> None:
    other = [*known, *known[:3]]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert entitlements(list(reversed(terms)), other) == entitlements(terms, known)


@given(some_terms(), outcomes)
def test_a_month_never_comes_to_more_than_the_highest_cap_of_its_terms(
    terms: list[Terms], known: list[Outcome]
) -> None:
    by_month: dict[dt.date, Decimal] = defaultdict(Decimal)
    used: dict[dt.date, set[str]] = defaultdict(set)
    for one in entitlements(terms, known):
        if one.kind == "commission":
            by_month[one.month] += one.amount
            used[one.month].add(one.terms)
    caps = {one.hash: one.cap_per_month for one in terms}
    for month, sum_ in by_month.items():
        bounds = [caps[name] for name in used[month]]
        if all(bound is not None for bound in bounds):
            assert sum_ <= max(bound for bound in bounds if bound is not None)


@given(some_terms(), outcomes, outcomes, st.integers(0, 5))
def test_what_became_known_late_is_corrected_by_a_later_line_and_all_lines_come_to_what_is_due(
    terms: list[Terms], early: list[Outcome], late: list[Outcome], when: int
) -> None:
    locked: list[Line] = []
    for number, month in enumerate([*MONTHS, dt.date(2026, 12, 1)]):
        known = early if number < when else early + late
        before = list(locked)
        locked += statement_lines(entitlements(terms, known), before, month)
        assert locked[: len(before)] == before
    due: dict[int, Decimal] = defaultdict(Decimal)
    settled: dict[int, Decimal] = defaultdict(Decimal)
    for one in entitlements(terms, early + late):
        due[one.case_id] += one.amount
    for line in locked:
        settled[line.case_id] += line.amount
    assert {case: sum_ for case, sum_ in settled.items() if sum_} == {case: sum_ for case, sum_ in due.items() if sum_}


@given(some_terms(), outcomes)
def test_without_late_news_a_statement_is_what_its_month_gives(terms: list[Terms], known: list[Outcome]) -> None:
    locked: list[Line] = []
    for month in MONTHS:
        lines = statement_lines(entitlements(terms, known), locked, month)
        given_ = [one for one in entitlements(terms, known) if one.month == month]
        assert [(line.case_id, line.of, line.kind, line.amount) for line in lines] == [
            (one.case_id, one.kind, one.kind, one.amount)
            for one in sorted(given_, key=lambda one: (one.case_id, one.kind != "commission"))
        ]
        assert sum((line.amount for line in lines), Decimal(0)) == sum((one.amount for one in given_), Decimal(0))
        locked += lines


def terms_of(**given_: object) -> Terms:
    return Terms.model_validate(
        {"partner": "acme", "valid_from": JANUARY, "currency": "EUR", "per_case": "10.00"} | given_
    )


def test_the_third_case_of_a_month_earns_by_the_tier_it_reaches() -> None:
    terms = terms_of(tiers=[{"from_case": 3, "per_case": "12.50"}])
    known = [Outcome(case, "retained", dt.date(2026, 2, case)) for case in (1, 2, 3, 4)]
    assert [one.amount for one in entitlements([terms], known)] == [
        Decimal(x) for x in ("10.00", "10.00", "12.50", "12.50")
    ]


def test_an_offer_with_its_own_price_earns_that_and_the_best_of_two() -> None:
    terms = terms_of(per_offer={"data": "15.00", "discount": "8.00"})
    (one,) = entitlements([terms], [Outcome(1, "retained", JANUARY, ("data", "discount"))])
    assert one.amount == Decimal("15.00")


def test_a_cap_cuts_the_case_that_reaches_it_and_says_so() -> None:
    terms = terms_of(cap_per_month="15.00")
    known = [Outcome(case, "retained", dt.date(2026, 2, case)) for case in (1, 2, 3)]
    found = entitlements([terms], known)
    assert [one.amount for one in found] == [Decimal("10.00"), Decimal("5.00"), Decimal("0.00")]
    assert "cap of 15.00" in found[1].sentence


def test_a_case_retained_before_the_first_terms_earns_nothing() -> None:
    assert entitlements([terms_of(valid_from=dt.date(2026, 3, 1))], [Outcome(1, "retained", JANUARY)]) == ()


def test_newer_terms_hold_from_their_day_on() -> None:
    both = [terms_of(), terms_of(valid_from=dt.date(2026, 2, 1), per_case="11.00")]
    found = entitlements(
        both, [Outcome(1, "retained", dt.date(2026, 1, 31)), Outcome(2, "retained", dt.date(2026, 2, 1))]
    )
    assert [one.amount for one in found] == [Decimal("10.00"), Decimal("11.00")]


def test_a_loss_on_the_last_clawback_day_takes_back_and_a_day_later_does_not() -> None:
    terms = terms_of(clawback_days=90)
    inside = [Outcome(1, "retained", JANUARY), Outcome(1, "lost", JANUARY + dt.timedelta(90))]
    assert [one.amount for one in entitlements([terms], inside)] == [Decimal("10.00"), Decimal("-10.00")]
    outside = [Outcome(1, "retained", JANUARY), Outcome(1, "lost", JANUARY + dt.timedelta(91))]
    assert len(entitlements([terms], outside)) == 1
    assert month_of(dt.date(2026, 4, 1)) == dt.date(2026, 4, 1)
