"""Which thresholds the decisions of persons speak for, and how certain that is."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from cases.models import Keyed
from matching.tables import TableError, read_table
from ocr.certainty.families import FAMILIES, Family
from ocr.certainty.shares import Share, least_cases, share
from ocr.certainty.thresholds import key_of
from ocr.certainty.values import same_value

STEPS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999, 0.9995)
"""Thresholds to choose from; finer ones would promise more than the decisions can tell."""
COLUMNS = ("kind", "confidence", "right", "offered", "said", "template", "field")
_EACH_SIDE = 0.9
"""Level of an interval each of whose bounds holds at 95 % on its own."""
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True, slots=True)
class Decision:
    """One reading, how sure the machine was of it (0..1), and whether a person found it right."""

    family: Family
    template: str
    field: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The lowest threshold for `key` (a family, or FORM/FIELD) at which few enough of the readings taken are wrong.

    `taken` is the share of the decisions at or above it, `wrong` the share of the wrong ones among these, `more` how
    many further right decisions up there it takes to prove it: 0 means proved at 95 %. `threshold` is None where every
    step had too many wrong readings.
    """

    key: str
    decisions: int
    threshold: float | None
    taken: Share
    wrong: Share
    more: int

    @property
    def proved(self) -> bool:
        return self.threshold is not None and self.more == 0

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "decisions": self.decisions,
            "threshold": self.threshold,
            "proved": self.proved,
            "automatic": _as_json(self.taken),
            "false_accepts": _as_json(self.wrong),
            "more_decisions_needed": self.more,
        }


def stored_decisions(session: Session) -> list[Decision]:
    """What persons decided at the desk; where two decided on one reading, the later word."""
    latest = {keyed.reading_id: keyed for keyed in session.exec(select(Keyed).order_by(col(Keyed.at), col(Keyed.id)))}
    return [
        Decision(keyed.family, keyed.template, keyed.field, keyed.confidence, keyed.right)
        for keyed in latest.values()
        if keyed.family in FAMILIES
    ]


def read_decisions(file: Path) -> list[Decision]:
    """Decisions from a CSV with the columns kind, confidence, and right or both offered and said; template and field.

    Raises TableError, with the line, for anything that is not such a decision.
    """
    table = read_table(file, needed=("kind", "confidence"), known=COLUMNS)
    if "right" not in table.columns and not {"offered", "said"} <= set(table.columns):
        raise TableError(f"{file}: the header needs the column right, or both offered and said")
    if not table.rows:
        raise TableError(f"{file}: holds no decisions")
    found = []
    for line, row in enumerate(table.rows, start=2):
        try:
            found.append(_decision(row))
        except ValueError as error:
            raise TableError(f"{file} line {line}: {error}") from None
    return found


def _decision(row: Mapping[str, str]) -> Decision:
    family = (row["kind"] or "").strip()
    if family not in FAMILIES:
        raise ValueError(f"kind must be one of {', '.join(FAMILIES)}")
    template, field = (row.get("template") or "").strip(), (row.get("field") or "").strip()
    confidence = _confidence(row["confidence"] or "")
    return Decision(family, template, field, confidence, _is_right(family, row))


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise ValueError("confidence must be a number from 0 to 1")
    return value


def _is_right(family: str, row: Mapping[str, str]) -> bool:
    said = (row.get("right") or "").strip().casefold()
    if said in _YES + _NO:
        return said in _YES
    if said or row.get("offered") is None or row.get("said") is None:
        raise ValueError("right must be yes or no, or offered and said must be given")
    return same_value(family.partition("-")[0], row["offered"], row["said"])


def recommend(decisions: Iterable[Decision], false_accepts: float) -> list[Recommendation]:
    """For every family, and for every field of a form whose decisions prove a threshold of its own.

    Raises ValueError when `false_accepts` (the share of wrong ones among the readings taken) is not in (0, 0.5).
    """
    if not 0 < false_accepts < 0.5:
        raise ValueError("the share of false accepts must lie above 0 and below 0.5")
    families: dict[str, list[Decision]] = defaultdict(list)
    fields: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        families[one.family].append(one)
        if one.template and one.field:
            fields[key_of(one.template, one.field)].append(one)
    usual = [_recommended(key, families[key], false_accepts) for key in FAMILIES if key in families]
    known = {one.key: one.threshold for one in usual}
    own = [_recommended(key, found, false_accepts) for key, found in sorted(fields.items())]
    return usual + [one for one in own if one.proved and one.threshold != known[fields[one.key][0].family]]


def _recommended(key: str, found: Sequence[Decision], false_accepts: float) -> Recommendation:
    tried = [_at(key, found, step, false_accepts) for step in STEPS]
    proved = next((one for one in tried if one.proved), None)
    likely = next((one for one in tried if one.wrong.whole and one.wrong.value <= false_accepts), None)
    none = Recommendation(key, len(found), None, share(0, len(found)), share(0, 0), least_cases(0, false_accepts))
    return proved or likely or none


def _at(key: str, found: Sequence[Decision], threshold: float, false_accepts: float) -> Recommendation:
    taken = [one for one in found if one.confidence >= threshold]
    wrong = sum(not one.right for one in taken)
    more = max(least_cases(wrong, false_accepts) - len(taken), 0)
    return Recommendation(
        key, len(found), threshold, share(len(taken), len(found)), share(wrong, len(taken), _EACH_SIDE), more
    )


def setting(recommended: Iterable[Recommendation]) -> str:
    """The line to paste, with the thresholds that are proved; empty when none is."""
    proved = {one.key: one.threshold for one in recommended if one.proved}
    return f"REPLYFLOW_FIELD_THRESHOLDS='{json.dumps(proved)}'" if proved else ""


def _as_json(one: Share) -> dict[str, float]:
    return {"share": round(one.value, 6), "low": round(one.low, 6), "high": round(one.high, 6)}
