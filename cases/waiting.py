"""The queue of the review desk: each open exception is with one person at most, and goes back when they fall silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from cases.clock import now
from cases.models import Answer, ExceptionItem, Person
from cases.purposes import RULERS

LEASE = dt.timedelta(minutes=15)
ORDER = (col(ExceptionItem.due), col(ExceptionItem.channel), col(ExceptionItem.id))


def take(
    session: Session, person: str, count: int, *of: ColumnElement[bool], order: Sequence[Any] = ORDER
) -> list[ExceptionItem]:
    """Leases the `count` most urgent open exceptions to `person`, those already theirs among them, and commits.

    Nobody gets two questions about one field of one form, and a ruling is for supervisors alone.
    Two persons who ask at once get different ones: PostgreSQL passes over locked rows, SQLite has one writer.
    """
    first = select(col(ExceptionItem.id)).where(col(ExceptionItem.state) == "open", free_for(person), *of)
    chosen = first.order_by(*order).limit(count).with_for_update(skip_locked=True)
    claim = update(ExceptionItem).where(col(ExceptionItem.id).in_(chosen.scalar_subquery()))
    taken = session.execute(
        claim.values(leased_by=person, leased_until=now() + LEASE)
        .returning(col(ExceptionItem.id))
        .execution_options(synchronize_session=False)
    )
    ids = list(taken.scalars())
    session.commit()
    rows = select(ExceptionItem).where(col(ExceptionItem.id).in_(ids)).order_by(*ORDER)
    return list(session.execute(rows.execution_options(populate_existing=True)).scalars())


def take_next(session: Session, person: str, count: int) -> list[ExceptionItem]:
    """Leases the next work of `person`: what they found odd in a group, then what is most urgent; commits."""
    odd = take(session, person, count, col(ExceptionItem.odd_by) == person, col(ExceptionItem.leased_by) == person)
    if len(odd) == count:
        return odd
    return odd + take(session, person, count - len(odd), col(ExceptionItem.id).not_in([one.id for one in odd]))


def free_for(person: str) -> ColumnElement[bool]:
    """Questions that nobody holds, or that `person` does, and that they may answer."""
    until = col(ExceptionItem.leased_until)
    free = or_(until.is_(None), until < now(), col(ExceptionItem.leased_by) == person)
    return and_(free, may_answer(person))


def may_answer(person: str) -> ColumnElement[bool]:
    """Of exceptions: those whose field the person has not answered by another question, even if they took it back."""
    other = aliased(ExceptionItem)
    # from the question to its answers, never from all that the person has ever answered
    theirs = exists().where(col(Answer.exception_id) == col(other.id), col(Answer.person) == person)
    same_field = exists().where(
        col(other.response_id) == col(ExceptionItem.response_id),
        col(other.field) == col(ExceptionItem.field),
        col(other.id) != col(ExceptionItem.id),
        theirs.correlate(other),
    )
    rules = exists().where(col(Person.login) == person, col(Person.role).in_(RULERS))
    return and_(~same_field.correlate(ExceptionItem), or_(col(ExceptionItem.purpose) != "ruling", rules))


def hold(session: Session, person: str, ids: Sequence[int]) -> list[int]:
    """Keeps these with `person` for another quarter of an hour and commits; the ids that are still theirs."""
    renewed = _theirs(person, ids).values(leased_until=now() + LEASE).returning(col(ExceptionItem.id))
    kept = list(session.execute(renewed.execution_options(synchronize_session=False)).scalars())
    session.commit()
    return sorted(kept)


def give_back(session: Session, person: str, ids: Sequence[int]) -> None:
    """Lets others take these, drafts kept, and commits."""
    back = _theirs(person, ids).values(leased_by=None, leased_until=None)
    session.execute(back.execution_options(synchronize_session=False))
    session.commit()


def keep_draft(session: Session, person: str, exception_id: int, draft: Any) -> bool:  # noqa: ANN401  # JSON
    """Keeps what `person` has typed so far and commits; False when the exception is no longer theirs."""
    kept = _theirs(person, [exception_id]).values(draft=draft, leased_until=now() + LEASE)
    found = session.execute(kept.returning(col(ExceptionItem.id)).execution_options(synchronize_session=False))
    is_theirs = found.first() is not None
    session.commit()
    return is_theirs


def _theirs(person: str, ids: Sequence[int]) -> Any:  # noqa: ANN401  # an UPDATE
    return update(ExceptionItem).where(
        col(ExceptionItem.id).in_(ids), col(ExceptionItem.leased_by) == person, col(ExceptionItem.state) == "open"
    )
