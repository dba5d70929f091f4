"""A query's readings as folded alternatives, and the persons they may spell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from matching.misread import loose_date, loose_email, loose_phone
from matching.person import Person, fold_person
from matching.query import Guess, Query

Variants = Mapping[str, tuple[Guess, ...]]
_SOURCES = {
    "first_name": ("first",), "last_name": ("last",), "name": ("first", "last"), "street": ("street", "number"),
    "house_number": ("number",), "postcode": ("postcode",), "city": ("city",), "phone": ("phone",),
    "email": ("email",), "birth_date": ("birth_date",), "customer_number": ("customer_number",),
}  # fmt: skip


_LOOSE = {"phone": loose_phone, "birth_date": loose_date, "email": loose_email}


@dataclass(frozen=True, slots=True)
class FoldedQuery:
    """Folded alternatives per field of `Person`, best first; a field that nobody filled in is absent."""

    variants: Variants

    @property
    def best(self) -> Person:
        return Person(**{field: guesses[0][0] for field, guesses in self.variants.items()})

    def persons(self) -> Iterator[Person]:
        """The best reading, then each with one field read another way: bounded by the number of alternatives."""
        yield self.best
        for field, guesses in self.variants.items():
            for text, _ in guesses[1:]:
                yield replace(self.best, **{field: text})


def fold_query(query: Query, alternatives: int) -> FoldedQuery:
    """Folds at most `alternatives` readings of each field; a field of its own beats one split out of another."""
    found: dict[str, dict[str, float]] = {}
    for source, targets in _SOURCES.items():
        for text, probability in getattr(query, source)[:alternatives]:
            person = fold_person({source: text})
            for target in targets:
                folded = getattr(person, target) or (_LOOSE[target](text) if target in _LOOSE else "")
                _note(found, target, folded, probability, own=len(targets) == 1)
    return FoldedQuery({field: tuple(readings.items()) for field, readings in found.items()})


def _note(found: dict[str, dict[str, float]], field: str, text: str, probability: float, *, own: bool) -> None:
    if text:
        readings = found.setdefault(field, {})
        if own or text not in readings:
            readings[text] = max(probability, readings.get(text, 0.0))
