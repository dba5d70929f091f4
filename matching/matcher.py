"""Query to verdict: reference first, then identifiers and names over blocked candidates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session, col, func, select

from matching.base import Subscriber
from matching.candidates import find_candidates
from matching.compare import COMPARISONS, MISSING, Agreement
from matching.judge import contradiction_of, judge
from matching.query import Candidate, Evidence, Match, Query
from matching.score import SWAP_COST, posterior, waterfall, weigh
from matching.settings import MatchSettings
from matching.variants import FoldedQuery, fold_query

_SHOWN = 5


class Matcher:
    """Answers queries against the base of one session; counts of the base are taken once and kept."""

    def __init__(self, session: Session, settings: MatchSettings | None = None) -> None:
        self._session = session
        self._settings = settings or MatchSettings()
        self._size: int | None = None
        self._surnames: dict[str, int] = {}

    def match(self, query: Query) -> Match:
        """The verdict on one query; expected outcomes are verdicts, never exceptions."""
        folded = fold_query(query, self._settings.alternatives)
        if query.reference_subscriber is None:
            return self._search(query, folded)
        named = self._session.get(Subscriber, query.reference_subscriber)
        if named is None:
            return _never_auto(self._search(query, folded), "the code names a subscriber who is not in the base")
        return self._confirm(query, folded, named)

    def _confirm(self, query: Query, folded: FoldedQuery, named: Subscriber) -> Match:
        evidence = self._evidence(folded, named)
        against = contradiction_of(query, evidence)
        score = sum(bar.weight for bar in evidence)
        if against:
            doubtful = Candidate(named.id, 0.5, score, evidence)
            return Match(query.id, "review", "contradiction", (doubtful,), against)
        sure = Candidate(named.id, self._settings.auto, score, evidence)
        if not named.active:
            return Match(query.id, "review", "inactive", (sure,), ("the subscriber is no longer active",))
        return Match(query.id, "auto", "reference", (sure,), ("the verified code names this subscriber",))

    def rank(self, query: Query) -> tuple[Candidate, ...]:
        """Every candidate that is compared, likeliest first; a code on the form is not looked at."""
        _, scored = self._scored(fold_query(query, self._settings.alternatives))
        return _ranked(scored)

    def _scored(self, folded: FoldedQuery) -> tuple[list[Subscriber], list[Candidate]]:
        rows = find_candidates(self._session, folded, self._settings)
        evidence = [self._evidence(folded, row) for row in rows]
        chances = posterior(evidence, self._base_size(), self._settings)
        scored = [
            Candidate(row.id, chance, sum(bar.weight for bar in bars), bars)
            for row, bars, chance in zip(rows, evidence, chances, strict=True)
        ]
        return rows, scored

    def _search(self, query: Query, folded: FoldedQuery) -> Match:
        rows, scored = self._scored(folded)
        ranked = _ranked(scored)[:_SHOWN]
        active = {row.id: row.active for row in rows}
        found = judge(query, folded, ranked, self._settings)
        if found.verdict == "auto" and not active[ranked[0].subscriber_id]:
            return replace(found, verdict="review", rule="inactive", why=("the subscriber is no longer active",))
        return found

    def _evidence(self, folded: FoldedQuery, row: Subscriber) -> tuple[Evidence, ...]:
        share = self._surname_share(row.folded_last)
        agreements = {field: self._agreement(folded, field, row, share) for field in COMPARISONS}
        straight = waterfall(agreements, share)
        swapped = waterfall(agreements | _swapped_names(folded, row), share)
        return straight if _total(straight) >= _total(swapped) - SWAP_COST else _charge_swap(swapped)

    def _agreement(self, folded: FoldedQuery, field: str, row: Subscriber, share: float) -> Agreement:
        theirs = getattr(row, f"folded_{field}")
        guesses = folded.variants.get(field, ())
        if not guesses or not theirs:
            return MISSING
        best_chance = max(chance for _, chance in guesses)

        def worth(guess: tuple[str, float]) -> float:
            level = COMPARISONS[field](guess[0], theirs)
            return weigh(field, level, share) + math.log2(max(guess[1], 1e-6) / max(best_chance, 1e-6))

        return COMPARISONS[field](max(guesses, key=worth)[0], theirs)

    def _base_size(self) -> int:
        if self._size is None:
            self._size = self._session.exec(select(func.count()).select_from(Subscriber)).one()
        return self._size

    def _surname_share(self, surname: str) -> float:
        if surname not in self._surnames:
            same = select(func.count()).select_from(Subscriber).where(col(Subscriber.folded_last) == surname)
            self._surnames[surname] = self._session.exec(same).one()
        # One more on either side: a surname seen once in a small base is not proven rare.
        return min(1.0, (self._surnames[surname] + 1) / (self._base_size() + 100))


def _ranked(scored: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(scored, key=lambda c: (-c.score, c.subscriber_id)))


def _swapped_names(folded: FoldedQuery, row: Subscriber) -> dict[str, Agreement]:
    best = folded.best
    return {
        "first": COMPARISONS["first"](best.last, row.folded_first),
        "last": COMPARISONS["last"](best.first, row.folded_last),
    }


def _charge_swap(bars: Sequence[Evidence]) -> tuple[Evidence, ...]:
    note = "surname and given name stand in each other's place"
    return (*bars, Evidence("swapped", 1.0, -SWAP_COST, note))


def _total(bars: Sequence[Evidence]) -> float:
    return sum(bar.weight for bar in bars)


def _never_auto(found: Match, why: str) -> Match:
    verdict = "review" if found.verdict == "auto" else found.verdict
    return replace(found, verdict=verdict, rule="unknown-reference", why=(why, *found.why))
