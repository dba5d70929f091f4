"""Agreement to probability: bits of evidence by field, and candidates that compete with each other and with nobody.

The probability is the posterior over all candidates and over those who are not in the base: a stranger, a relative at
the same address (now and then of the same first name, or with the family's phone or customer number), another resident
of the address, a namesake elsewhere or in the same town.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matching.compare import COMPARISONS, Agreement, compare
from matching.keys import local_part
from matching.lexicon import Lexicon
from matching.person import Person, spells_name
from matching.probes import SWAP_BITS
from matching.query import Evidence, Guess
from matching.settings import MatchSettings
from matching.variants import FoldedQuery

ADDRESS = frozenset({"street", "number", "postcode", "city"})
CONTACT = frozenset({"phone", "email"})
IDENTIFIERS = CONTACT | {"birth_date", "customer_number"}
_NAMES = frozenset({"first", "last"})
_WITHIN = (("street", "postcode", 0.5), ("postcode", "city", 0.1))
"""A street lies in its postcode, a postcode in its town: agreeing on both is not two independent facts."""
_DOOR = ("street", "postcode", "number")
_MOVED_SHARE = 0.1
"""Who has moved differs in all of the address at once: what differs after the first of `_DOOR` is no news. People move;
what has no given name is a company, and its branches are different places."""
Absent = tuple[tuple[float, frozenset[str]], ...]
"""Prior shares of absent people, and the fields on which each agrees with a candidate as the candidate would."""
_MOST_BITS, _LEAST_BITS = 26.0, -9.0
_MAILBOX_BITS, _DIGIT_BITS = 12.0, 3.3
"""A mailbox that spells its owner's name (eva.lind7@) tells little beside the name: that of a namesake differs by a
digit or a domain, which may be misread. Each digit in it makes namesakes ten times rarer."""
_LABELS = {
    "first": "given name", "last": "surname", "number": "house number", "birth_date": "birth date",
    "customer_number": "customer number", "email": "e-mail",
}  # fmt: skip
_WORDS = {
    "exact": "agrees", "close": "nearly agrees", "partial": "agrees in part", "initial": "agrees in its initial",
    "far": "agrees in half its letters", "differs": "differs",
}  # fmt: skip


class Scorer:
    """Scores subscribers against one query; what many candidates share is compared once."""

    def __init__(self, query: FoldedQuery, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._asked = dict(query.variants)
        self._swapped = {**self._asked, "first": self._asked.get("last", ()), "last": self._asked.get("first", ())}
        self._seen: dict[tuple[str, tuple[Guess, ...], str], Evidence | None] = {}

    def evidence(self, person: Person) -> tuple[Evidence, ...]:
        """One bar for each field that both sides know, names in their places or in each other's."""
        straight = self._bars(self._asked, person)
        swapped = [bar for field in _NAMES if (bar := self._bar(field, self._swapped[field], getattr(person, field)))]
        gain = sum(bar.weight for bar in swapped) - sum(bar.weight for bar in straight if bar.field in _NAMES)
        if gain > SWAP_BITS and len(swapped) == len(_NAMES):
            note = Evidence("swapped", "exact", -SWAP_BITS, "surname and given name stand in each other's place")
            straight = [*swapped, *(bar for bar in straight if bar.field not in _NAMES), note]
        told = [_as_mailbox(bar, person) if bar.field == "email" else bar for bar in straight]
        return self._as_one_address(told, moves=bool(person.first))

    def _bars(self, asked: Mapping[str, tuple[Guess, ...]], person: Person) -> list[Evidence]:
        found = (self._bar(field, asked.get(field, ()), getattr(person, field)) for field in COMPARISONS)
        return [bar for bar in found if bar]

    def _bar(self, field: str, guesses: tuple[Guess, ...], theirs: str) -> Evidence | None:
        known = (field, guesses, theirs)
        if known not in self._seen:
            self._seen[known] = self._weighed(field, guesses, theirs) if guesses and theirs else None
        return self._seen[known]

    def _weighed(self, field: str, guesses: tuple[Guess, ...], theirs: str) -> Evidence:
        """The likelihood ratio over all readings of the field; what none of them says counts as something else."""
        model, share_agreed = self._lexicon.model, self._lexicon.share_agreed
        whole = max(sum(chance for _, chance in guesses), 1.0)
        terms: list[tuple[float, Agreement]] = []
        for text, chance in guesses:
            found = compare(field, text, theirs)
            share = share_agreed(field, theirs, found)
            terms.append((chance / whole * model.ratio(field, found.level, share), found))
        rest = 1 - sum(chance for _, chance in guesses) / whole
        ratio = sum(term for term, _ in terms) + rest * model.ratio(field, "differs")
        best = max(terms, key=lambda term: term[0])[1]
        weight = min(max(math.log2(ratio), _LEAST_BITS), _MOST_BITS)
        sentence = f"{_LABELS.get(field, field)} {_WORDS[best.level]}"
        return Evidence(field, best.level, round(weight, 2), sentence)

    def _as_one_address(self, bars: Sequence[Evidence], *, moves: bool) -> tuple[Evidence, ...]:
        """The bars with the address telling no more than an address can: it names those who live there."""
        weights = {bar.field: bar.weight for bar in bars}
        shares = _repeating(weights) | (_moving(weights) if moves else {})
        lessened = [replace(bar, weight=round(bar.weight * shares.get(bar.field, 1.0), 2)) for bar in bars]
        told = sum(bar.weight for bar in lessened if bar.field in ADDRESS and bar.weight > 0)
        most = max(math.log2(max(self._lexicon.size, 2) / self._lexicon.model.residents), 1.0)
        keep = min(1.0, most / told) if told else 1.0
        return tuple(
            replace(bar, weight=round(bar.weight * keep, 2)) if bar.field in ADDRESS and bar.weight > 0 else bar
            for bar in lessened
        )


