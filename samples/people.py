"""Invented subscribers: households, namesakes, fathers and sons, umlauts; the same for the same seed.

python -m samples.people -o samples/subscribers.csv
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

COLUMNS = (
    "id", "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone", "email",
    "birth_date", "customer_number",
)  # fmt: skip
_FIRST = [
    "Anna",
    "Åsa",
    "Björn",
    "Cecilia",
    "David",
    "Elin",
    "Erik",
    "Fredrik",
    "Gösta",
    "Hanna",
    "Ida",
    "Ingrid",
    "Jörgen",
    "Karin",
    "Lars",
    "Lena",
    "Märta",
    "Mikael",
    "Nils",
    "Olof",
    "Per",
    "Ragnhild",
    "René",
    "Sara",
    "Sören",
    "Tove",
    "Ulla",
    "Viktor",
    "Zoë",
    "Åke",
    "Örjan",
    "Jürgen",
    "Käthe",
    "Günter",
    "Renée",
    "Amir",
    "Fatima",
    "Mehmet",
]
_LAST = [
    "Andersson",
    "Johansson",
    "Karlsson",
    "Nilsson",
    "Eriksson",
    "Larsson",
    "Olsson",
    "Persson",
    "Svensson",
    "Gustafsson",
    "Öberg",
    "Åkesson",
    "Sjöström",
    "Lindström",
    "Bäcklund",
    "Nyström",
    "Müller",
    "Schröder",
    "Weiß",
    "Großmann",
    "Quist",
    "Hägg",
    "Rydén",
    "Ekström",
    "Håkansson",
    "Söderlund",
    "Lindén",
    "Lindgren-Åberg",
    "Öztürk",
    "Hassan",
    "Kowalski",
    "Virtanen",
    "Fältskog",
    "Almén",
    "Brännström",
    "Dahlbäck",
    "Ståhl",
    "Wikström",
    "Zetterlund",
]
_STREETS = [
    "Storgatan",
    "Drottninggatan",
    "Kungsgatan",
    "Björkvägen",
    "Ängsvägen",
    "Skolgatan",
    "Kyrkogatan",
    "Lönnvägen",
    "Östergatan",
    "Strandvägen",
    "Vasagatan",
    "Järnvägsgatan",
    "Nygatan",
    "Ringvägen",
    "Parkvägen",
    "Tallstigen",
    "Åsgatan",
    "Hantverkargatan",
    "Bergsgatan",
    "Sjövägen",
]
_TOWNS = (
    ("11455", "Stockholm"), ("21145", "Malmö"), ("41118", "Göteborg"), ("75320", "Uppsala"), ("70210", "Örebro"),
    ("58222", "Linköping"), ("25220", "Helsingborg"), ("90325", "Umeå"), ("83130", "Östersund"), ("39231", "Kalmar"),
    ("60220", "Norrköping"), ("97232", "Luleå"), ("30242", "Halmstad"), ("35230", "Växjö"),
)  # fmt: skip
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
        for person in _household(random_):
            if number < count:
                number += 1
                yield _subscriber(random_, number, person)


def _household(random_: random.Random) -> list[Person]:
    """One to four people at one address; now and then a son bears his father's whole name."""
    postcode, city = random_.choice(_TOWNS)
    address = {
        "street": random_.choice(_STREETS),
        "house_number": f"{random_.randint(1, 90)}{random_.choice(['', '', '', ' A', ' B'])}",
        "postcode": postcode, "city": city, "country": "SE",
    }  # fmt: skip
    surname = random_.choice(_LAST)
    members = [{"first_name": random_.choice(_FIRST), "last_name": surname, **address}]
    for _ in range(random_.choice([0, 0, 0, 1, 1, 2, 3])):
        same_name = random_.random() < 0.04
        first = members[0]["first_name"] if same_name else random_.choice(_FIRST)
        last = surname if random_.random() < 0.8 else random_.choice(_LAST)
        members.append({"first_name": first, "last_name": last, **address})
    return members


def _subscriber(random_: random.Random, number: int, person: Person) -> Person:
    base = f"{1000000 + number * 37:07d}"
    year, month, day = random_.randint(1938, 2006), random_.randint(1, 12), random_.randint(1, 28)
    local = f"{person['first_name']}.{person['last_name']}{number}".lower()
    for letter, plain in (("å", "a"), ("ä", "a"), ("ö", "o"), ("ü", "u"), ("ß", "ss"), ("é", "e"), ("ë", "e")):
        local = local.replace(letter, plain)
    return {
        "id": f"S{number:06d}", **person, "phone": f"+4670{1740605 + number}",
        "email": f"{local}@example.se" if random_.random() < 0.8 else "",
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
