"""Monthly statements: one person proposes, another approves, then it is locked and only later lines correct it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import Person, Statement, StatementLine
from cases.settlement.agreements import newest_terms, terms_of
from cases.settlement.entitlements import Entitlement, entitlements, month_of
from cases.settlement.evidence import evidence_of
from cases.settlement.lines import Line, digest, statement_lines
from cases.settlement.outcomes import newest_outcome, outcomes_of

MAY_SETTLE = ("supervisor", "admin")


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a statement was not proposed, approved or withdrawn, as a sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a month's statement would be at present."""

    partner: str
    month: dt.date
    currency: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))


def draft(session: Session, partner: str, month: dt.date) -> Draft | Refused:
    """The statement of a month (any day of it) as it would be now; nothing is stored."""
    return _draft(session, partner, month_of(month), known_outcome=None, known_terms=None)


def propose(session: Session, partner: str, month: dt.date, person: Person) -> Statement | Refused:
    """Stores the statement of a month with the evidence of each line, for another person to approve; commits."""
    ledger.lock(session)
    month = month_of(month)
    refused = _not_yet(session, partner, month, person)
    made = refused or draft(session, partner, month)
    if isinstance(made, Refused):
        session.rollback()
        return made
    statement = Statement(
        partner=partner, month=month, currency=made.currency, total=made.total, lines=len(made.lines),
        digest=digest(made.lines), known_outcome=newest_outcome(session), known_terms=newest_terms(session),
        proposed_by=person.login, proposed_at=now(),
    )  # fmt: skip
    session.add(statement)
    session.flush()
    _store_lines(session, statement, made.lines)
    _record(session, "proposed", statement, person)
    session.commit()
    return statement


def approve(session: Session, statement_id: int, person: Person) -> Statement | Refused:
    """Locks a proposed statement, once it has come out the same again; commits."""
    ledger.lock(session)
    statement = session.get(Statement, statement_id, populate_existing=True)
    refused = _not_to_decide(statement, person)
    if refused is None and statement is not None and statement.proposed_by == person.login:
        refused = Refused("Whoever proposed a statement does not approve it: that is for another person.")
    if refused is None and statement is not None and not comes_out_again(session, statement):
        refused = Refused("The statement does not come out the same when it is computed again. Withdraw it.")
    return _decide(session, statement, person, "approved", refused)


def withdraw(session: Session, statement_id: int, person: Person) -> Statement | Refused:
    """Takes a proposed statement back, so that a new one can be proposed; commits."""
    ledger.lock(session)
    statement = session.get(Statement, statement_id, populate_existing=True)
    return _decide(session, statement, person, "withdrawn", _not_to_decide(statement, person))


def comes_out_again(session: Session, statement: Statement) -> bool:
    """Whether its lines are what is computed from all that was known when it was proposed."""
    again = _draft(
        session, statement.partner, statement.month,
        known_outcome=statement.known_outcome, known_terms=statement.known_terms,
    )  # fmt: skip
    stored = lines_of(session, statement)
    same = not isinstance(again, Refused) and digest(again.lines) == statement.digest == digest(stored)
    return same and sum((line.amount for line in stored), Decimal("0.00")) == statement.total


def lines_of(session: Session, statement: Statement) -> list[Line]:
    """The lines of a stored statement, in their order."""
    query = select(StatementLine).where(StatementLine.statement_id == statement.id).order_by(col(StatementLine.number))
    return [_line(row) for row in session.exec(query)]


def _draft(
    session: Session, partner: str, month: dt.date, *, known_outcome: int | None, known_terms: int | None
) -> Draft | Refused:
    terms = terms_of(session, partner, known=known_terms)
    if not terms:
        return Refused(f"There are no terms for {partner}. Bring them in with: settlement terms FILE")
    due = entitlements(terms, outcomes_of(session, partner, known=known_outcome))
    waiting = _unsettled_before(session, partner, month, due)
    if waiting:
        return Refused(f"{partner} has an unsettled month before it: settle {waiting:%Y-%m} first.")
    lines = statement_lines(due, _locked(session, partner, month), month)
    return Draft(partner, month, terms[0].currency, tuple(lines))


