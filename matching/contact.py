"""Phones, e-mails, birth dates and customer numbers in one form; what cannot be understood becomes ``""`` or None."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

import phonenumbers

from matching.normalise import LOOK_ALIKE_DIGITS

_FORMATS = (
    "%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%y%m%d", "%d.%m.%y", "%d/%m/%y",
    "%y-%m-%d",
)  # fmt: skip
_OLDEST_YEAR = 1900
_NOT_DIALLED = re.compile(r"[^0-9+]")
_EMAIL = re.compile(r"[^@]+@[^@]+\.[^@.]+")
_NOTHING = re.compile(r"(?!)")


def fold_phone(phone: str, countries: tuple[str, ...] = ("SE", "DE")) -> str:
    """The number in E.164 form, read as national in the first country where it is valid; ``""`` when in none.

    Letters are turned into look-alike digits first: phonenumbers would read them as vanity digits.
    """
    digits = _NOT_DIALLED.sub("", phone.translate(LOOK_ALIKE_DIGITS))
    return _fold_plain(digits, countries) or _fold_any(digits, countries)


def _fold_plain(digits: str, countries: tuple[str, ...]) -> str:
    """`_fold_any` for the usual writings, fifty times quicker; ``""`` where that one must look."""
    for country in countries:
        code, numbers = _numbers_of(country)
        if digits.startswith(f"+{code}") and numbers.fullmatch(digits, len(code) + 1):
            return digits
    code, numbers = _numbers_of(countries[0])
    return f"+{code}{digits[1:]}" if digits.startswith("0") and numbers.fullmatch(digits, 1) else ""


@lru_cache
def _numbers_of(country: str) -> tuple[str, re.Pattern[str]]:
    """The calling code and the valid national numbers (mobile and fixed line) where 0 is dialled before them."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if metadata is None or metadata.national_prefix_for_parsing != "0":
        return "", _NOTHING
    kinds = (metadata.mobile, metadata.fixed_line)
    patterns = [f"(?:{kind.national_number_pattern})" for kind in kinds if kind and kind.national_number_pattern]
    return str(metadata.country_code), re.compile("|".join(patterns))


def _fold_any(digits: str, countries: tuple[str, ...]) -> str:
    for country in countries:
        try:
            number = phonenumbers.parse(digits, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def fold_email(email: str) -> str:
    """Lower case without blanks; ``""`` when it has no local part or no dotted domain."""
    bare = "".join(email.split()).casefold()
    return bare if _EMAIL.fullmatch(bare) else ""


def fold_date(text: str, today: dt.date | None = None) -> str:
    """A birth date in ISO form, or ``""``. Two-digit years are taken as the latest that is not in the future."""
    latest = today or dt.datetime.now(tz=dt.UTC).date()
    return _fold_day(text, latest)


@lru_cache(1 << 16)
def _fold_day(text: str, latest: dt.date) -> str:
    squeezed = re.sub(r"\s", "", text).translate(LOOK_ALIKE_DIGITS)
    for pattern in _FORMATS:
        try:
            day = dt.datetime.strptime(squeezed, pattern).date()  # noqa: DTZ007 (a birth date has no time zone)
        except ValueError:
            continue
        if "%y" in pattern and day > latest:
            day = _century_earlier(day)
        if day.year >= _OLDEST_YEAR and day <= latest:
            return day.isoformat()
    return ""


def fold_customer_number(text: str) -> str:
    """Letters and digits only; look-alike letters become digits when that makes it all digits."""
    if text.isascii() and text.isdigit():
        return text
    squeezed = re.sub(r"[^0-9A-Za-z]", "", text)
    digits = squeezed.translate(LOOK_ALIKE_DIGITS)
    return digits if digits.isdigit() else squeezed.casefold()


def has_check_digit(number: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    if not number.isdigit() or len(number) < 2 or not number.isascii():
        return False
    doubled = [int(c) * (2 if place % 2 else 1) for place, c in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _century_earlier(day: dt.date) -> dt.date:
    # 29 February 2000 has no counterpart in 1900; the first of March is the nearest day that exists.
    try:
        return day.replace(year=day.year - 100)
    except ValueError:
        return dt.date(day.year - 100, 3, 1)
