"""One person in folded form: what keys are made of and what is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from matching import contact
from matching.normalise import fold, fold_name, fold_number, fold_postcode, fold_street, split_name, split_street


@dataclass(frozen=True, slots=True)
class Person:
    """Folded fields; ``""`` means not known."""

    first: str = ""
    last: str = ""
    street: str = ""
    number: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    email: str = ""
    birth_date: str = ""
    customer_number: str = ""

    @staticmethod
    def fields() -> tuple[str, ...]:
        return _FIELDS


_FIELDS = tuple(field.name for field in fields(Person))


def split_fields(row: Mapping[str, str]) -> dict[str, str]:
    """The row with `name` split into first and last name, and a house number taken out of the street line."""
    given = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
    if given.get("name") and not (given.get("first_name") and given.get("last_name")):
        first, last = split_name(given["name"])
        given |= {"first_name": given.get("first_name") or first, "last_name": given.get("last_name") or last}
    if given.get("street") and not given.get("house_number"):
        given["street"], given["house_number"] = split_street(given["street"])
    return given


def fold_person(row: Mapping[str, str]) -> Person:
    """The folded person of a row with the columns of the match contract."""
    return fold_fields(split_fields(row))


def fold_fields(given: Mapping[str, str]) -> Person:
    """`fold_person` for what `split_fields` returned."""
    return Person(
        first=fold_name(given.get("first_name", "")),
        last=fold_name(given.get("last_name", "")),
        street=fold_street(given.get("street", "")),
        number=fold_number(given.get("house_number", "")),
        postcode=fold_postcode(given.get("postcode", "")),
        city=fold(given.get("city", "")),
        phone=contact.fold_phone(given.get("phone", "")),
        email=contact.fold_email(given.get("email", "")),
        birth_date=contact.fold_date(given.get("birth_date", "")),
        customer_number=contact.fold_customer_number(given.get("customer_number", "")),
    )


def spells_name(person: Person) -> bool:
    """Whether the mailbox is made of the person's name or initials and perhaps of digits, as in ``e.lind77``."""
    letters = "".join(filter(str.isalpha, fold(person.email.partition("@")[0])))
    given, last = person.first.partition(" ")[0], person.last.replace(" ", "")
    ways = {(a, b) for a in (given, given[:1], "") for b in (last, last[:1], "")}
    return bool(letters) and any(letters in (a + b, b + a) for a, b in ways)
