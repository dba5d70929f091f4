"""Field by field: how well a folded reading agrees with what the base says, as a level.

Similarities are Jaro-Winkler (Winkler 1990) for names and optimal string alignment for codes (rapidfuzz); confusions
of readers are folded away before a pair counts as different.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA, JaroWinkler

from matching.keys import local_part
from matching.nicknames import same_by_nickname
from matching.normalise import written_out

Level = Literal["exact", "close", "partial", "initial", "far", "differs", "missing"]
"""`far`: more than half of the letters in place, of an e-mail address four in five, one given name of several or the
initial of the second, one half of two surnames whose other halves differ.
`partial`: a nickname, half a double name, a house number but for its letter, a postcode's area, another domain."""
_NEAR_NAME, _NEAR_STREET, _FAR_NAME, _FAR_EMAIL = 0.9, 0.93, 0.55, 0.8
_AREA = 2
_PHONE, _LEAST_BEGINNING, _LEAST_STREET = 9, 4, 6


@dataclass(frozen=True, slots=True)
class Agreement:
    """The level of one field and its similarity (0..1).

    `words` are the given names that both sides share, or the parts of a surname where only a part agrees; of `initials`
    more given names the initial agrees.
    """

    level: Level
    similarity: float
    words: tuple[str, ...] = ()
    initials: int = 0


Comparison = Callable[[str, str], Agreement]
EXACT = Agreement("exact", 1.0)
DIFFERS = Agreement("differs", 0.0)
MISSING = Agreement("missing", 0.0)
_CONFUSED = str.maketrans("o1i5b2", "0lls8z")


def unconfused(text: str) -> str:
    """Characters that readers take for one another as one: O0, I1l, S5, B8, Z2, rn and m."""
    return text.replace("rn", "m").translate(_CONFUSED)


def compare_first(left: str, right: str) -> Agreement:
    """Given names; any shared one counts as exact (the second is often the one in use) unless the others differ."""
    ours, theirs = left.split(), right.split()
    if shared := {word for word in ours if len(word) > 1} & set(theirs):
        left_over = [[word for word in side if word not in shared] for side in (ours, theirs)]
        others = [[word for word in side if len(word) > 1] for side in left_over]
        differ = all(others) and all(_name_level(a, b).level == "differs" for a in others[0] for b in others[1])
        initials = 0 if all(others) else len({a[0] for a in left_over[0]} & {b[0] for b in left_over[1]})
        return Agreement("far", 0.5) if differ else Agreement("exact", 1.0, tuple(sorted(shared)), initials)
    if len(ours[0]) == 1 or len(theirs[0]) == 1:
        if ours[0][0] == theirs[0][0]:
            return Agreement("initial", 0.7)
        # of several given names the second may be the one in use
        second = {word[0] for word in ours} & {word[0] for word in theirs}
        return Agreement("far", 0.4) if second else DIFFERS
    if any(same_by_nickname(a, b) for a in ours for b in theirs):
        return Agreement("partial", 0.8)
    return max((_name_level(a, b) for a in ours for b in theirs), key=lambda found: found.similarity)


def compare_last(left: str, right: str) -> Agreement:
    """Surnames; one half of a double-barrelled name agrees partly, and hardly where the other halves differ."""
    whole = _name_level(left.replace(" ", ""), right.replace(" ", ""))
    ours, theirs = ({word for word in side.split() if len(word) > 2} for side in (left, right))
    if whole.level == "exact" or len(ours) == len(theirs) == 1:
        return whole
    halves = [(_name_level(a, b).level, b) for a in ours for b in theirs]
    shared = [word for level, word in halves if level == "exact"]
    if not shared and whole.level != "close":
        shared = [word for level, word in halves if level == "close"]
    if not shared:
        return whole
    others = [[word for word in side if not any(_alike(word, one) for one in shared)] for side in (ours, theirs)]
    differ = all(others) and all(_name_level(a, b).level == "differs" for a in others[0] for b in others[1])
    return Agreement("far" if differ else "partial", 0.5 if differ else 0.8, tuple(sorted(shared)))


