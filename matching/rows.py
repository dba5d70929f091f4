"""One delivered row made ready for the base: its hash, its cells, its folded person, its keys, what is odd about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from matching.keys import keys_of
from matching.person import Person, fold_fields, split_fields
from matching.validation import oddities

PLAIN = (
    "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone", "email",
    "birth_date", "customer_number",
)  # fmt: skip
FOLDED_COLUMNS = tuple(f"folded_{name}" for name in Person.__dataclass_fields__)
ROW_COLUMNS = ("id", *PLAIN, "active", "content", *FOLDED_COLUMNS)
_HASHED = ("name", *PLAIN, "active")
_INACTIVE = {"0", "false", "no", "nein", "nej", "inactive"}
_folded = attrgetter(*Person.__dataclass_fields__)

Cells = tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row ready to store: `cells` in the order of `ROW_COLUMNS`."""

    id: str
    line: int
    cells: Cells
    person: Person
    keys: frozenset[int]
    oddities: tuple[str, ...]


def content_of(row: Mapping[str, str]) -> int:
    """The signed 64-bit hash by which a refresh knows an unchanged row; never 0."""
    joined = "\x1f".join([row.get(field, "") for field in _HASHED])
    return int.from_bytes(hashlib.blake2b(joined.encode(), digest_size=8).digest(), "big", signed=True) or 1


def prepare(rows: Sequence[tuple[int, Mapping[str, str], int]]) -> list[Prepared]:
    """Folds rows given as (line, row, content). Pure, and most of an import's work."""
    return [_prepare(line, row, content) for line, row, content in rows]


def _prepare(line: int, row: Mapping[str, str], content: int) -> Prepared:
    fields = split_fields(row)
    person = fold_fields(fields)
    active = fields.get("active", "").casefold() not in _INACTIVE
    subscriber = fields["id"]
    cells = (subscriber, *[fields.get(name, "") for name in PLAIN], active, content, *_folded(person))
    return Prepared(subscriber, line, cells, person, keys_of(person), oddities(fields, person))
