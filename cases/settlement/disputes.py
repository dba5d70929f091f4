"""What a partner says against a line, and what was answered."""

from __future__ import annotations

from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import Dispute, Person, Statement, StatementLine
from cases.settlement.statements import MAY_SETTLE, Refused

MOST_CHARACTERS = 2_000


def raise_dispute(session: Session, line_id: int, text: str, person: Person) -> Dispute | Refused:
    """Attaches a dispute to a line of an approved statement, and commits."""
    ledger.lock(session)
    line = session.get(StatementLine, line_id)
    statement = session.get(Statement, line.statement_id) if line else None
    refused = _cannot_say(person, text)
    if refused is None and (statement is None or statement.state != "approved"):
        refused = Refused("Only a line of an approved statement can be disputed.")
    if refused is not None:
        session.rollback()
        return refused
    made = Dispute(line_id=line_id, text=text.strip(), raised_by=person.login, raised_at=now())
    session.add(made)
    session.flush()
    ledger.record(
        session, "settlement:dispute:raised", made.id or 0, {"line": line_id}, who=ledger.by_person(person.login)
    )
    session.commit()
    return made


def answer_dispute(session: Session, dispute_id: int, text: str, person: Person) -> Dispute | Refused:
    """Closes a dispute with an answer, and commits. An amount changes only by what became of the case, or by terms."""
    ledger.lock(session)
    dispute = session.get(Dispute, dispute_id, populate_existing=True)
    refused = _cannot_say(person, text)
    if refused is None and dispute is None:
        refused = Refused("There is no such dispute.")
    if refused is None and dispute is not None and dispute.answer is not None:
        refused = Refused("The dispute was answered before.")
    if refused is not None or dispute is None:
        session.rollback()
        return refused or Refused("There is no such dispute.")
    dispute.answer, dispute.answered_by, dispute.answered_at = text.strip(), person.login, now()
    session.add(dispute)
    ledger.record(session, "settlement:dispute:answered", dispute_id, who=ledger.by_person(person.login))
    session.commit()
    return dispute


def disputes_of(session: Session, statement_id: int) -> dict[int, list[Dispute]]:
    """The disputes of a statement by line, oldest first."""
    query = select(Dispute).join(StatementLine, col(StatementLine.id) == col(Dispute.line_id))
    found: dict[int, list[Dispute]] = {}
    for one in session.exec(query.where(StatementLine.statement_id == statement_id).order_by(col(Dispute.id))):
        found.setdefault(one.line_id, []).append(one)
    return found


def _cannot_say(person: Person, text: str) -> Refused | None:
    if person.role not in MAY_SETTLE:
        return Refused("Disputes are for supervisors and admins.")
    if not text.strip() or len(text) > MOST_CHARACTERS:
        return Refused(f"Say it in 1 to {MOST_CHARACTERS} characters.")
    return None
