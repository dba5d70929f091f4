"""The law of the verdict: what may be automatic, what a person must see, and the sentence that says why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matching.contact import has_check_digit
from matching.person import Person
from matching.query import Candidate, Evidence, Match, Query
from matching.relations import SENTENCES, relation
from matching.score import CONTACT, IDENTIFIERS
from matching.settings import MatchSettings
from matching.variants import FoldedQuery

_NAMES = frozenset({"name", "first_name", "last_name"})
_STRONG_BITS, _NAMED_BITS = 4.0, 3.0
"""What nearly agrees counts beside a first name: the phones and numbers of a family may lie side by side."""
_PROOFS = 2
_WHERE = frozenset({"street", "number", "postcode"})


def contradiction_of(query: Query, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """What speaks against the subscriber whom a verified code names; empty when nothing does."""
    why = []
    if _NAMES & set(query.struck_out):
        why.append("the printed name is struck out")
    weights = _weights(evidence)
    if min(weights.get("first", 0), weights.get("last", 0)) < 0:
        why.append("the name differs from the subscriber's")
    elif _NAMES & set(query.corrected) and not {"first", "last"} & set(weights):
        why.append("the printed name is corrected, and the new one cannot be compared")
    if weights.get("birth_date", 0) < 0:
        why.append("the birth date differs from the subscriber's")
    return tuple(why)


def judge(
    query: Query,
    folded: FoldedQuery,
    ranked: tuple[Candidate, ...],
    people: Mapping[str, Person],
    settings: MatchSettings,
) -> Match:
    """The verdict over candidates ranked by score."""
    if not ranked:
        return Match(query.id, "none", "no-candidate", (), ("nobody in the base resembles the sender",))
    best = ranked[0]
    if _lead(ranked) < settings.margin and _likely_together(ranked) >= settings.review:
        kin = relation(*(people[candidate.subscriber_id] for candidate in ranked[:2]))
        rule = "duplicate" if kin == "duplicate" else "ambiguous"
        return Match(query.id, "review", rule, ranked, (SENTENCES[kin],))
    if best.probability < settings.review and not _agreeing(best) & IDENTIFIERS:
        return Match(query.id, "none", "unlikely", ranked, ("nobody in the base is likely enough",))
    doubt = _doubt(query, folded, best, settings)
    if doubt:
        return Match(query.id, "review", _rule(best), ranked, (doubt,))
    agreed = ", ".join(bar.sentence for bar in best.evidence if bar.weight > 0)
    return Match(query.id, "auto", _rule(best), ranked, (agreed,))


def _doubt(  # noqa: PLR0911  # one law a line
    query: Query, folded: FoldedQuery, best: Candidate, settings: MatchSettings
) -> str | None:
    weights = _weights(best.evidence)
    exact = _exact(best)
    strong = {bar.field for bar in best.evidence if bar.weight >= _STRONG_BITS and bar.level != "far"}
    elsewhere = any(bar.weight < 0 for bar in best.evidence if bar.field in _WHERE and bar.level != "exact")
    if _NAMES & set(query.struck_out):
        return "the printed name is struck out"
    named = weights.get("first", 0) >= _NAMED_BITS
    proofs = exact & IDENTIFIERS
    # people marry; twins share all but the first name
    at_home = not elsewhere and min(weights.get("street", 0), weights.get("number", 0)) > 0
    married = named and len(proofs) + at_home >= _PROOFS
    if weights.get("first", 0) < 0 or (weights.get("last", 0) < 0 and not married):
        return "the name differs"
    if min(weights.get("birth_date", 0), weights.get("customer_number", 0)) < 0:
        return "the birth date or the customer number differs"
    # a namesake of the town may be of nearly the same age
    near = strong & IDENTIFIERS and named and not elsewhere
    if not (proofs or near):
        # nor does a mailing list: the form lies on the table of the whole family
        return "only name and address agree: nothing tells the person from a relative"
    by_initial = any(bar.level == "initial" for bar in best.evidence)
    if by_initial and (strong & IDENTIFIERS) <= CONTACT:
        return "an initial and a phone or e-mail may be a relative's"
    positive = {field for field, weight in weights.items() if weight > 0}
    if "customer_number" in exact and has_check_digit(folded.best.customer_number):
        enough = bool(positive - {"customer_number", "city"})
    else:
        enough = {"first", "last"} <= positive or married
    if not enough:
        return "one number or address alone does not name a person"
    if best.probability < settings.auto:
        return f"the probability stays below {settings.auto}"
    return None


def _weights(evidence: Sequence[Evidence]) -> dict[str, float]:
    return {bar.field: bar.weight for bar in evidence}


def _exact(best: Candidate) -> frozenset[str]:
    return frozenset(bar.field for bar in best.evidence if bar.level == "exact")


def _lead(ranked: Sequence[Candidate]) -> float:
    return ranked[0].score - ranked[1].score if len(ranked) > 1 else math.inf


def _likely_together(ranked: Sequence[Candidate]) -> float:
    return sum(candidate.probability for candidate in ranked)


def _agreeing(candidate: Candidate) -> frozenset[str]:
    return frozenset(bar.field for bar in candidate.evidence if bar.weight > 0)


def _rule(best: Candidate) -> str:
    exact = _exact(best)
    return next((field for field in ("customer_number", "phone", "email") if field in exact), "fuzzy")
