"""Computes every statement of a bag again, from the terms and outcomes in it alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cases.settlement.entitlements import Outcome, entitlements
from cases.settlement.lines import Line, digest, statement_lines
from cases.settlement.terms import Terms

Row = Mapping[str, Any]
Table = Callable[[str], Iterable[Row]]
"""The rows of a table of the bag, by its name."""


def settlement_faults(table: Table) -> Iterator[str]:
    """The statements that do not come out the same, and lines without their evidence, as sentences."""
    statements = list(table("statements"))
    if not statements:
        return
    lines: dict[int, list[Row]] = {}
    for row in table("statement_lines"):
        lines.setdefault(int(row["statement_id"]), []).append(row)
    terms, outcomes = list(table("terms")), list(table("outcomes"))
    opened = {str(event["hash"]) for name in ("ledger", "elsewhere") for event in table(name)}
    for one in statements:
        number, own = int(one["id"]), lines.get(int(one["id"]), [])
        earlier = [
            _line(row)
            for other in statements
            if (other["partner"], other.get("state")) == (one["partner"], "approved") and other["month"] < one["month"]
            for row in lines.get(int(other["id"]), [])
        ]
        again = _again(one, terms, outcomes, earlier)
        stored = [_line(row) for row in sorted(own, key=lambda row: int(row["number"]))]
        if not digest(again) == digest(stored) == one["digest"]:
            yield f"Statement {number} does not come out the same from terms and outcomes: its lines differ."
        elif sum((line.amount for line in again), Decimal("0.00")) != Decimal(str(one["total"])):
            yield f"The lines of statement {number} do not come to its total."
        for row in own:
            # of earlier months only the amounts are of interest, and their cases are in bags of their own
            if int(one["id"]) == max(lines) and row["evidence"].get("ledger") not in opened | {None}:
                yield f"Line {row['number']} of statement {number} names an entry of the ledger that is not in the bag."


def _again(one: Row, terms: list[Row], outcomes: list[Row], earlier: list[Line]) -> list[Line]:
    partner = one["partner"]
    held = {
        str(row["valid_from"]): Terms.model_validate(row["terms"])
        for row in terms
        if row["partner"] == partner and int(row["id"]) <= int(one["known_terms"])
    }
    latest = {
        (row["case_id"], row["what"], row["on"]): row for row in outcomes if int(row["id"]) <= int(one["known_outcome"])
    }
    known = [
        Outcome(int(row["case_id"]), row["what"], _day(row["on"]), tuple(row.get("offer", "").split(",")))
        if row.get("offer")
        else Outcome(int(row["case_id"]), row["what"], _day(row["on"]))
        for row in latest.values()
        if row.get("holds", True) and row.get("partner") == partner
    ]
    due = entitlements([held[day] for day in sorted(held)], known)
    return statement_lines(due, earlier, _day(one["month"]))


def _line(row: Row) -> Line:
    return Line(
        int(row["case_id"]), row["kind"], row["of"], _day(row["of_month"]), Decimal(str(row["amount"])), row["terms"],
        row["sentence"],
    )  # fmt: skip


def _day(text: object) -> dt.date:
    return dt.date.fromisoformat(str(text))