def _as_mailbox(bar: Evidence, person: Person) -> Evidence:
    """The bar of an e-mail, held to what a mailbox of the person's own name can tell."""
    most = _MAILBOX_BITS + _DIGIT_BITS * sum(map(str.isdigit, local_part(person.email)))
    return replace(bar, weight=most) if bar.weight > most and spells_name(person) else bar


def _repeating(weights: Mapping[str, float]) -> dict[str, float]:
    """What share of its weight is left to a field that agrees where the other one says the same and tells more."""
    shares: dict[str, float] = {}
    for one, other, share in _WITHIN:
        if min(weights.get(one, 0), weights.get(other, 0)) > 0:
            shares[min(one, other, key=lambda field: weights[field] * shares.get(field, 1.0))] = share
    return shares


def _moving(weights: Mapping[str, float]) -> dict[str, float]:
    """What share of their weight is left to fields that differ because the whole address does."""
    differing = [field for field in _DOOR if weights.get(field, 0) < 0]
    if not differing or any(weights.get(field, 0) > 0 for field in _DOOR):
        return {}
    return {field: _MOVED_SHARE for field in ADDRESS - {differing[0]} if weights.get(field, 0) < 0}


def total(bars: Sequence[Evidence]) -> float:
    """The sum of the bars in bits: the log2 likelihood ratio of one pair."""
    return sum(bar.weight for bar in bars)


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known before anything is compared: how probable the candidate is (0..1).

    `elsewhere` multiplies the shares of absent people with the candidate's full name at another address: who lives with
    the candidate has the candidate's form in hand, they have none where forms were mailed.
    """

    own: float
    elsewhere: float = 1.0


def posterior(
    evidence: Sequence[Sequence[Evidence]], priors: Sequence[Prior], settings: MatchSettings, namesakes: float
) -> list[float]:
    """The probability of each candidate; what is missing to 1 belongs to those who are not in the base.

    `namesakes` is how many relatives at one address share the given name too (0..1).
    """
    if not evidence:
        return []
    starts = [math.log2(max(prior.own, 1e-12)) for prior in priors]
    bits = [start + total(bars) for start, bars in zip(starts, evidence, strict=True)]
    others = [math.log2(settings.stranger_share)]
    at_hand, elsewhere = _at_the_address(settings, namesakes), _elsewhere(settings)
    for start, prior, bars in zip(starts, priors, evidence, strict=True):
        others += [start + math.log2(share) + _sum(bars, fields) for share, fields in at_hand]
        others += [start + math.log2(share * prior.elsewhere) + _sum(bars, fields) for share, fields in elsewhere]
    top = max(bits + others)
    whole = sum(2 ** (b - top) for b in bits + others)
    return [2 ** (b - top) / whole for b in bits]


def _at_the_address(settings: MatchSettings, namesakes: float) -> Absent:
    """Who lives with a candidate without being in the base, and what they share."""
    # who has the family's name in the wrong box has exchanged the boxes too
    relative, home = settings.relative_share, ADDRESS | {"last", "swapped"}
    return (
        (relative, home),
        (relative * namesakes, home | {"first"}),
        (relative * settings.shared_contact, home | CONTACT),
        (relative * settings.shared_customer_number, home | {"customer_number"}),
        (settings.resident_share, ADDRESS),
    )


def _elsewhere(settings: MatchSettings) -> Absent:
    """Who else has a candidate's full name without being in the base."""
    return (
        (settings.stranger_namesake_share, _NAMES | {"swapped"}),
        (settings.local_namesake_share, _NAMES | {"swapped", "postcode", "city"}),
    )


def _sum(bars: Sequence[Evidence], fields: frozenset[str]) -> float:
    return sum(bar.weight for bar in bars if bar.field in fields)
