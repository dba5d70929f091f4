"""When two values of a field are the same to a person."""

from __future__ import annotations

import re
import unicodedata
from typing import Any


def same_value(kind: str, one: Any, other: Any) -> bool:  # noqa: ANN401  # values come as JSON
    """Whether a field of this kind (as form.yaml names it) says the same both times."""
    return plain_value(kind, one) == plain_value(kind, other)


def plain_value(kind: str, value: Any) -> object:  # noqa: ANN401  # values come as JSON
    """The value as two are compared: blanks squeezed, letters composed, options in any order, nothing as no text."""
    if isinstance(value, list | tuple):
        return frozenset(value)
    if isinstance(value, str) or value is None:
        text = unicodedata.normalize("NFC", value or "")
        return re.sub(r"\s+", "" if kind == "comb" else " ", text).strip()
    return value
