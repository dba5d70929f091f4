"""Neighbours of a misread number: the values that one wrong, swapped, lost or added character could have been."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from matching.contact import has_check_digit

_DIGITS = "0123456789"
_TAKEN_FOR = {
    "0": "o", "o": "0a", "1": "li", "l": "1i", "i": "1lj", "j": "i", "2": "z", "z": "2", "5": "s", "s": "5", "6": "b",
    "8": "b", "b": "8h6", "9": "gq", "g": "9q", "q": "g", "a": "o", "u": "nv", "v": "u", "n": "um", "m": "n", "e": "c",
    "c": "e", "h": "b", "rn": "m", "cl": "d",
}  # fmt: skip
"""What readers take each character for, and a pair of them."""
_OLDEST = dt.date(1900, 1, 1)


def one_digit_off(number: str) -> Iterator[str]:
    """All numbers of the same length that differ by one digit or by two neighbours in each other's place."""
    for at, digit in enumerate(number):
        yield from (f"{number[:at]}{other}{number[at + 1 :]}" for other in _DIGITS if other != digit)
    for at in range(len(number) - 1):
        if number[at] != number[at + 1]:
            yield f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}"


def one_digit_lost(number: str) -> Iterator[str]:
    """The numbers with a digit more of which this one may be the rest."""
    for at in range(len(number) + 1):
        yield from (f"{number[:at]}{digit}{number[at:]}" for digit in _DIGITS)


def mended_customer_numbers(number: str) -> list[str]:
    """The numbers with a valid check digit that a number without one may have been; none for a valid one."""
    if not number.isdigit() or has_check_digit(number):
        return []
    return [other for other in one_digit_off(number) if has_check_digit(other)]


def one_letter_misread(text: str) -> Iterator[str]:
    """What the text may say where one character, or a pair of them, was taken for another that looks like it."""
    for seen, meant in _TAKEN_FOR.items():
        at = text.find(seen)
        while at >= 0:
            yield from (f"{text[:at]}{other}{text[at + len(seen) :]}" for other in meant)
            at = text.find(seen, at + 1)
    yield from (f"{text[:at]}rn{text[at + 1 :]}" for at, letter in enumerate(text) if letter == "m")


def mended_dates(day: str, latest: dt.date) -> list[str]:
    """The days that a date which cannot be (``1978-96-30``) may have been; none for one that can."""
    if _is_day(day, latest):
        return []
    written = (f"{one[:4]}-{one[4:6]}-{one[6:]}" for one in one_digit_off(day.replace("-", "")))
    return [other for other in written if _is_day(other, latest)]


def _is_day(text: str, latest: dt.date) -> bool:
    try:
        return _OLDEST <= dt.date.fromisoformat(text) <= latest
    except ValueError:
        return False
