"""Blocking keys: hashed combinations of fields that two writings of one person are likely to share.

Composite keys keep posting lists short (a surname alone would name thousands). What was misread or misspelt is
mended on the side of the query (matching/probes.py), so that a subscriber costs about twelve rows and no more.
"""

from __future__ import annotations

import hashlib

from matching.person import Person

_PHONE_TAIL = 8
"""Last digits of a phone: what national and international ways of writing it share."""
_LEAST_LOCAL = 4
Parts = tuple[str, ...]
"""A kind of key and the values that it combines."""


def keys_of(person: Person) -> frozenset[int]:
    """The keys stored for a subscriber, as signed 64-bit numbers."""
    return frozenset(hashed(parts) for parts in parts_of(person))


def parts_of(person: Person) -> frozenset[Parts]:
    """The keys of a person before hashing; each half of a double-barrelled surname has its own."""
    given = person.first.partition(" ")[0]
    # where no postcode is known the town stands in for it
    place = person.postcode or person.city
    home, born = (person.street, person.number), person.birth_date
    found: list[Parts] = [
        ("phone", phone_tail(person.phone)),
        ("customer", person.customer_number),
        ("email", local_part(person.email)),
        ("given-place", given, place),
        ("address", place, *home),
        ("given-home", given, *home),
        ("given-born", given, born),
        ("place-born", place, born),
    ]
    for last in {person.last.replace(" ", ""), *(word for word in person.last.split() if len(word) > 2)}:
        found += (
            ("names", given, last),
            ("last-place", last, place),
            ("last-home", last, *home),
            ("last-born", last, born),
        )
    return frozenset(parts for parts in found if "" not in parts)


def phone_tail(phone: str) -> str:
    """The last eight digits; shorter numbers whole."""
    return phone[-_PHONE_TAIL:]


def local_part(email: str) -> str:
    """What stands before the ``@``; ``""`` where that is too short to name anybody."""
    local = email.partition("@")[0]
    return local if len(local) >= _LEAST_LOCAL else email


def hashed(parts: Parts) -> int:
    """A signed 64-bit number, the same in every process and on every machine."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