def _unsettled_before(session: Session, partner: str, month: dt.date, due: Iterable[Entitlement]) -> dt.date | None:
    """The first month before `month` in which something is due and up to which nothing was settled yet."""
    settled = _last_settled(session, partner, before=month)
    return min(
        (one.month for one in due if one.month < month and (settled is None or one.month > settled)), default=None
    )


def _locked(session: Session, partner: str, month: dt.date) -> list[Line]:
    query = select(StatementLine).join(Statement, col(Statement.id) == col(StatementLine.statement_id))
    query = query.where(Statement.partner == partner, Statement.state == "approved", col(Statement.month) < month)
    return [_line(row) for row in session.exec(query)]


def _last_settled(session: Session, partner: str, before: dt.date | None = None) -> dt.date | None:
    query = select(col(Statement.month)).where(Statement.partner == partner, Statement.state == "approved")
    if before is not None:
        query = query.where(col(Statement.month) < before)
    return session.exec(query.order_by(col(Statement.month).desc()).limit(1)).first()


def _not_yet(session: Session, partner: str, month: dt.date, person: Person) -> Refused | None:
    if person.role not in MAY_SETTLE:
        return Refused("Statements are for supervisors and admins.")
    if month_of(month + dt.timedelta(days=31)) > now().date():
        return Refused(f"{month:%Y-%m} is not over yet.")
    settled = _last_settled(session, partner)
    if settled is not None and settled >= month:
        return Refused(f"{partner} is settled up to {settled:%Y-%m}; what came late is in the next statement.")
    standing = select(Statement).where(Statement.partner == partner, Statement.state == "proposed")
    other = session.exec(standing).first()
    if other is not None:
        return Refused(f"The statement of {other.month:%Y-%m} waits to be approved or withdrawn.")
    return None


def _not_to_decide(statement: Statement | None, person: Person) -> Refused | None:
    if person.role not in MAY_SETTLE:
        return Refused("Statements are for supervisors and admins.")
    if statement is None:
        return Refused("There is no such statement.")
    return None if statement.state == "proposed" else Refused(f"The statement is {statement.state} already.")


def _decide(
    session: Session, statement: Statement | None, person: Person, state: str, refused: Refused | None
) -> Statement | Refused:
    if refused is not None or statement is None:
        session.rollback()
        return refused or Refused("There is no such statement.")
    statement.state, statement.decided_by, statement.decided_at = state, person.login, now()
    session.add(statement)
    _record(session, state, statement, person)
    session.commit()
    return statement


def _store_lines(session: Session, statement: Statement, lines: Sequence[Line]) -> None:
    evidence = evidence_of(session, {line.case_id for line in lines})
    for number, line in enumerate(lines, start=1):
        session.add(
            StatementLine(
                statement_id=statement.id or 0, number=number, case_id=line.case_id, kind=line.kind, of=line.of,
                of_month=line.of_month, amount=line.amount, terms=line.terms, sentence=line.sentence,
                evidence=evidence.get(line.case_id, {}),
            )
        )  # fmt: skip
    session.flush()


def _line(row: StatementLine) -> Line:
    return Line(row.case_id, row.kind, row.of, row.of_month, row.amount, row.terms, row.sentence)  # type: ignore[arg-type]


def _record(session: Session, action: str, statement: Statement, person: Person) -> None:
    facts = {
        "partner": statement.partner, "month": statement.month.isoformat(), "total": str(statement.total),
        "currency": statement.currency, "digest": statement.digest,
    }  # fmt: skip
    ledger.record(
        session, f"settlement:statement:{action}", statement.id or 0, facts, who=ledger.by_person(person.login)
    )
