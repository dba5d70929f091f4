"""Field by field: how well a query's readings agree with one subscriber, as a level.

Similarities are Jaro-Winkler (Winkler 1990) for names and Levenshtein for codes (rapidfuzz); confusions of readers
are folded away before a pair counts as different.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

Level = Literal["exact", "close", "partial", "differs", "missing"]
_NEAR_NAME = 0.9
_NEAR_STREET = 0.88


@dataclass(frozen=True, slots=True)
class Agreement:
    """The level of one field and its similarity (0..1)."""

    level: Level
    similarity: float


Comparison = Callable[[str, str], Agreement]
MISSING = Agreement("missing", 0.0)


def unconfused(text: str) -> str:
    """Characters that readers take for one another as one: O0, I1l, S5, B8, Z2, rn and m."""
    return text.casefold().replace("rn", "m").translate(str.maketrans("o1i5b2", "0ll$8z".replace("$", "s")))


def compare_first(left: str, right: str) -> Agreement:
    """Given names; any shared given name counts as exact (the second is often the one in use), an initial partly."""
    if not left or not right:
        return MISSING
    ours, theirs = left.split(), right.split()
    if set(ours) & {word for word in theirs if len(word) > 1}:
        return Agreement("exact", 1.0)
    if len(ours[0]) == 1 or len(theirs[0]) == 1:
        same = ours[0][0] == theirs[0][0]
        return Agreement("partial", 0.7) if same else Agreement("differs", 0.0)
    return max((_name_level(a, b) for a in ours for b in theirs), key=lambda a: a.similarity)


def compare_last(left: str, right: str) -> Agreement:
    """Surnames; one half of a double-barrelled name agrees partly."""
    if not left or not right:
        return MISSING
    whole = _name_level(left.replace(" ", ""), right.replace(" ", ""))
    halves = {word for word in left.split() if len(word) > 2} & set(right.split())
    return Agreement("partial", 0.8) if whole.level == "differs" and halves else whole


def compare_street(left: str, right: str) -> Agreement:
    """Folded street names, in any order of their words."""
    if not left or not right:
        return MISSING
    if left == right:
        return Agreement("exact", 1.0)
    likeness = max(JaroWinkler.similarity(left, right), token_sort_ratio(unconfused(left), unconfused(right)) / 100)
    return Agreement("close" if likeness >= _NEAR_STREET else "differs", likeness)


def compare_code(left: str, right: str) -> Agreement:
    """Numbers and addresses of all kinds: equal, one character or one swap away, or different."""
    if not left or not right:
        return MISSING
    if left == right:
        return Agreement("exact", 1.0)
    distance = OSA.distance(unconfused(left), unconfused(right))
    likeness = 1 - distance / max(len(left), len(right))
    return Agreement("close" if distance <= 1 and min(len(left), len(right)) >= 4 else "differs", likeness)


def compare_number(left: str, right: str) -> Agreement:
    """House numbers; the same number with another letter agrees partly. Short, so nothing else is near."""
    if not left or not right:
        return MISSING
    if left == right:
        return Agreement("exact", 1.0)
    bare = [text.rstrip("abcdefghijklmnopqrstuvwxyz") for text in (left, right)]
    return Agreement("partial", 0.6) if bare[0] == bare[1] else Agreement("differs", 0.0)


def compare_date(left: str, right: str) -> Agreement:
    """ISO dates; one misread digit, or day and month exchanged, is close."""
    if left and right and left != right and left == f"{right[:4]}-{right[8:]}-{right[5:7]}":
        return Agreement("close", 0.9)
    return compare_code(left, right)


COMPARISONS: dict[str, Comparison] = {
    "first": compare_first,
    "last": compare_last,
    "street": compare_street,
    "number": compare_number,
    "postcode": compare_code,
    "city": compare_street,
    "phone": compare_code,
    "email": compare_code,
    "birth_date": compare_date,
    "customer_number": compare_code,
}


def _name_level(left: str, right: str) -> Agreement:
    if left == right:
        return Agreement("exact", 1.0)
    likeness = max(JaroWinkler.similarity(left, right), JaroWinkler.similarity(unconfused(left), unconfused(right)))
    one_off = OSA.distance(left, right) == 1 and min(len(left), len(right)) >= 4
    return Agreement("close" if likeness >= _NEAR_NAME or one_off else "differs", likeness)
