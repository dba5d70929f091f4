"""What people write on a card instead of what the base holds: initials, nicknames, former names, short streets."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.people.population import typed

Fields = dict[str, str]
_Chance = Callable[[float, str], bool]

_NICKNAMES = {
    "Lars": "Lasse", "Hans": "Hasse", "Karl": "Kalle", "Carl": "Kalle", "Bengt": "Benke", "Per": "Pelle",
    "Nils": "Nisse",
    "Jan": "Janne", "Anders": "Adde", "Sven": "Svenne", "Gunnar": "Gurra", "Johan": "Johnny", "Fredrik": "Fredde",
    "Mikael": "Micke", "Michael": "Micke", "Kristina": "Stina", "Christina": "Tina", "Margareta": "Greta",
    "Elisabeth": "Lisa",
    "Elisabet": "Bettan", "Birgitta": "Gittan", "Katarina": "Kattis", "Alexander": "Alex", "Alexandra": "Alex",
    "Johanna": "Hanna", "Susanne": "Sanna", "Marianne": "Majsan", "Magdalena": "Magda", "Ulrika": "Ulla",
    "Johannes": "Hannes", "Joachim": "Jochen", "Wolfgang": "Wolf", "Heinrich": "Heinz", "Friedrich": "Fritz",
    "Josef": "Sepp",
    "Maximilian": "Max", "Sebastian": "Basti", "Christian": "Chris", "Andreas": "Andi", "Matthias": "Matze",
    "Thomas": "Tom", "Stefan": "Steffen", "Katharina": "Kathi", "Franziska": "Franzi", "Ursula": "Uschi",
    "Gertrud": "Trude",
    "Barbara": "Bärbel", "Gabriele": "Gabi", "Hannelore": "Hanne", "Robert": "Bob", "William": "Bill",
    "Benjamin": "Ben",
    "Daniel": "Dani", "Nikolaus": "Klaus", "Samuel": "Sam", "Viktoria": "Vicky", "Theresa": "Resi", "Isabella": "Bella",
}  # fmt: skip
_SHORT_STREETS = (
    (r"gatan\b", ("g.", "gat.", "g")), (r"vägen\b", ("v.", "v", "väg")), (r"straße\b", ("str.", "str", "strasse")),
    (r"Straße\b", ("Str.", "Str", "Strasse")), (r"\bSankt ", ("St. ", "S:t ")), (r"Platz\b", ("Pl.",)),
    (r"platz\b", ("pl.",)),
)  # fmt: skip
_BARE_UMLAUTS = str.maketrans("åäöüßÅÄÖÜ", "aaousAAOU")


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives; taken from another row when a sender has moved."""

    street: str
    house_number: str
    postcode: str
    city: str


def write(row: Mapping[str, str], rng: random.Random, *, surname: str, home: Home) -> tuple[Fields, tuple[str, ...]]:
    """The fields as this person writes them, and what they did. `surname` and `home` are there to be changed to."""
    fields = {name: value for name, value in row.items() if name != "id"}
    deeds: list[str] = []

    def chance(share: float, deed: str) -> bool:
        happened = rng.random() < share
        if happened:
            deeds.append(deed)
        return happened

    _write_names(fields, rng, chance, surname)
    if chance(0.04, "moved"):
        fields.update(street=home.street, house_number=home.house_number, postcode=home.postcode, city=home.city)
    _write_address(fields, rng, chance)
    if fields["phone"] and chance(0.03, "another phone"):
        fields["phone"] = fields["phone"][:-7] + f"{rng.randrange(10**7):07d}"
    for name in ("phone", "postcode", "customer_number", "birth_date"):
        if fields[name] and chance(0.008, f"swapped digits in {name}"):
            fields[name] = _swap(fields[name], rng)
    fields["phone"] = _phone(fields["phone"], rng)
    fields["birth_date"] = _date(fields["birth_date"], rng, chance)
    return fields, tuple(deeds)


def _write_names(fields: Fields, rng: random.Random, chance: _Chance, surname: str) -> None:
    first, _, second = fields["first_name"].partition(" ")
    last = fields["last_name"]
    if second and chance(0.06, "second given name"):
        first, second = second, ""
    elif first in _NICKNAMES and chance(0.06, "nickname"):
        first = _NICKNAMES[first]
    if second and rng.random() < 0.45:
        second = rng.choice(("", f"{second[:1]}."))
    if chance(0.04, "initial"):
        first, second = f"{first[:1]}.", ""
    if "-" in last and chance(0.4, "half a double name"):
        last = rng.choice(last.split("-"))
    elif chance(0.02, "married"):
        last = surname
    elif chance(0.007, "double name"):
        last = f"{last}-{surname}"
    first = f"{first} {second}".strip()
    if chance(0.02, "swapped names"):
        first, last = last, first
    fields["first_name"], fields["last_name"] = _spelled(first, rng, chance), _spelled(last, rng, chance)


def _write_address(fields: Fields, rng: random.Random, chance: _Chance) -> None:
    street = fields["street"]
    if rng.random() < 0.35:
        for ending, short in _SHORT_STREETS:
            street = re.sub(ending, rng.choice(short), street)
    fields["street"] = _spelled(street, rng, chance)
    fields["city"] = _spelled(fields["city"], rng, chance)
    number = fields["house_number"]
    if re.search(r"[A-Za-z]", number) and rng.random() < 0.15:
        number = re.sub(r"\s*[A-Za-z]", "", number)
    if number and rng.random() < 0.03:
        number += f" lgh {rng.randrange(10, 15)}{rng.randrange(1, 9):02d}"
    if chance(0.04, "no house number"):
        number = ""
    fields["house_number"] = number
    if fields["postcode"] and rng.random() < 0.5 and fields["country"] == "SE":
        fields["postcode"] = f"{fields['postcode'][:3]} {fields['postcode'][3:]}"
    if chance(0.07, "no postcode"):
        fields["postcode"] = ""
    elif chance(0.08, "no city"):
        fields["city"] = ""


def _spelled(text: str, rng: random.Random, chance: _Chance) -> str:
    if text.isascii() or not chance(0.08, "no umlauts"):
        return text
    return typed(text) if rng.random() < 0.4 else text.translate(_BARE_UMLAUTS)


def _swap(text: str, rng: random.Random) -> str:
    places = [i for i in range(len(text) - 1) if text[i : i + 2].isdigit() and text[i] != text[i + 1]]
    if not places:
        return text
    i = rng.choice(places)
    return f"{text[:i]}{text[i + 1]}{text[i]}{text[i + 2 :]}"


def _phone(phone: str, rng: random.Random) -> str:
    if not phone:
        return ""
    rest = phone[3:]
    spaced = f"{rest[:2]} {rest[2:5]} {rest[5:7]} {rest[7:]}"
    return rng.choice(
        (
            f"0{rest}",
            f"0{rest[:2]}-{rest[2:]}",
            f"0{spaced}",
            f"0{rest[:2]}/{rest[2:]}",
            phone,
            f"{phone[:3]} {spaced}",
            f"00{phone[1:]}",
        )
    )


def _date(date: str, rng: random.Random, chance: _Chance) -> str:
    if not date:
        return ""
    year, month, day = date.split("-")
    if int(day) <= 12 and chance(0.01, "day and month swapped"):
        month, day = day, month
    try:
        dt.date(int(year), int(month), int(day))
    except ValueError:
        return f"{year}-{month}-{day}"
    return rng.choice(
        (f"{year}-{month}-{day}", f"{day}.{month}.{year}", f"{year}{month}{day}", f"{day}/{month}/{year}")
    )
