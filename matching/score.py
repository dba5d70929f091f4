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
from matching.lexicon import Lexicon
from matching.person import Person
from matching.probes import SWAP_BITS
from matching.query import Evidence, Guess
from matching.settings import MatchSettings
from matching.variants import FoldedQuery

ADDRESS = frozenset({"street", "number", "postcode", "city"})
CONTACT = frozenset({"phone", "email"})
IDENTIFIERS = CONTACT | {"birth_date", "customer_number"}
_NAMES = frozenset({"first", "last"})
_DEPENDENT = {"postcode": ("street", 0.5), "city": ("postcode", 0.1)}
"""A street lies in its postcode, a postcode in its town: agreeing on both is not two independent facts."""
_DOOR = ("street", "postcode", "number")
_MOVED_SHARE = 0.1
"""Who has moved differs in all of the address at once: what differs after the first of `_DOOR` is no news. People move;
what has no given name is a company, and its branches are different places."""
_MOST_BITS, _LEAST_BITS = 26.0, -9.0
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
        return self._as_one_address(straight)

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

    def _as_one_address(self, bars: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """The bars with the address telling no more than an address can: it names those who live there."""
        weights = {bar.field: bar.weight for bar in bars}
        elsewhere = "first" in weights and all(weights.get(field, -1) < 0 for field in _DOOR)
        moved = next((field for field in _DOOR if field in weights), None) if elsewhere else None
        lessened = []
        for bar in bars:
            other, share = _DEPENDENT.get(bar.field, ("", 1.0))
            if weights.get(other, 0) > 0 < bar.weight:
                lessened.append(replace(bar, weight=bar.weight * share))
            elif moved and bar.field in ADDRESS - {moved} and bar.weight < 0:
                lessened.append(replace(bar, weight=round(bar.weight * _MOVED_SHARE, 2)))
            else:
                lessened.append(bar)
        told = sum(bar.weight for bar in lessened if bar.field in ADDRESS and bar.weight > 0)
        most = max(math.log2(max(self._lexicon.size, 2) / self._lexicon.model.residents), 1.0)
        keep = min(1.0, most / told) if told else 1.0
        return tuple(
            replace(bar, weight=round(bar.weight * keep, 2)) if bar.field in ADDRESS and bar.weight > 0 else bar
            for bar in lessened
        )


def total(bars: Sequence[Evidence]) -> float:
    """The sum of the bars in bits: the log2 likelihood ratio of one pair."""
    return sum(bar.weight for bar in bars)


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known before anything is compared: how probable the candidate is (0..1).

    `namesakes` multiplies the shares of absent people with the candidate's full name: who lives with the candidate has
    the candidate's form in hand, a namesake has none where forms were mailed.
    """

    own: float
    namesakes: float = 1.0


def posterior(evidence: Sequence[Sequence[Evidence]], priors: Sequence[Prior], settings: MatchSettings) -> list[float]:
    """The probability of each candidate; what is missing to 1 belongs to those who are not in the base."""
    if not evidence:
        return []
    starts = [math.log2(max(prior.own, 1e-12)) for prior in priors]
    bits = [start + total(bars) for start, bars in zip(starts, evidence, strict=True)]
    others = [math.log2(settings.stranger_share)]
    absent = _absent(settings)
    for start, prior, bars in zip(starts, priors, evidence, strict=True):
        for share, fields in absent:
            likely = share * prior.namesakes if fields >= _NAMES else share
            others.append(start + math.log2(likely) + _sum(bars, fields))
    top = max(bits + others)
    whole = sum(2 ** (b - top) for b in bits + others)
    return [2 ** (b - top) / whole for b in bits]


def _absent(settings: MatchSettings) -> tuple[tuple[float, frozenset[str]], ...]:
    """Who may stand behind a candidate's likeness without being in the base, and what such a person shares."""
    relative, home = settings.relative_share, ADDRESS | {"last"}
    return (
        (relative, home),
        (relative * settings.namesake_share, home | {"first", "swapped"}),
        (relative * settings.shared_contact, home | CONTACT),
        (relative * settings.shared_customer_number, home | {"customer_number"}),
        (settings.resident_share, ADDRESS),
        (settings.stranger_namesake_share, _NAMES | {"swapped"}),
        (settings.local_namesake_share, _NAMES | {"swapped", "postcode", "city"}),
    )


def _sum(bars: Sequence[Evidence], fields: frozenset[str]) -> float:
    return sum(bar.weight for bar in bars if bar.field in fields)
