"""What a matcher answered to cards whose senders are known: the report of one kind, and the bars."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.databases import Kind as Database
from bench.people.cards import KINDS, NAMED_ALIKE, Card, Kind
from bench.statistics import calibration, percentile, upper_bound
from matching.query import Match, Query

ADDRESSED = ("name", "first_name", "last_name", "street", "house_number", "postcode", "city")
FIRST: dict[Kind, float] = {"one-more": 0.995, "address": 0.96}
WRONG_AUTOMATIC, AUTOMATIC = 1e-4, 0.90


@dataclass(frozen=True, slots=True)
class Answer:
    """What the matcher said to one card. `place` is where the right one came (0 is first), None when not compared."""

    card: Card
    match: Match
    place: int | None
    wall_ms: float
    cpu_ms: float

    @property
    def automatic(self) -> bool:
        return self.match.verdict == "auto"

    @property
    def right(self) -> bool:
        """Whether the first candidate is the sender, by any of the sender's contracts."""
        return self.chosen in self.card.right

    @property
    def probability(self) -> float:
        """That of the first candidate; what the matcher takes for two entries of one person counts together."""
        told = self.match.candidates[: 2 if self.match.rule == "duplicate" else 1]
        return sum(candidate.probability for candidate in told)

    @property
    def chosen(self) -> str | None:
        """The first candidate, whatever the verdict."""
        return self.match.best.subscriber_id if self.match.best else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise, and what was measured against it."""

    name: str
    measured: str
    held: bool


def report(kind: Kind, answers: Sequence[Answer], wrong: int) -> None:
    """Everything that is known of one kind of card; `wrong` cards that went wrong are shown."""
    members = [one for one in answers if one.card.right]
    say(f"{kind} ({KINDS[kind]}): {len(answers):,} cards, {len(members):,} of subscribers")
    _report_shares(answers, members)
    _report_reasons(answers, members)
    say("  probability of the first   cards  expected  seen right")
    for row in calibration([(one.probability, one.right) for one in answers if one.match.best]):
        say(f"    {row.low:6.4f} - {row.high:6.4f}       {row.count:6d}   {row.expected:.5f}   {row.seen:.5f}")
    walls, cpus = [one.wall_ms for one in answers], [one.cpu_ms for one in answers]
    say(f"  ms a lookup: wall p50 {percentile(walls, 0.5):.1f} p99 {percentile(walls, 0.99):.1f}, "
        f"CPU p50 {percentile(cpus, 0.5):.1f} p99 {percentile(cpus, 0.99):.1f}, "
        f"load of the machine {os.getloadavg()[0]:.1f}")  # fmt: skip
    _show(answers, wrong)


def _report_shares(answers: Sequence[Answer], members: Sequence[Answer]) -> None:
    automatic = [one for one in answers if one.automatic]
    say(f"  right one first {share(one.right for one in members)}")
    say(f"  right one among the compared {share(one.place is not None for one in members)}")
    automatically = share(one.automatic for one in members)
    say(f"  automatic {automatically} of subscribers, {share(one.automatic for one in answers)} of all")
    say(f"  with a field besides name and address {share(_has_more(one.card.query) for one in members)} of subscribers")
    say(f"  {_wrong_automatic(automatic)}")
    if by_sender := Counter(one.card.sender for one in automatic if not one.right):
        alike = sum(not one.right and NAMED_ALIKE in one.card.deeds for one in automatic)
        say(f"    wrong automatic by sender: {dict(by_sender)}; {alike} of them {NAMED_ALIKE}")
    other = sum(one.right and one.chosen != one.card.near for one in automatic)
    say(f"    automatic on another contract of the same person: {other}")


def _report_reasons(answers: Sequence[Answer], members: Sequence[Answer]) -> None:
    verdicts = Counter(f"{one.match.verdict}/{one.match.rule}" for one in answers)
    say(f"  verdicts {dict(verdicts.most_common(12))}")
    reasons = Counter(one.match.why[0] for one in members if one.match.verdict == "review" and one.match.why)
    for why, count in reasons.most_common(8):
        say(f"    review {count / max(len(members), 1):6.2%}  {why}")
    missed = Counter(deed for one in members if not one.right for deed in one.card.deeds or ("only misread",))
    say(f"  not first, by what the sender did: {dict(missed.most_common(8))}")


def _has_more(query: Query) -> bool:
    """Whether there is anything that may make the card automatic."""
    return bool(query.phone or query.email or query.birth_date or query.customer_number)


def _wrong_automatic(automatic: Sequence[Answer]) -> str:
    wrong = sum(not one.right for one in automatic)
    bound = upper_bound(wrong, len(automatic))
    return f"wrong among automatic: {wrong} of {len(automatic):,}, upper 95 % bound {bound:.1e}"


def _show(answers: Sequence[Answer], wrong: int) -> None:
    """Cards that went wrong, the worst kinds first; the people are invented."""
    worst = [one for one in answers if one.automatic and not one.right]
    worst += [one for one in answers if one.card.right and not one.right]
    for one in worst[:wrong]:
        best = one.match.best
        bars = {bar.field: bar.weight for bar in best.evidence} if best else {}
        told = f"{best.subscriber_id} p={best.probability:.6f} {bars}" if best else "nobody"
        say(f"    {one.match.verdict} {one.card.sender} near={one.card.near} place={one.place} {one.card.deeds}")
        say(f"      {as_read(one.card.query)}\n      -> {told}")


def as_read(query: Query) -> dict[str, str]:
    """The best reading of each field."""
    fields = (*ADDRESSED, "phone", "email", "birth_date", "customer_number")
    return {field: found[0][0] for field in fields if (found := getattr(query, field))}


def judge(answers: Mapping[Kind, Sequence[Answer]], rows: int, kind: Database) -> list[Bar]:
    """The bars of the product, each with what was measured."""
    bars = []
    at = f"{rows:,} rows, {kind}"
    for which, least in FIRST.items():
        if members := [one for one in answers.get(which, ()) if one.card.right]:
            first = sum(one.right for one in members) / len(members)
            bars.append(Bar(f"right one first, {which}, >= {least:.1%} ({at})", f"{first:.2%}", first >= least))
    if mixed := answers.get("mixed"):
        # name and address alone may not be automatic, so those cards cannot count here
        members = [one for one in mixed if one.card.right and _has_more(one.card.query)]
        part = sum(one.automatic for one in members) / len(members)
        name = f"automatic share, mixed, subscribers who give more than name and address, >= {AUTOMATIC:.0%} ({at})"
        bars.append(Bar(name, f"{part:.2%}", part >= AUTOMATIC))
    for which in ("address", "mailed", "phone"):
        if found := answers.get(which):
            count = sum(one.automatic for one in found)
            bars.append(Bar(f"nothing automatic, {which} ({at})", str(count), count == 0))
    if automatic := [one for which in ("mixed", "one-more") for one in answers.get(which, ()) if one.automatic]:
        bars.append(_wrong_bar("mixed and one-more", at, automatic))
    return bars


def _wrong_bar(name: str, at: str, automatic: Sequence[Answer]) -> Bar:
    rate = sum(not one.right for one in automatic) / max(len(automatic), 1)
    told = _wrong_automatic(automatic)
    return Bar(f"wrong automatic, {name}, <= {WRONG_AUTOMATIC:.0e} ({at})", told, rate <= WRONG_AUTOMATIC)


def tell(bars: Iterable[Bar]) -> bool:
    """Says which bars are held; True when one is missed."""
    missed = False
    for bar in bars:
        say(f"{'held  ' if bar.held else 'MISSED'} {bar.name}: {bar.measured}")
        missed |= not bar.held
    return missed


def share(hits: Iterable[bool]) -> str:
    counted = list(hits)
    return f"{sum(counted) / len(counted):.2%}" if counted else "-"


def say(text: str) -> None:
    print(text, flush=True)
