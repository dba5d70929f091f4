"""What is wrong or odd in a delivery: rows that cannot be used, and what an operator should look at."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.contact import fold_date
from matching.person import Person

LONGEST_CELL = 500
WHAT = {
    "no-name": "neither first nor last name",
    "name": "digits or an @ in the name",
    "phone": "the phone number is not valid",
    "email": "the e-mail address is not valid",
    "postcode": "the postcode is malformed",
    "birth_date": "the birth date cannot be read",
    "birth-date-future": "the birth date lies in the future",
    "damaged-text": "letters are damaged (\ufffd, or Ã¤ for ä): the file was saved in another encoding",
    "repeated-id": "the id stands again in a later row, which holds",
    "shared-phone": "one phone number is shared by many subscribers: perhaps a placeholder",
    "shared-email": "one e-mail address is shared by many subscribers: perhaps a placeholder",
    "shared-birth-date": "one birth date is far too common: perhaps a placeholder",
    "mapping": "the column may be taken for the wrong field",
}
_BY_FIELD = {"phone": "phone", "email": "email", "postcode": "postcode", "birth_date": "birth_date", "name": "name"}
_NEVER_TOO_LATE = dt.date(9999, 12, 31)
_NOT_IN_A_NAME = re.compile(r"[0-9@]")
_DAMAGE = re.compile("\ufffd|\u00c3[\u0080-\u00bf\u2018-\u201e\u0160\u0178\u017d]")
_FIVE_DIGITS = {"", "se", "de", "s", "d", "sweden", "sverige", "schweden", "germany", "deutschland", "tyskland"}
_LINES_TOLD = 5
_FEWEST_TO_DOUBT = 20
_DOUBTFUL_SHARE = 0.5
_SHARED_BY_MANY = 50
_TRACKED = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: a stable kind, what it means, how many rows; examples are numbers of rows, or values."""

    kind: str
    text: str
    rows: int
    examples: tuple[str, ...] = ()


def row_fault(row: Mapping[Any, Any]) -> str | None:
    """Why a row cannot be used, or None. A DictReader puts surplus cells under None, missing ones as None."""
    if None in row:
        return "more cells than the header has columns"
    if any(value is None for value in row.values()):
        return "fewer cells than the header has columns"
    if not row.get("id", "").strip():
        return "no id"
    if any(len(value) > LONGEST_CELL or "\x00" in value for value in row.values()):
        return f"a cell is longer than {LONGEST_CELL} characters or holds a NUL"
    return None


def oddities(row: Mapping[str, str], person: Person) -> tuple[str, ...]:
    """The kinds of what is odd in a stripped row whose folded form is `person`."""
    return tuple(_oddities(row, person))


def _oddities(row: Mapping[str, str], person: Person) -> Iterator[str]:
    if not (person.first or person.last):
        yield "no-name"
    if _NOT_IN_A_NAME.search(row.get("first_name", "") + row.get("last_name", "")):
        yield "name"
    if row.get("phone") and not person.phone:
        yield "phone"
    if row.get("email") and not person.email:
        yield "email"
    if row.get("postcode") and not _is_postcode(person.postcode, row.get("country", "")):
        yield "postcode"
    if row.get("birth_date") and not person.birth_date:
        yield "birth-date-future" if fold_date(row["birth_date"], _NEVER_TOO_LATE) else "birth_date"
    if not (text := "".join(row.values())).isascii() and _DAMAGE.search(text):
        yield "damaged-text"


def _is_postcode(folded: str, country: str) -> bool:
    if folded.isdigit():
        return len(folded) == 5 if country.casefold() in _FIVE_DIGITS else 3 <= len(folded) <= 10
    return 3 <= len(folded) <= 10 and any(c.isdigit() for c in folded)


class CommonValues:
    """Values that many rows share, in bounded memory, counted no higher than they are.

    Misra and Gries (1982), by portions as in Agarwal et al., Mergeable summaries (2012).
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, values: Iterable[str]) -> None:
        self._counts.update(values)
        if len(self._counts) > _TRACKED:
            least = sorted(self._counts.values(), reverse=True)[_TRACKED]
            self._counts = Counter({known: count - least for known, count in self._counts.items() if count > least})

    def shared(self) -> list[tuple[str, int]]:
        return sorted((p for p in self._counts.items() if p[1] >= _SHARED_BY_MANY), key=lambda p: (-p[1], p[0]))


class Findings:
    """Gathers what is odd while rows go by; memory does not grow with the rows."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._lines: defaultdict[str, list[str]] = defaultdict(list)
        self._filled: Counter[str] = Counter()
        self._common = {"shared-phone": CommonValues(), "shared-email": CommonValues()}

    def note(self, kind: str, line: int) -> None:
        self._rows[kind] += 1
        if len(self._lines[kind]) < _LINES_TOLD:
            self._lines[kind].append(str(line))

    def rows(self, odd: Iterable[tuple[int, tuple[str, ...]]], folded: Mapping[str, Sequence[str]]) -> None:
        """Counts rows that were folded: what is odd in each line, and their columns by field."""
        for line, kinds in odd:
            for kind in kinds:
                self.note(kind, line)
        for field in ("phone", "email", "postcode", "birth_date"):
            self._filled[field] += sum(map(bool, folded.get(field, ())))
        self._filled["name"] += len(folded.get("last", ()))
        self._common["shared-phone"].add(filter(None, folded.get("phone", ())))
        self._common["shared-email"].add(filter(None, folded.get("email", ())))

    def told(self, headers: Mapping[str, str]) -> list[Finding]:
        """What was found, the gravest first; `headers` names the column of each field."""
        plain = [Finding(k, WHAT[k], self._rows[k], tuple(self._lines[k])) for k in WHAT if self._rows[k]]
        return [*self._mapping_mistakes(headers), *plain, *self._shared()]

    def _mapping_mistakes(self, headers: Mapping[str, str]) -> Iterator[Finding]:
        for field, kind in _BY_FIELD.items():
            wrong = self._rows[kind]
            # A postcode folds to something whatever it is, so its valid ones are those not counted as wrong.
            seen = self._filled[field] + (wrong if field in ("phone", "email", "birth_date") else 0)
            if seen < _FEWEST_TO_DOUBT or wrong <= _DOUBTFUL_SHARE * seen:
                continue
            names = ("name", "first_name", "last_name") if field == "name" else (field,)
            columns = ", ".join(repr(headers[name]) for name in names if name in headers) or repr(field)
            text = f"{columns}, taken for the {field.replace('_', ' ')}, does not look like one (--map names another)"
            yield Finding("mapping", text, wrong)

    def _shared(self) -> Iterator[Finding]:
        for kind, values in self._common.items():
            if shared := values.shared():
                told = tuple(f"{value}: at least {count}" for value, count in shared[:_LINES_TOLD])
                yield Finding(kind, WHAT[kind], sum(count for _, count in shared), told)
