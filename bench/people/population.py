"""A base of any size, chunk by chunk: households, twins, father and son of one name, second contracts.

A chunk depends only on the seed and its number, so that ten million rows need the memory of one chunk, and a row can
be looked up again without the rest. Chunks beyond the last hold people who are not subscribers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.people.gazetteer import STREETS_A_PLACE, Country, load_gazetteer
from matching.normalise import fold

CHUNK = 50_000
_OUTSIDE = 20_000
COLUMNS = (
    "id", "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone", "email",
    "birth_date", "customer_number",
)  # fmt: skip
Objects = NDArray[Any]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SWEDISH = 0.7
_SIZES = (0.40, 0.30, 0.13, 0.12, 0.05)
_TODAY = np.datetime64("2026-01-01")
_YEAR = 365.25
_PLACEHOLDER = "1900-01-01"
JUNIORS = 0.03
"""How many first children bear the given name of the head of the household."""
_SECOND_CONTRACT, _KEYED_TWICE = 0.006, 0.004
_PHONES_A_BLOCK = 10_000_000
_CUSTOMERS = 90_000_000


@dataclass(frozen=True, slots=True)
class People:
    """Rows of one chunk: column name -> strings; `person` (int64) is the same for rows of one person."""

    columns: dict[str, Objects]
    person: Numbers

    def row(self, index: int) -> dict[str, str]:
        """The row as `import_subscribers` takes it."""
        return {name: str(values[index]) for name, values in self.columns.items()}

    def rows_of_same_person(self, index: int) -> frozenset[str]:
        """The ids of every row of this person, this one included."""
        return frozenset(self.columns["id"][self.person == self.person[index]].tolist())

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Population:
    """`rows` subscribers, the same for the same seed; `juniors`: how many first children bear a parent's given name."""

    rows: int
    seed: int = 1
    countries: tuple[Country, Country] = field(default_factory=load_gazetteer)
    juniors: float = JUNIORS

    @property
    def chunks(self) -> int:
        return -(-self.rows // CHUNK)

    def chunk(self, number: int) -> People:
        """Chunk `number`; from `chunks` on, people outside the base."""
        first = number * CHUNK
        size = min(CHUNK, self.rows - first) if number < self.chunks else _OUTSIDE
        rng = np.random.default_rng([self.seed, number])
        swedes = round(size * _SWEDISH)
        parts = [
            _residents(rng, country, first + start, count, self.juniors)
            for country, start, count in zip(self.countries, (0, swedes), (swedes, size - swedes), strict=True)
        ]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}
        people = People(columns, np.arange(first, first + size))
        return _with_repeats(rng, people)

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Every row, in order of id."""
        for number in range(self.chunks):
            columns = self.chunk(number).columns
            for values in zip(*(columns[name].tolist() for name in COLUMNS), strict=True):
                yield dict(zip(COLUMNS, values, strict=True))


@dataclass(frozen=True, slots=True)
class _Homes:
    """Households: where each lives, and for each of its people the household and the place in it."""

    place: Numbers
    street: Numbers
    number: Objects
    of: Numbers
    order: Numbers
    partner: Flags
    child: Flags


def _residents(
    rng: np.random.Generator, country: Country, first: int, count: int, juniors: float
) -> dict[str, Objects]:
    homes = _homes(rng, country, count)
    women = rng.random(count) < 0.5
    head = np.flatnonzero(homes.order == 0)[homes.of]
    women = np.where(homes.partner, ~women[head], women)
    junior = homes.child & (homes.order == _first_child(homes)) & (rng.random(count) < juniors)
    women = np.where(junior, women[head], women)
    given = _given_names(rng, country, women, homes)
    given = np.where(junior, given[head], given)
    surnames = _surnames(rng, country, homes, head)
    days = _ages(rng, homes)
    second = np.where(
        women, country.women.words[country.women.draw(rng, count)], country.men.words[country.men.draw(rng, count)]
    )
    first_names = np.where(rng.random(count) < 0.3, given + " " + second, given)
    ids = np.arange(first, first + count)
    return {
        "id": _texts(ids, "S", 8),
        "first_name": first_names,
        "last_name": surnames,
        "street": country.streets[country.streets_at[homes.place, homes.street]][homes.of],
        "house_number": homes.number[homes.of],
        "postcode": country.places.words[homes.place][homes.of],
        "city": country.cities[homes.place][homes.of],
        "country": np.full(count, country.code, dtype=object),
        "phone": _phones(rng, country, ids, head, homes),
        "email": _emails(rng, country, given, surnames),
        "birth_date": _birth_dates(rng, days),
        "customer_number": customer_numbers(ids),
    }


def _homes(rng: np.random.Generator, country: Country, count: int) -> _Homes:
    sizes = rng.choice(len(_SIZES), size=count, p=_SIZES) + 1
    of = np.repeat(np.arange(count), sizes)[:count]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    order = np.arange(count) - starts[of]
    households = int(of[-1]) + 1 if count else 0
    couple = (rng.random(households) < 0.85)[of]
    partner = (order == 1) & couple
    # neighbours under one roof: a run of households takes the address of the first
    own = rng.random(households) >= np.where(country.code == "SE", 0.45, 0.35)
    own[:1] = True
    leader = np.maximum.accumulate(np.where(own, np.arange(households), 0))
    place = country.places.draw(rng, households)[leader]
    street = rng.integers(0, STREETS_A_PLACE, households)[leader]
    return _Homes(place, street, _house_numbers(rng, households)[leader], of, order, partner, (order > 0) & ~partner)


def _house_numbers(rng: np.random.Generator, count: int) -> Objects:
    numbers = np.minimum(rng.geometric(0.05, count), 199).astype(str).astype(object)
    letters = np.array([" A", " B", " C", " D", "a", "b"], dtype=object)[rng.integers(0, 6, count)]
    return np.where(rng.random(count) < 0.15, numbers + letters, numbers)


def _first_child(homes: _Homes) -> Numbers:
    """The order of a household's first child, for each person."""
    couples = np.zeros(int(homes.of.max(initial=-1)) + 1, dtype=np.int64)
    couples[homes.of[homes.partner]] = 1
    return couples[homes.of] + 1


