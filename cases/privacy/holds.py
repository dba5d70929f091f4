"""Legal holds: while one stands, nothing of the subscriber is erased or expires."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import LegalHold

_TAG = "privacy:hold"


def place_hold(session: Session, subscriber_id: str, reason: str, by: str) -> LegalHold:
    """Places a hold and commits. Raises ValueError without a reason."""
    if not reason.strip():
        raise ValueError("A hold needs a reason.")
    ledger.lock(session)
    made = LegalHold(subscriber_id=subscriber_id, reason=reason.strip()[:500], placed_by=by, placed_at=now())
    session.add(made)
    session.flush()
    ledger.record(session, f"{_TAG}:placed", made.id or 0, who=by)
    session.commit()
    return made


def lift_holds(session: Session, subscriber_id: str, by: str) -> int:
    """Lifts every hold that stands on a subscriber, and commits; how many."""
    ledger.lock(session)
    standing = session.exec(select(LegalHold).where(*_standing(subscriber_id))).all()
    for one in standing:
        one.lifted_by, one.lifted_at = by, now()
        session.add(one)
        ledger.record(session, f"{_TAG}:lifted", one.id or 0, who=by)
    session.commit()
    return len(standing)


def is_held(session: Session, subscriber_id: str) -> bool:
    """Whether a hold stands on the subscriber."""
    return session.exec(select(LegalHold.id).where(*_standing(subscriber_id)).limit(1)).first() is not None


def held_among(session: Session, subscriber_ids: Iterable[str]) -> set[str]:
    """Those of the subscribers on whom a hold stands."""
    query = select(LegalHold.subscriber_id).where(
        col(LegalHold.subscriber_id).in_(set(subscriber_ids)), col(LegalHold.lifted_at).is_(None)
    )
    return set(session.exec(query))


def _standing(subscriber_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(LegalHold.subscriber_id) == subscriber_id, col(LegalHold.lifted_at).is_(None)
