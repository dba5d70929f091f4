"""How often machine and persons are right, by what was checked blind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from cases.models import Checked
from ocr.certainty.shares import Share, share

By = Literal["field", "template", "reader", "person"]
_COLUMNS: dict[By, tuple[Any, ...]] = {
    "field": (col(Checked.template), col(Checked.field)),
    "template": (col(Checked.template),),
    "reader": (col(Checked.reader),),
    "person": (col(Checked.person),),
}
OF_PERSONS = ("ask", "second", "sample", "known")
"""What a person is measured by; a third's word and a ruling are the measure itself."""
_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`right` is a share with its 95 % interval; `pending` are differences on which nobody has ruled yet."""

    of: tuple[str, ...]
    right: Share
    pending: int

    def as_json(self) -> dict[str, Any]:
        right = self.right
        return {
            "of": "/".join(self.of), "checked": right.whole, "right": right.part, "share": round(right.value, 6),
            "low": round(right.low, 6), "high": round(right.high, 6), "pending": self.pending,
        }  # fmt: skip


def machine_accuracy(session: Session, by: By) -> list[Accuracy]:
    """Of readings that were taken without asking. A difference without a ruling counts against the machine."""
    columns = _COLUMNS[by]
    counts = func.count(), _times(col(Checked.machine_right).is_(True)), _times(col(Checked.machine_right).is_(None))
    query = select(*columns, *counts).where(col(Checked.purpose) == "sample").group_by(*columns).order_by(*columns)
    found = session.execute(query.limit(_AT_MOST)).all()
    return [Accuracy(tuple(of), share(right, whole), open_) for *of, whole, right, open_ in found]


def person_accuracy(session: Session, person: str | None = None) -> list[Accuracy]:
    """Of what persons keyed blind or before another, all of them or one. What is not settled does not count."""
    settled, right = _times(col(Checked.right).is_not(None)), _times(col(Checked.right).is_(True))
    query = select(col(Checked.person), func.count(), settled, right).where(col(Checked.purpose).in_(OF_PERSONS))
    query = query.where(col(Checked.person) == person) if person is not None else query
    found = session.execute(query.group_by(col(Checked.person)).order_by(col(Checked.person)).limit(_AT_MOST)).all()
    return [Accuracy((who,), share(right, settled), whole - settled) for who, whole, settled, right in found]


def report(session: Session) -> dict[str, list[Accuracy]]:
    """Everything, by field, template, reader and person."""
    machine: tuple[By, ...] = ("field", "template", "reader")
    return {**{by: machine_accuracy(session, by) for by in machine}, "person": person_accuracy(session)}


def _times(condition: Any) -> Any:  # noqa: ANN401  # SQL
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
