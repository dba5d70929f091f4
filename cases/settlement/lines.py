"""The lines of a month's statement: what the month gives, and what earlier locked months would give otherwise now."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cases.settlement.entitlements import KINDS, Entitlement, Kind

LineKind = Literal["commission", "clawback", "correction"]
_Key = tuple[int, dt.date, Kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement. `of` is what a correction corrects: the kind and month of the locked amount."""

    case_id: int
    kind: LineKind
    of: Kind
    of_month: dt.date
    amount: Decimal
    terms: str
    sentence: str

    @property
    def key(self) -> _Key:
        return self.case_id, self.of_month, self.of


def statement_lines(due: Iterable[Entitlement], locked: Sequence[Line], month: dt.date) -> list[Line]:
    """The lines of the statement of `month`, given all that is due and all lines of locked statements.

    Whatever became known too late for its own month is a correction here. All lines of a case, over all statements,
    come to what the case is due. Lines that would say nothing (0.00 and never paid before) stay, so that a case that
    the cap left without commission is seen.
    """
    wanted = {(one.case_id, one.month, one.kind): one for one in due if one.month <= month}
    paid: dict[_Key, Decimal] = defaultdict(Decimal)
    terms: dict[_Key, str] = {}
    for line in locked:
        paid[line.key] += line.amount
        terms[line.key] = line.terms
    found = list(_own(wanted, paid, month))
    found += _corrections(wanted, paid, terms, month)
    return sorted(found, key=lambda line: (line.case_id, line.of_month, KINDS.index(line.of)))


def digest(lines: Sequence[Line]) -> str:
    """SHA-256 over the canonical JSON of the lines."""
    plain = [
        [line.case_id, line.kind, line.of, line.of_month.isoformat(), str(line.amount), line.terms, line.sentence]
        for line in lines
    ]
    return hashlib.sha256(json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _own(wanted: dict[_Key, Entitlement], paid: dict[_Key, Decimal], month: dt.date) -> Iterator[Line]:
    for key, one in wanted.items():
        if one.month == month and key not in paid:
            yield Line(one.case_id, one.kind, one.kind, one.month, one.amount, one.terms, one.sentence)


def _corrections(
    wanted: dict[_Key, Entitlement], paid: dict[_Key, Decimal], terms: dict[_Key, str], month: dt.date
) -> Iterator[Line]:
    for key in wanted.keys() | paid.keys():
        case_id, of_month, kind = key
        one = wanted.get(key)
        due, was = one.amount if one else Decimal(0), paid.get(key, Decimal(0))
        if due == was or (of_month == month and key not in paid):
            continue
        now = one.sentence if one else "nothing is due for it any more"
        sentence = f"{kind} of {of_month:%Y-%m}: {was} was settled, {due} is due: {now}"
        yield Line(case_id, "correction", kind, of_month, due - was, one.terms if one else terms[key], sentence)