def compare_street(left: str, right: str) -> Agreement:
    """Folded street names; one that begins like the other is an abbreviation."""
    if left == right or left == written_out(right) or right == written_out(left):
        return EXACT
    likeness = max(JaroWinkler.similarity(left, right), JaroWinkler.similarity(unconfused(left), unconfused(right)))
    edits = OSA.distance(left, right)
    one_off = edits == 1 and min(len(left), len(right)) >= _LEAST_STREET
    if one_off or (likeness >= _NEAR_STREET and edits <= max(1, min(len(left), len(right)) // 4)):
        return Agreement("close", likeness)
    short, long = sorted((left, right), key=len)
    begins = len(short) >= _LEAST_BEGINNING and long.startswith(short)
    return Agreement("partial" if begins else "differs", likeness)


def compare_code(left: str, right: str) -> Agreement:
    """Numbers of all kinds: equal, one character or one swap away, or different."""
    if left == right:
        return EXACT
    distance = OSA.distance(left, right, score_cutoff=2)
    likeness = max(0.0, 1 - distance / max(len(left), len(right)))
    return Agreement("close" if distance <= 1 and min(len(left), len(right)) >= 4 else "differs", likeness)


def compare_phone(left: str, right: str) -> Agreement:
    """Phones by their last nine digits, so that +46 70, 0046 70 and 070 are one."""
    return compare_code(left[-_PHONE:], right[-_PHONE:])


def compare_postcode(left: str, right: str) -> Agreement:
    """Postcodes; those of one area begin alike."""
    found = compare_code(left, right)
    same_area = found.level == "differs" and left[:_AREA] == right[:_AREA]
    return Agreement("partial", found.similarity) if same_area else found


def compare_city(left: str, right: str) -> Agreement:
    """Towns; one that begins like the other lacks a district or a post office's number."""
    found = compare_street(left, right)
    return found if found.level != "partial" else Agreement("close", found.similarity)


def compare_number(left: str, right: str) -> Agreement:
    """House numbers; the same number with another letter agrees partly, one digit away is close."""
    if left == right:
        return EXACT
    ours, theirs = (text.rstrip("abcdefghijklmnopqrstuvwxyz") for text in (left, right))
    if ours == theirs:
        return Agreement("partial", 0.6)
    return Agreement("close", 0.5) if OSA.distance(ours, theirs) == 1 else DIFFERS


def compare_email(left: str, right: str) -> Agreement:
    """E-mail addresses; the same local part at another domain agrees partly."""
    if left == right:
        return EXACT
    if local_part(left) == local_part(right):
        return Agreement("partial", 0.8)
    distance = OSA.distance(unconfused(left), unconfused(right))
    likeness = max(0.0, 1 - distance / max(len(left), len(right)))
    if distance <= 2:
        return Agreement("close", likeness)
    return Agreement("far" if likeness >= _FAR_EMAIL else "differs", likeness)


def compare_date(left: str, right: str) -> Agreement:
    """ISO dates; one misread digit is close, day and month exchanged or the same day of another year partial."""
    if left == right:
        return EXACT
    swapped = left == f"{right[:4]}-{right[8:]}-{right[5:7]}"
    found = compare_code(left, right)
    if found.level == "differs" and (swapped or left[5:] == right[5:]):
        return Agreement("partial", 0.8)
    return found


COMPARISONS: dict[str, Comparison] = {
    "first": compare_first,
    "last": compare_last,
    "street": compare_street,
    "number": compare_number,
    "postcode": compare_postcode,
    "city": compare_city,
    "phone": compare_phone,
    "email": compare_email,
    "birth_date": compare_date,
    "customer_number": compare_code,
}


def compare(field: str, left: str, right: str) -> Agreement:
    """The agreement of one field of `Person`; missing where a side does not know it."""
    return COMPARISONS[field](left, right) if left and right else MISSING


def _alike(left: str, right: str) -> bool:
    return _name_level(left, right).level in ("exact", "close")


def _name_level(left: str, right: str) -> Agreement:
    if left == right:
        return EXACT
    likeness = max(JaroWinkler.similarity(left, right), JaroWinkler.similarity(unconfused(left), unconfused(right)))
    one_off = min(len(left), len(right)) >= 4 and OSA.distance(left, right, score_cutoff=1) == 1
    if likeness >= _NEAR_NAME or one_off:
        return Agreement("close", likeness)
    return Agreement("far" if OSA.normalized_similarity(left, right) >= _FAR_NAME else "differs", likeness)