def _given_names(rng: np.random.Generator, country: Country, women: Flags, homes: _Homes) -> Objects:
    def drawn() -> Objects:
        return np.where(
            women,
            country.women.words[country.women.draw(rng, len(women))],
            country.men.words[country.men.draw(rng, len(women))],
        )

    given = drawn()
    # siblings are not called alike
    same = np.concatenate([[False], given[1:] == given[:-1]]) & homes.child
    return np.where(same, drawn(), given)


def _surnames(rng: np.random.Generator, country: Country, homes: _Homes, head: Numbers) -> Objects:
    count = len(head)
    own = country.surnames.words[country.surnames.draw(rng, count)]
    heads = own[head]
    chance = rng.random(count)
    partner = np.where(chance < 0.7, heads, np.where(chance < 0.74, own + "-" + heads, own))
    return np.where(homes.partner, partner, np.where(homes.child & (chance < 0.85), heads, own))


def _ages(rng: np.random.Generator, homes: _Homes) -> Numbers:
    """Age in days. Parents are 20 to 40 years older than their eldest child at home; twins share their day."""
    count = len(homes.of)
    households = int(homes.of.max(initial=-1)) + 1
    child = rng.uniform(6, 24, count)
    eldest = np.zeros(households)
    np.maximum.at(eldest, homes.of[homes.child], child[homes.child])
    adult = np.where(eldest > 0, eldest + rng.uniform(20, 40, households), rng.triangular(18, 40, 95, households))
    years = np.where(homes.child, child, adult[homes.of])
    years = np.where(homes.partner, np.maximum(18, years + rng.normal(0, 4, count)), years)
    days = (years * _YEAR).astype(np.int64)
    twin = homes.child & np.concatenate([[False], homes.child[:-1]]) & (rng.random(count) < 0.025)
    twin &= homes.of == np.concatenate([[-1], homes.of[:-1]])
    return np.where(twin, np.concatenate([days[:1], days[:-1]]), days)


def _birth_dates(rng: np.random.Generator, days: Numbers) -> Objects:
    dates = (_TODAY - days.astype("timedelta64[D]")).astype(str).astype(object)
    chance = rng.random(len(days))
    return np.where(chance < 0.04, "", np.where(chance < 0.044, _PLACEHOLDER, dates))


