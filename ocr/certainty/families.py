"""Families: fields that are read alike share one curve and one threshold."""

from __future__ import annotations

from typing import Literal, get_args

from ocr.template.model import ChoiceField, CombField, FormField, HandprintField, TextField

Family = Literal[
    "comb-digits", "comb-checked", "comb-text", "handprint", "text", "tick", "choice", "signature", "code",
]  # fmt: skip
FAMILIES: tuple[Family, ...] = get_args(Family)
_NUMBERS = ("digits", "phone", "date")


def family_of(field: FormField) -> Family:
    """`comb-checked` holds values of which most misreadings cannot exist: dates and numbers with a check digit."""
    if isinstance(field, CombField) and field.prefill is None:
        return _comb(field)
    if isinstance(field, CombField | TextField):
        return "text"
    if isinstance(field, HandprintField):
        return "handprint"
    if isinstance(field, ChoiceField):
        return "choice"
    return "code" if field.kind == "code" else "tick" if field.kind == "tick" else "signature"


def _comb(field: CombField) -> Family:
    if field.charset == "date" or any("date" in rule or rule == "customer_number" for rule in field.rules):
        return "comb-checked"
    return "comb-digits" if field.charset in _NUMBERS else "comb-text"
