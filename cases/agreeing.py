"""When two answers to one question are the same, whatever way they were typed."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers

from cases.rules import Context
from cases.rules.dates import parse_date
from ocr.certainty.values import plain_value
from ocr.template.model import FormField

_SEPARATORS = re.compile(r"[\s./\-]+")
_COMPACT = ("digits", "upper", "alnum")


def same_said(design: FormField, context: Context, one: Any, other: Any) -> bool:  # noqa: ANN401  # values come as JSON
    """Whether both say the same in this field; None is writing that cannot be read, which is not an empty field."""
    if one is None or other is None:
        return one is other
    return normal(design, context, one) == normal(design, context, other)


def normal(design: FormField, context: Context, value: Any) -> object:  # noqa: ANN401  # values come as JSON
    """A value as two are compared: numbers and dates by what they mean, text without regard to case and blanks."""
    if not isinstance(value, str):
        return plain_value(design.kind, value)
    text = str(plain_value(design.kind, value)).casefold()
    charset = getattr(design, "charset", "text")
    if design.role == "phone" or charset == "phone" or "phone" in design.rules:
        return _phone(text, context)
    if charset == "date" or design.role in ("date", "birth_date"):
        return parse_date(text, context.received) or text
    if charset == "email" or design.role == "email":
        return re.sub(r"\s", "", text)
    return _SEPARATORS.sub("", text) if charset in _COMPACT or design.kind == "comb" else text


def _phone(text: str, context: Context) -> str:
    try:
        number = phonenumbers.parse(text, context.country)
    except phonenumbers.NumberParseException:
        return _SEPARATORS.sub("", text)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
