"""Looks for people in the bytes of files, however they lie there: in tables, free pages, logs, lists and indexes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matching.base import Subscriber

_WORD = re.compile(r"[^\W\d_]{4,}")
_MAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_DIGITS = re.compile(r"\d{6,}")
_NATIONAL, _HASH = 8, 40
_HEX_BEFORE, _HEX_AFTER, _FRACTION = re.compile(r"[0-9a-f]+$"), re.compile(r"[0-9a-f]+"), re.compile(r"\d\.\d*$")


@dataclass(frozen=True, slots=True)
class Marks:
    """What gives one subscriber away: both names, as people write them and as tables have them; mail, numbers."""

    names: tuple[str, ...]
    mail: str
    numbers: tuple[str, ...]

    def all(self) -> Iterator[str]:
        yield from self.names
        yield from filter(None, (self.mail, *self.numbers))


def marks_of(one: Subscriber) -> Marks:
    """The marks of a subscriber; numbers as digits, a phone number without its country too."""
    written = (one.first_name or "", one.last_name or "")
    # the index has them without accents
    forms = {written, (_bare(written[0]), _bare(written[1]))} if all(written) else set()
    names = [
        pair
        for first, last in sorted(forms)
        for pair in (f"{first} {last}", f"{last} {first}", f"{last}, {first}", f"{first}{last}", f"{last}{first}")
    ]
    phone = "".join(filter(str.isdigit, one.phone or ""))
    numbers = (one.customer_number or "", phone, phone[-_NATIONAL:])
    return Marks(tuple(names), one.email or "", tuple(number for number in numbers if len(number) >= _NATIONAL - 1))


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(" " if one == "-" else one for one in plain if not unicodedata.combining(one))


def texts_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below the folder as text: its bytes as UTF-8, and what JSON writes as escapes with its letters."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = path.read_bytes().decode("utf-8", "replace")
        yield path, raw
        if "\\u00" in raw:
            yield path, re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), raw)


def found_in(text: str, marks: Iterable[str]) -> set[str]:
    """Those of the marks that stand in the text, whatever their case."""
    folded = text.casefold()
    return {mark for mark in marks if _stands(mark.casefold(), folded)}


def _stands(mark: str, text: str) -> bool:
    """Whether the mark stands there by itself: not in the name of another (Hans-Jürgen), a hash or a fraction."""
    start = text.find(mark)
    while start >= 0:
        before, after = text[max(0, start - 80) : start], text[start + len(mark) : start + len(mark) + 80]
        if mark.isdigit():
            left, right = _HEX_BEFORE.search(before), _HEX_AFTER.match(after)
            run = len(mark) + (len(left[0]) if left else 0) + (len(right[0]) if right else 0)
            if run < _HASH and not _FRACTION.search(before):
                return True
        elif not before or not (before[-1].isalpha() or before[-1] == "-"):
            return True
        start = text.find(mark, start + 1)
    return False


def people_in(text: str, people: Sequence[Subscriber]) -> Mapping[str, set[str]]:
    """Kind -> what of any of these people stands in the text as a word of its own: names, mail addresses, numbers.

    For many people and texts in which nothing of them should be: each single name counts, but for those of three
    letters, which stand in random bytes and secrets too.
    """
    words, mails, digits = (set(kind.findall(text)) for kind in (_WORD, _MAIL, _DIGITS))
    marks = [marks_of(one) for one in people]
    names = {part for one in people for name in (one.first_name, one.last_name) if name for part in _WORD.findall(name)}
    return {
        "names": words & names,
        "mail": mails & {one.mail for one in marks},
        "numbers": digits & {number for one in marks for number in one.numbers},
    }
