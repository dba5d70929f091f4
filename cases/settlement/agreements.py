"""The terms that were agreed with partners, as stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from cases import ledger
from cases.clock import now
from cases.models import CommissionTerms
from cases.settlement.terms import Terms, TermsError


def add_terms(session: Session, terms: Iterable[Terms], by: str) -> list[Terms]:
    """Stores the terms that are new and commits; which these were. Raises TermsError, and then stores nothing.

    Terms for a day that has some already take their place; statements that were locked before are corrected by the
    next one.
    """
    ledger.lock(session)
    new = []
    for one in terms:
        held = terms_of(session, one.partner)
        if any(other.currency != one.currency for other in held):
            session.rollback()
            raise TermsError(
                f"{one.partner} is paid in {held[0].currency}; terms in {one.currency} need a new partner."
            )
        if one in held:
            continue
        row = CommissionTerms(
            partner=one.partner, valid_from=one.valid_from, hash=one.hash, terms=one.as_json(),
            added_by=by, added_at=now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        facts = {"partner": one.partner, "valid_from": one.valid_from.isoformat(), "hash": one.hash}
        ledger.record(session, "settlement:terms:added", row.id or 0, facts, who=ledger.by_person(by))
        new.append(one)
    session.commit()
    return new


def terms_of(session: Session, partner: str, *, known: int | None = None) -> list[Terms]:
    """The terms that hold for a partner, by their first day; as they were when the newest row was `known`."""
    query = select(CommissionTerms).where(CommissionTerms.partner == partner).order_by(col(CommissionTerms.id))
    if known is not None:
        query = query.where(col(CommissionTerms.id) <= known)
    latest: dict[dt.date, Terms] = {}
    for row in session.exec(query):
        latest[row.valid_from] = Terms.model_validate(row.terms)
    return [latest[day] for day in sorted(latest)]


def newest_terms(session: Session) -> int:
    """The newest row there is; 0 for none."""
    return session.exec(select(func.max(CommissionTerms.id))).one() or 0


def partners_with_terms(session: Session) -> list[str]:
    """Every partner who has terms, by name."""
    return list(session.exec(select(CommissionTerms.partner).distinct().order_by(CommissionTerms.partner)))
