"""Query to verdict: reference first, then identifiers and names over the candidates that share a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from matching.candidates import find_candidates
from matching.judge import contradiction_of, judge
from matching.lexicon import Lexicon, load_lexicon
from matching.people import Known, known_by
from matching.probes import probes
from matching.query import Candidate, Evidence, Match, Query
from matching.score import Prior, Scorer, posterior, total
from matching.settings import MatchSettings
from matching.variants import FoldedQuery, fold_query

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Mailed:
    """To whom a campaign's form was sent: `size` subscribers; `among` tells which of some ids are of them."""

    size: int
    among: Callable[[Sequence[str]], frozenset[str]]


class Matcher:
    """Answers queries against the base of one session. What it must know of the whole base is read once.

    Give the `lexicon` of an earlier matcher to save reading it again.
    """

    def __init__(self, session: Session, settings: MatchSettings | None = None, lexicon: Lexicon | None = None) -> None:
        self._session = session
        self._settings = settings or MatchSettings()
        self.lexicon = load_lexicon(session, lexicon)

    def match(self, query: Query, mailed: Mailed | None = None) -> Match:
        """The verdict on one query; expected outcomes are verdicts, never exceptions.

        `mailed` narrows the base to those who got the campaign's form; others stay possible at a small share.
        """
        found = self._found(query, mailed)
        return replace(found, base=self.lexicon.size, model=self.lexicon.model.version)

    def _found(self, query: Query, mailed: Mailed | None) -> Match:
        folded = fold_query(query, self._settings.alternatives)
        if query.reference_subscriber is None:
            return self._search(query, folded, mailed)
        named = known_by(self._session, [query.reference_subscriber])
        if not named:
            found = self._search(query, folded, None)
            return _never_auto(found, "the code names a subscriber who is not in the base")
        return self._confirm(query, folded, *named)

    def evidence(self, query: Query, subscribers: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        """How the query compares with these subscribers, whoever else there is; unknown ids are left out."""
        scorer = Scorer(fold_query(query, self._settings.alternatives), self.lexicon)
        return {found.id: found.evidence(scorer) for found in known_by(self._session, subscribers)}

    def _confirm(self, query: Query, folded: FoldedQuery, named: Known) -> Match:
        evidence = named.evidence(Scorer(folded, self.lexicon))
        against = contradiction_of(query, evidence)
        if against:
            doubtful = Candidate(named.id, 0.5, total(evidence), evidence)
            return Match(query.id, "review", "contradiction", (doubtful,), against)
        sure = Candidate(named.id, self._settings.auto, total(evidence), evidence)
        if not named.active:
            return Match(query.id, "review", "inactive", (sure,), ("the subscriber is no longer active",))
        return Match(query.id, "auto", "reference", (sure,), ("the verified code names this subscriber",))

    def rank(self, query: Query, mailed: Mailed | None = None) -> tuple[Candidate, ...]:
        """Every candidate that is compared, likeliest first; a code on the form is not looked at."""
        _, ranked = self._ranked(fold_query(query, self._settings.alternatives), mailed)
        return ranked

    def _search(self, query: Query, folded: FoldedQuery, mailed: Mailed | None) -> Match:
        known, ranked = self._ranked(folded, mailed)
        shown = ranked[:_SHOWN]
        persons = {one.id: one.person for one in known.values()}
        found = judge(query, folded, shown, persons, self._settings)
        if found.verdict == "auto" and not known[shown[0].subscriber_id].active:
            return replace(found, verdict="review", rule="inactive", why=("the subscriber is no longer active",))
        return found

    def _ranked(self, folded: FoldedQuery, mailed: Mailed | None) -> tuple[dict[str, Known], tuple[Candidate, ...]]:
        """Who shares a key with the query, and all of them likeliest first."""
        asked = probes(folded, self.lexicon)
        ids = find_candidates(self._session, asked, self.lexicon, self._settings.candidates)
        known = known_by(self._session, ids)
        scorer = Scorer(folded, self.lexicon)
        evidence = [one.evidence(scorer) for one in known]
        sent = mailed.among(ids) if mailed else frozenset[str]()
        priors = [self._prior(one.id, mailed, sent) for one in known]
        chances = posterior(evidence, priors, self._settings, self.lexicon.model.namesakes)
        scored = [
            Candidate(one.id, chance, total(bars), bars)
            for one, bars, chance in zip(known, evidence, chances, strict=True)
        ]
        ranked = sorted(scored, key=lambda found: (-found.probability, -found.score, found.subscriber_id))
        return {one.id: one for one in known}, tuple(ranked)

    def _prior(self, subscriber: str, mailed: Mailed | None, sent: frozenset[str]) -> Prior:
        inside = 1 - self._settings.stranger_share
        if mailed is None or not mailed.size:
            return Prior(inside / max(self.lexicon.size, 1))
        outside = self._settings.outsider_share
        if subscriber in sent:
            return Prior(inside * (1 - outside) / mailed.size, outside)
        return Prior(inside * outside / max(self.lexicon.size, 1))


def _never_auto(found: Match, why: str) -> Match:
    verdict = "review" if found.verdict == "auto" else found.verdict
    return replace(found, verdict=verdict, rule="unknown-reference", why=(why, *found.why))
