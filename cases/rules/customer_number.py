"""Customer numbers end in a check digit (Luhn, ISO/IEC 7812-1 annex B)."""

from __future__ import annotations

import re

from cases.rules.context import Context


def luhn(digits: str) -> bool:
    """Whether the last of the digits is the check digit of the others."""
    total = 0
    for position, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if position % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def customer_number(value: str, _context: Context) -> str | None:
    bare = re.sub(r"[ .-]", "", value)
    if re.fullmatch(r"[0-9]{2,}", bare) is None or not luhn(bare):
        return "The check digit of the customer number is wrong: a digit was misread or miswritten."
    return None
