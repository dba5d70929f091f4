"""How many seconds of attention questions and cases cost, counted and ranked by the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, and_, case, func, select
from sqlmodel import Session, col

from cases.models import Answer, Case, ExceptionItem, Response
from cases.purposes import CHECKS_ONLY

By = Literal["person", "template", "field", "reason"]
BAR_EXCEPTION_S, BAR_REVIEWED_S, BAR_CASE_S = 5.0, 15.0, 2.0
"""Median of an exception, median of a reviewed case, mean of all cases."""
_AT_MOST = 200
_TEMPLATE = func.coalesce(col(Response.template), "")
_REASON = case((col(ExceptionItem.purpose) == "ask", col(ExceptionItem.rule)), else_=col(ExceptionItem.purpose))
_COLUMNS: dict[By, tuple[Any, ...]] = {
    "person": (col(Answer.person),),
    "template": (_TEMPLATE,),
    "field": (_TEMPLATE, func.coalesce(col(ExceptionItem.field), "")),
    "reason": (_REASON,),
}
_HANDLING = col(ExceptionItem.purpose).not_in(CHECKS_ONLY)


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of attention for a group of answers; `keys` is the median of the keys pressed."""

    of: tuple[str, ...]
    count: int
    median_s: float
    p90_s: float
    total_s: float
    keys: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise beside what is: seconds, over `count` answers or cases; None where there is none yet."""

    name: str
    bar_s: float
    is_s: float | None
    count: int


def spent(session: Session, by: By, since: dt.datetime, person: str | None = None) -> list[Spent]:
    """All answers since then, taken back or not, by what they are about; the most frequent first."""
    of = [column.label(f"of{place}") for place, column in enumerate(_COLUMNS[by])]
    ranked = _ranked(of, since, person).subquery()
    names = [ranked.c[label.name] for label in of]
    query = select(*names, *_figures(ranked)).group_by(*names).order_by(func.max(ranked.c.n).desc(), *names)
    return [
        Spent(tuple(map(str, row[: len(names)])), int(n), float(median), float(p90), float(total), float(keys))
        for row in session.execute(query.limit(_AT_MOST)).all()
        for n, median, p90, total, keys in [row[len(names) :]]
    ]


def bars(session: Session, since: dt.datetime) -> list[Bar]:
    """What the desk promises and what it does; questions that only check quality are not counted here."""
    exceptions = session.execute(_median(_handled(since))).one()
    cases_ = session.execute(_median(_per_case(since))).one()
    total = _handled(since).subquery()
    seconds = float(session.execute(select(func.coalesce(func.sum(total.c.s), 0.0))).scalar_one())
    opened = session.execute(select(func.count()).where(col(Case.opened_at) >= since)).scalar_one()
    return [
        Bar("per_exception", BAR_EXCEPTION_S, exceptions.s, exceptions.n),
        Bar("per_reviewed", BAR_REVIEWED_S, cases_.s, cases_.n),
        Bar("per_case", BAR_CASE_S, seconds / opened if opened else None, opened),
    ]


def own_bars(session: Session, since: dt.datetime, person: str) -> list[Bar]:
    """The one promise that a single person can keep: the median of their exceptions."""
    own = session.execute(_median(_handled(since).where(col(Answer.person) == person))).one()
    return [Bar("per_exception", BAR_EXCEPTION_S, own.s, own.n)]


def checking_s(session: Session, since: dt.datetime) -> tuple[int, float]:
    """How many questions that only check quality were answered, and in how many seconds."""
    query = select(func.count(), func.coalesce(func.sum(col(Answer.active_s)), 0.0))
    query = query.join(ExceptionItem, col(Answer.exception_id) == ExceptionItem.id)
    count, seconds = session.execute(query.where(col(Answer.at) >= since, ~_HANDLING)).one()
    return count, float(seconds)


def _ranked(of: list[Any], since: dt.datetime, person: str | None) -> Select[Any]:
    seconds, keys = col(Answer.active_s), col(Answer.keys)
    query = select(
        *of, seconds, keys,
        func.row_number().over(partition_by=of, order_by=seconds).label("r"),
        func.row_number().over(partition_by=of, order_by=keys).label("k"),
        func.count().over(partition_by=of).label("n"),
    )  # fmt: skip
    query = query.join(ExceptionItem, col(Answer.exception_id) == ExceptionItem.id)
    query = query.outerjoin(Response, col(Answer.response_id) == Response.id).where(col(Answer.at) >= since)
    return query.where(col(Answer.person) == person) if person is not None else query


def _figures(ranked: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a subquery
    c = ranked.c
    middle = ((c.n + 1) // 2, (c.n + 2) // 2)
    return (
        func.max(c.n),
        func.avg(case((c.r.in_(middle), c.active_s))),
        func.min(case((10 * c.r >= 9 * c.n, c.active_s))),
        func.sum(c.active_s),
        func.avg(case((c.k.in_(middle), c["keys"]))),
    )


def _handled(since: dt.datetime) -> Select[Any]:
    query: Select[Any] = select(col(Answer.active_s).label("s")).join(
        ExceptionItem, col(Answer.exception_id) == ExceptionItem.id
    )
    return query.where(col(Answer.at) >= since, _HANDLING)


def _per_case(since: dt.datetime) -> Select[Any]:
    """The seconds of each case that was opened since then and waits no more, had a person to look at it."""
    query = select(func.sum(col(Answer.active_s)).label("s"))
    query = query.join(ExceptionItem, and_(col(Answer.exception_id) == ExceptionItem.id, _HANDLING))
    query = query.join(Response, col(Answer.response_id) == Response.id).join(Case, col(Response.case_id) == Case.id)
    return query.where(col(Case.opened_at) >= since, col(Case.state) != "waiting").group_by(col(Case.id))


def _median(seconds: Select[Any]) -> Select[Any]:
    one = seconds.subquery()
    rank = func.row_number().over(order_by=one.c.s).label("r")
    ranked = select(one.c.s, rank, func.count().over().label("n")).subquery()
    middle = ranked.c.r.in_(((ranked.c.n + 1) // 2, (ranked.c.n + 2) // 2))
    return select(func.avg(case((middle, ranked.c.s))).label("s"), func.count().label("n"))
