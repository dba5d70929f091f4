"""Neighbours of a misread number: the values that one wrong, swapped, lost or added character could have been."""

from __future__ import annotations

from collections.abc import Iterator

from matching.contact import has_check_digit

_DIGITS = "0123456789"


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
