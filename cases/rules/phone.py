"""Phone numbers, by the numbering plan of the template's country."""

from __future__ import annotations

import phonenumbers

from cases.rules.context import Context


def phone(value: str, context: Context) -> str | None:
    try:
        number = phonenumbers.parse(value, context.country)
    except phonenumbers.NumberParseException:
        return "This is not a phone number."
    if not phonenumbers.is_valid_number(number):
        return "No such phone number can exist in its country."
    return None
