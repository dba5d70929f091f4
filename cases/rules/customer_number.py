"""Customer numbers end in a check digit (Luhn, ISO/IEC 7812-1 annex B)."""

from __future__ import annotations

import re

from cases.rules.context import Context
from matching.contact import has_check_digit


def customer_number(value: str, _context: Context) -> str | None:
    if not has_check_digit(re.sub(r"[ .-]", "", value)):
        return "The check digit of the customer number is wrong: a digit was misread or miswritten."
    return None
