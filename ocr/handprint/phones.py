"""Phone numbers that can exist: a misread area code or a lost digit mostly gives one that cannot."""

from __future__ import annotations

import phonenumbers

from ocr.handprint.lattice import Holds


def is_phone(country: str) -> Holds:
    """Whether a text is a number that may be in use in `country` (ISO 3166), or abroad where it begins with ``+``."""

    def holds(text: str) -> bool:
        try:
            return phonenumbers.is_valid_number(phonenumbers.parse(text, country))
        except phonenumbers.NumberParseException:
            return False

    return holds
