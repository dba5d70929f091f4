"""Blocking keys: hashed combinations of fields that two writings of one person are likely to share.

Composite keys keep posting lists short (a surname alone would name thousands). Single deletions of the postcode and
the customer number let one misread character pass, after the SymSpell idea of deleting on both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from matching.normalise import skeleton
from matching.person import Person


def keys_of(person: Person) -> frozenset[int]:
    """The keys stored for a subscriber and asked for by a query, as signed 64-bit numbers."""
    return frozenset(_hash(kind, parts) for kind, *parts in _composites(person) if all(parts))


def query_keys(person: Person) -> frozenset[int]:
    """`keys_of`, also with first and last name swapped."""
    swapped = replace(person, first=person.last, last=person.first)
    return keys_of(person) | keys_of(swapped)


def _composites(person: Person) -> Iterator[tuple[str, ...]]:
    given = person.first.split(" ")[0]
    place = person.street[:6]
    yield "customer", person.customer_number
    yield "phone", person.phone
    yield "phone-tail", person.phone[-6:], skeleton(person.last)
    yield "email", person.email
    yield "address", person.postcode, person.street, person.number
    yield "given-address", given, place, person.number
    yield "given-dob", given, person.birth_date
    yield "postcode-dob", person.postcode, person.birth_date
    # Each half of a double-barrelled name counts: people use either.
    for half in {person.last.replace(" ", ""), *person.last.split()}:
        bones = skeleton(half)
        yield "surname-postcode", bones, person.postcode
        yield "names", skeleton(given), bones
        yield "surname-street", bones, place, person.number
        yield "surname-dob", bones, person.birth_date
        for shorter in _deletions(person.postcode):
            yield "surname-postcode-", bones, shorter
    for shorter in _deletions(person.customer_number):
        yield "customer-", shorter


def _deletions(text: str) -> frozenset[str]:
    if not 4 <= len(text) <= 12:
        return frozenset()
    return frozenset(f"{text[:i]}{text[i + 1 :]}" for i in range(len(text)))


def _hash(kind: str, parts: list[str]) -> int:
    digest = hashlib.blake2b("\x1f".join([kind, *parts]).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
