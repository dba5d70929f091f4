"""One person in folded form: what keys are made of and what is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def split_fields(row: Mapping[str, str]) -> dict[str, str]:
    """The row with `name` split into first and last name, and a house number taken out of the street line."""
    fields = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
    if fields.get("name") and not (fields.get("first_name") or fields.get("last_name")):
        fields["first_name"], fields["last_name"] = split_name(fields["name"])
    if fields.get("street") and not fields.get("house_number"):
        fields["street"], fields["house_number"] = split_street(fields["street"])
    return fields


def fold_person(row: Mapping[str, str]) -> Person:
    """The folded person of a row with the columns of the match contract."""
    return fold_fields(split_fields(row))


def fold_fields(fields: Mapping[str, str]) -> Person:
    """`fold_person` for what `split_fields` returned."""
    return Person(
        first=fold_name(fields.get("first_name", "")),
        last=fold_name(fields.get("last_name", "")),
        street=fold_street(fields.get("street", "")),
        number=fold_number(fields.get("house_number", "")),
        postcode=fold_postcode(fields.get("postcode", "")),
        city=fold(fields.get("city", "")),
        phone=contact.fold_phone(fields.get("phone", "")),
        email=contact.fold_email(fields.get("email", "")),
        birth_date=contact.fold_date(fields.get("birth_date", "")),
        customer_number=contact.fold_customer_number(fields.get("customer_number", "")),
    )