def _phones(rng: np.random.Generator, country: Country, ids: Numbers, head: Numbers, homes: _Homes) -> Objects:
    own = phone_numbers(country, ids)
    shared = (homes.order > 0) & (rng.random(len(ids)) < 0.06)
    return np.where(rng.random(len(ids)) < 0.03, "", np.where(shared, own[head], own))


def phone_numbers(country: Country, index: Numbers) -> Objects:
    """A mobile number for each index, no two alike below the size of the operator's blocks."""
    spread = (index * 7_368_787 + 1_234_567) % (len(country.mobile) * _PHONES_A_BLOCK)
    blocks = np.array(country.mobile, dtype=object)[spread // _PHONES_A_BLOCK]
    return blocks + _texts(spread % _PHONES_A_BLOCK, "", 7)


def customer_numbers(index: Numbers) -> Objects:
    """Nine digits, the last of them the check digit (Luhn), no two alike."""
    payload = (index * 48_271_933 + 777_777) % _CUSTOMERS + 10_000_000
    total = np.zeros(len(index), dtype=np.int64)
    for place in range(8):
        digit = payload // 10**place % 10
        doubled = digit * 2 if place % 2 == 0 else digit
        total += np.where(doubled > 9, doubled - 9, doubled)
    return _texts(payload * 10 + (-total) % 10, "", 9)


def _emails(rng: np.random.Generator, country: Country, given: Objects, surnames: Objects) -> Objects:
    count = len(given)
    parts = [np.array([_plain(name) for name in names.tolist()], dtype=object) for names in (given, surnames)]
    initial = np.array([name[:1] for name in parts[0].tolist()], dtype=object)
    numbers = rng.integers(1, 9999, count).astype(str).astype(object)
    style = rng.random(count)
    dotted = np.where(
        style < 0.5, parts[0] + "." + parts[1], np.where(style < 0.8, initial + parts[1], parts[1] + "." + parts[0])
    )
    local = np.where(rng.random(count) < 0.6, dotted + numbers, dotted)
    domains = np.array(country.domains, dtype=object)[rng.integers(0, len(country.domains), count)]
    return np.where(rng.random(count) < 0.4, "", local + "@" + domains)


@cache
def _plain(name: str) -> str:
    """The name as a mailbox spells it."""
    return fold(name).replace(" ", "")


def _texts(numbers: Numbers, prefix: str, digits: int) -> Objects:
    padded = (numbers + 10**digits).astype(str).astype(object).tolist()
    return np.array([prefix + text[1:] for text in padded], dtype=object)


def _with_repeats(rng: np.random.Generator, people: People) -> People:
    """One row in a hundred becomes another row of somebody already there: a second contract, or keyed in twice."""
    count = len(people)
    chance = rng.random(count)
    rows = np.flatnonzero(chance < _SECOND_CONTRACT + _KEYED_TWICE)
    originals = np.flatnonzero(chance >= _SECOND_CONTRACT + _KEYED_TWICE)
    if not len(originals):
        return people
    source = rng.choice(originals, len(rows))
    twice = chance[rows] < _KEYED_TWICE
    columns = {name: values.copy() for name, values in people.columns.items()}
    person = people.person.copy()
    person[rows] = person[source]
    other_phone = ~twice & (rng.random(len(rows)) < 0.7)
    for name in set(COLUMNS) - {"id", "customer_number"}:
        kept = other_phone & (people.columns["country"][rows] == people.columns["country"][source])
        taken = people.columns[name][source]
        columns[name][rows] = np.where(kept, people.columns[name][rows], taken) if name == "phone" else taken
    for row in rows[twice].tolist():
        columns["first_name"][row] = columns["first_name"][row].split(" ")[0]
        columns["last_name"][row] = typed(columns["last_name"][row])
        columns["street"][row] = typed(columns["street"][row])
        columns["birth_date"][row] = ""
    return replace(people, columns=columns, person=person)


def typed(text: str) -> str:
    """Umlauts as they are typed without the key."""
    for letter, pair in zip("åäöüßÅÄÖÜ", ("aa", "ae", "oe", "ue", "ss", "Aa", "Ae", "Oe", "Ue"), strict=True):
        text = text.replace(letter, pair)
    return text
