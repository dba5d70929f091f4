"""Dates as people write them: 2026-11-24, 24.11.2026, 24/11/2026, 24 11 26, 20261124."""

from __future__ import annotations

import datetime as dt
import re

from cases.rules.context import Context

_OLDEST_YEARS = 120
_PLAUSIBLE_DAYS = 366


def parse_date(text: str, received: dt.date) -> dt.date | None:
    """The day that `text` names, or None; two-digit years are the latest not after `received`'s next year."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 8:
        digits = parts[0]
        year_first = digits[:2] in ("19", "20")
        parts = [digits[:4], digits[4:6], digits[6:]] if year_first else [digits[:2], digits[2:4], digits[4:]]
    if len(parts) != 3:
        return None
    year_text, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if 2000 + year <= received.year + 1 else 1900
    try:
        return dt.date(year, int(month), int(day))
    except ValueError:
        return None


def date(value: str, context: Context) -> str | None:
    if parse_date(value, context.received) is None:
        return "This is not a date of the calendar."
    return None


def date_not_future(value: str, context: Context) -> str | None:
    day = parse_date(value, context.received)
    if day is not None and day > context.received:
        return "The date lies after the day on which the form came in."
    return date(value, context)


def date_plausible(value: str, context: Context) -> str | None:
    day = parse_date(value, context.received)
    if day is not None and abs((day - context.received).days) > _PLAUSIBLE_DAYS:
        return "The date is more than a year away from the day on which the form came in."
    return date(value, context)


def birth_date(value: str, context: Context) -> str | None:
    day = parse_date(value, context.received)
    if day is not None and not 0 <= context.received.year - day.year <= _OLDEST_YEARS:
        return "Nobody alive was born on this date."
    return date_not_future(value, context)
