"""Invented subscribers: households, namesakes, fathers and sons, umlauts, a third of them German.

The same for the same seed: python -m samples.people -o samples/subscribers.csv
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from samples.names import GERMANY, SWEDEN, Country, mailbox, phone

COLUMNS = (
    "id", "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone", "email",
    "birth_date", "customer_number",
)  # fmt: skip
_GERMAN_SHARE = 0.33
_WITH_EMAIL = 0.8
Person = dict[str, str]


def luhn_digit(digits: str) -> str:
    """The check digit of `digits` (ISO/IEC 7812-1, Annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def people(count: int, seed: int) -> Iterator[Person]:
    """`count` subscribers, household after household."""
    random_ = random.Random(seed)
    number = 0
    while number < count:
        country = GERMANY if random_.random() < _GERMAN_SHARE else SWEDEN
        for member in _household(random_, country):
            if number < count:
                number += 1
                yield _subscriber(random_, number, member, country)


def new_contact(person: Mapping[str, str], random_: random.Random) -> Person:
    """Where a subscriber has moved to within the country, with a new phone and mailbox that nobody in the base has."""
    country = GERMANY if person["country"] == GERMANY.code else SWEDEN
    number = random_.randint(4000, 4999)
    email = mailbox(person["first_name"], person["last_name"], number, country)
    return {**_address(random_, country), "phone": phone(number, country), "email": email}


def _address(random_: random.Random, country: Country) -> Person:
    postcode, city = random_.choice(country.towns)
    flat = ("", "", "", " A", " B") if country is SWEDEN else ("", "", "", "a", "b")
    return {
        "street": random_.choice(country.streets),
        "house_number": f"{random_.randint(1, 90)}{random_.choice(flat)}",
        "postcode": postcode, "city": city, "country": country.code,
    }  # fmt: skip


def _household(random_: random.Random, country: Country) -> list[Person]:
    """One to four people at one address; now and then a son bears his father's whole name."""
    address = _address(random_, country)
    surname = random_.choice(country.last)
    members = [{"first_name": random_.choice(country.first), "last_name": surname, **address}]
    for _ in range(random_.choice([0, 0, 0, 1, 1, 2, 3])):
        same_name = random_.random() < 0.04
        first = members[0]["first_name"] if same_name else random_.choice(country.first)
        last = surname if random_.random() < 0.8 else random_.choice(country.last)
        members.append({"first_name": first, "last_name": last, **address})
    return members


def _subscriber(random_: random.Random, number: int, member: Person, country: Country) -> Person:
    base = f"{1000000 + number * 37:07d}"
    year, month, day = random_.randint(1938, 2006), random_.randint(1, 12), random_.randint(1, 28)
    email = mailbox(member["first_name"], member["last_name"], number, country)
    return {
        "id": f"S{number:06d}", **member, "phone": phone(number, country),
        "email": email if random_.random() < _WITH_EMAIL else "",
        "birth_date": f"{year}-{month:02d}-{day:02d}", "customer_number": base + luhn_digit(base),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Invent subscribers.")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--out", type=Path, default=Path(__file__).parent / "subscribers.csv")
    arguments = parser.parse_args()
    with arguments.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(people(arguments.count, arguments.seed))


if __name__ == "__main__":
    main()
