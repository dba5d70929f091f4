"""Values that cannot be, as a query still gives them: one wrong digit makes no phone and no day, but names somebody."""

from __future__ import annotations

import re

from matching.normalise import LOOK_ALIKE_DIGITS

_LEAST_DIGITS, _LEAST_LETTERS = 6, 6
_YEAR_FIRST = re.compile(r"([12]\d{3})[^0-9]?(\d{2})[^0-9]?(\d{2})")
_YEAR_LAST = re.compile(r"(\d{2})[^0-9]?(\d{2})[^0-9]?([12]\d{3})")


def loose_phone(text: str) -> str:
    """The digits as read, without the 0 or 00 that is dialled first; ``""`` for less than six."""
    digits = re.sub(r"[^0-9]", "", text.translate(LOOK_ALIKE_DIGITS)).lstrip("0")
    return digits if len(digits) >= _LEAST_DIGITS else ""


def loose_date(text: str) -> str:
    """Year, month and day in their places, whether or not there is such a day; ``""`` where no year can be seen."""
    squeezed = re.sub(r"\s", "", text).translate(LOOK_ALIKE_DIGITS)
    if found := _YEAR_FIRST.fullmatch(squeezed):
        return "-".join(found.groups())
    found = _YEAR_LAST.fullmatch(squeezed)
    return "-".join(reversed(found.groups())) if found else ""


def loose_email(text: str) -> str:
    """The address as read, without blanks; ``""`` for less than six characters."""
    bare = re.sub(r"\s", "", text).casefold()
    return bare if len(bare) >= _LEAST_LETTERS else ""
