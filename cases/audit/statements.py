"""What a bag of a settlement statement holds besides documents: the papers, and every row that it was computed from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session, SQLModel, and_, col, or_, select

from cases.models import CaseOutcome, CommissionTerms, Dispute, Statement, StatementLine
from cases.settlement.papers import as_csv, as_pdf, as_xlsx, paper_of


def papers_of(session: Session, statement_id: int) -> Iterator[tuple[str, bytes]]:
    """The statement as files, by name."""
    paper = paper_of(session, statement_id)
    if paper is not None:
        yield f"statement-{statement_id}.csv", as_csv(paper).encode()
        yield f"statement-{statement_id}.xlsx", as_xlsx(paper)
        yield f"statement-{statement_id}.pdf", as_pdf(paper)


def rows_behind(session: Session, statement_id: int) -> Iterator[tuple[str, Sequence[SQLModel]]]:
    """The tables of the bag with the rows that were known: terms, outcomes, the locked statements before, disputes."""
    statement = session.get_one(Statement, statement_id)
    partner = CommissionTerms.partner == statement.partner
    yield "terms", _all(session, CommissionTerms, partner, col(CommissionTerms.id) <= statement.known_terms)
    theirs = col(CaseOutcome.case_id).in_(select(CaseOutcome.case_id).where(CaseOutcome.partner == statement.partner))
    yield "outcomes", _all(session, CaseOutcome, theirs, col(CaseOutcome.id) <= statement.known_outcome)
    before = and_(col(Statement.state) == "approved", col(Statement.month) < statement.month)
    own = (col(Statement.partner) == statement.partner, or_(before, col(Statement.id) == statement_id))
    yield "statements", _all(session, Statement, *own)
    of_these = col(StatementLine.statement_id).in_(select(Statement.id).where(*own))
    yield "statement_lines", _all(session, StatementLine, of_these)
    disputed = col(Dispute.line_id).in_(select(StatementLine.id).where(of_these))
    yield "disputes", _all(session, Dispute, disputed)


def _all(session: Session, table: Any, *where: Any) -> list[Any]:  # noqa: ANN401  # any of our tables
    return list(session.exec(select(table).where(*where).order_by(table.id)))
