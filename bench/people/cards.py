"""Reply cards with their truth: who sent each, as what kind of sender, with which fields, and what the reader saw."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.people.population import CHUNK, JUNIORS, People, Population
from bench.people.reading import Pen, draw_pen, read
from bench.people.writing import Fields, Home, write
from matching.query import Guess, Query

Kind = Literal["mixed", "one-more", "address", "mailed", "phone"]
Sender = Literal["subscriber", "stranger", "relative", "namesake", "tenant"]
KINDS: Mapping[Kind, str] = {
    "mixed": "name and whatever else a sender fills in",
    "one-more": "name, address and one more field",
    "address": "name and address alone",
    "mailed": "name and address alone, and it is known to whom the form was sent",
    "phone": "a phone alone",
}
ABSENT: Mapping[Sender, float] = {"stranger": 0.07, "relative": 0.05, "namesake": 0.04, "tenant": 0.04}
"""A fifth of the senders are not in the base; the shares are of all senders."""

NAMED_ALIKE = "called like the subscriber at this address"
"""A deed of relatives whom name and address cannot tell from the subscriber."""

_MIXED = {"phone": 0.75, "birth_date": 0.40, "customer_number": 0.35, "email": 0.15}
_ADDRESS = ("street", "house_number", "postcode", "city")
_CHUNKS = 40
_ALIKE = 0.02
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Card:
    """A query and its truth.

    `right` are the ids of the sender's rows (none when absent), `near` the row that the sender is or resembles: whose
    form they may have in hand. `deeds` is what they did when writing.
    """

    query: Query
    kind: Kind
    sender: Sender
    right: frozenset[str]
    near: str
    deeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Draw:
    """Rows to make senders of: `base` are subscribers, `outside` people who are not; `alike` is how many relatives bear
    the subscriber's given name."""

    base: People
    outside: People
    alike: float
    rng: random.Random

    def row(self) -> tuple[int, Row]:
        index = self.rng.randrange(len(self.base))
        return index, self.base.row(index)

    def outsider(self) -> Row:
        row = self.outside.row(self.rng.randrange(len(self.outside)))
        return {**row, "id": "", "customer_number": ""}


def make_cards(population: Population, kind: Kind, count: int, seed: int = 1, noise: float = 1.0) -> list[Card]:
    """`count` cards of one kind in random order; `noise` multiplies the reader's errors."""
    rng = np.random.default_rng([population.seed, seed, *kind.encode()])
    wanted = min(_CHUNKS, population.chunks)
    numbers = sorted(rng.choice(population.chunks, size=wanted, replace=False).tolist())
    # whole chunks are drawn, a last short one no more often than its rows deserve
    sizes = np.array([min(CHUNK, population.rows - n * CHUNK) for n in numbers], dtype=float)
    counts = rng.multinomial(count, sizes / sizes.sum()).tolist()
    outside = population.chunk(population.chunks + 1 + seed)
    alike = _ALIKE * population.juniors / JUNIORS
    cards: list[Card] = []
    for number, share in zip(numbers, counts, strict=True):
        chance = random.Random(f"{population.seed}/{seed}/{kind}/{number}")
        draw = _Draw(population.chunk(number), outside, alike, chance)
        cards += [_card(draw, kind, f"{kind}-{number}-{i}", noise) for i in range(share)]
    random.Random(seed).shuffle(cards)
    return cards


def _card(draw: _Draw, kind: Kind, name: str, noise: float) -> Card:
    rng = draw.rng
    sender = rng.choices(("subscriber", *ABSENT), (1 - sum(ABSENT.values()), *ABSENT.values()))[0]
    index, row = draw.row()
    writer = row if sender == "subscriber" else _absent(sender, row, draw)
    other = draw.outsider()
    # a new home is somebody else's old one as often as it is nobody's
    new = draw.row()[1] if rng.random() < 0.5 else other
    home = Home(*(new[field] for field in _ADDRESS))
    fields, deeds = write(writer, rng, surname=other["last_name"], home=home)
    present = _present(kind, fields, rng)
    query = _query(name, {field: fields[field] for field in present}, draw_pen(rng, noise), rng)
    right = draw.base.rows_of_same_person(index) if sender == "subscriber" else frozenset()
    if right == frozenset() and (writer["first_name"], *_home(writer)) == (row["first_name"], *_home(row)):
        deeds = (*deeds, NAMED_ALIKE)
    return Card(query, kind, sender, right, row["id"], deeds)


def _home(row: Row) -> tuple[str, ...]:
    return (row["last_name"], *(row[field] for field in _ADDRESS))


def _absent(sender: Sender, row: Row, draw: _Draw) -> Row:
    """Somebody who is not in the base but resembles `row`, or does not.

    A relative with the subscriber's whole name always gives a phone of their own: with a shared one nobody could tell.
    """
    rng, other = draw.rng, draw.outsider()
    address = {field: row[field] for field in (*_ADDRESS, "country")}
    if sender == "tenant":
        return {**other, **address}
    if sender == "namesake":
        near = {"postcode": row["postcode"], "city": row["city"]} if rng.random() < 0.5 else {}
        return {**other, "first_name": row["first_name"], "last_name": row["last_name"], **near}
    if sender == "relative":
        shared = {}
        if rng.random() < draw.alike:
            shared = {"first_name": row["first_name"]}
        elif rng.random() < 0.12:
            shared = {"phone": row["phone"]}
        elif rng.random() < 0.05:
            shared = {"customer_number": row["customer_number"]}
        return {**other, **address, "last_name": row["last_name"], **shared}
    return other


def _present(kind: Kind, fields: Mapping[str, str], rng: random.Random) -> tuple[str, ...]:
    names = ("first_name", "last_name")
    if kind == "phone":
        return ("phone",)
    if kind in ("address", "mailed"):
        return (*names, *_ADDRESS)
    if kind == "one-more":
        more = [field for field in _MIXED if fields[field]]
        weights = [_MIXED[field] for field in more]
        return (*names, *_ADDRESS, *(rng.choices(more, weights) if more else ()))
    address = _ADDRESS if rng.random() < 0.92 else ()
    return (*names, *address, *(field for field, share in _MIXED.items() if rng.random() < share))


def _query(name: str, fields: Fields, pen: Pen, rng: random.Random) -> Query:
    """The fields as forms have them: the name in one box or two, the number with its street or apart, in any case."""
    if "first_name" in fields and rng.random() < 0.4:
        fields = {
            **fields,
            "name": f"{fields['first_name']} {fields['last_name']}".strip(),
            "first_name": "",
            "last_name": "",
        }
    if fields.get("house_number") and rng.random() < 0.6:
        fields = {**fields, "street": f"{fields['street']} {fields['house_number']}", "house_number": ""}
    upper = rng.random() < 0.3
    guesses: dict[str, tuple[Guess, ...]] = {}
    for field, text in fields.items():
        if text:
            guesses[field] = read(field, text.upper() if upper and field != "email" else text, pen, rng)
    return Query(name, **{field: found for field, found in guesses.items() if found})  # type: ignore[arg-type]
