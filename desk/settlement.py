"""What partners have earned: drafts, statements, their approval by a second person, disputes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session, col, select

from cases.models import Person, Statement, StatementLine
from cases.settlement.agreements import partners_with_terms
from cases.settlement.disputes import answer_dispute, disputes_of, raise_dispute
from cases.settlement.papers import Paper, as_csv, as_pdf, as_xlsx, paper_of
from cases.settlement.statements import Draft, Refused, approve, comes_out_again, draft, propose, withdraw
from desk.present import Reading, RowId, Writing, only
from desk.show import show

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Person, Depends(only("supervisor", "auditor"))]
Settling = Annotated[Person, Depends(only("supervisor"))]
Said = Annotated[str, Form(max_length=4000)]
_SHOWN = 200
_MOST_LINES = 500
_PAPERS: dict[str, tuple[str, Callable[[Paper], str | bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "pdf": ("application/pdf", as_pdf),
}


@router.get("/settlement")
def overview(request: Request, session: Reading, person: Seeing, partner: str = "", month: str = "") -> HTMLResponse:
    """The statements, and what a month would give now."""
    statements = session.exec(select(Statement).order_by(col(Statement.id).desc()).limit(_SHOWN)).all()
    day = _month(month)
    made = draft(session, partner, day) if partner and day else None
    problem = made.sentence if isinstance(made, Refused) else None
    return show(
        request, "settlement.html", person=person, statements=statements, partners=partners_with_terms(session),
        partner=partner, month=f"{day or _last_month():%Y-%m}", draft=made if isinstance(made, Draft) else None,
        problem=problem, most=_MOST_LINES, standing=_standing(statements, partner, day),
    )  # fmt: skip


@router.post("/settlement")
def put_forward(request: Request, session: Writing, person: Settling, partner: Said, month: Said) -> Response:
    """Proposes the statement of a month."""
    day = _month(month)
    made = propose(session, partner, day, person) if day else Refused("A month is written like 2026-11.")
    return _to(request, person, made)


@router.get("/settlement/{number}")
def one(request: Request, session: Reading, person: Seeing, number: RowId) -> HTMLResponse:
    """A statement with its lines, the evidence of each, and its disputes."""
    paper = paper_of(session, number)
    if paper is None:
        return show(request, "unknown.html", 404, person=person)
    return show(
        request, "statement.html", person=person, statement=paper.statement, lines=paper.lines[:_MOST_LINES],
        more=max(0, len(paper.lines) - _MOST_LINES), again=comes_out_again(session, paper.statement),
        disputes=disputes_of(session, number),
    )  # fmt: skip


@router.get("/settlement/{number}/statement.{ending}")
def as_file(session: Reading, person: Seeing, number: RowId, ending: Literal["csv", "xlsx", "pdf"]) -> Response:
    """The statement to keep, print or mail."""
    paper = paper_of(session, number)
    if paper is None:
        raise HTTPException(404, "There is no such statement.")
    kind, write = _PAPERS[ending]
    return Response(
        write(paper),
        media_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{_ascii(paper)}.{ending}"'},
    )


@router.post("/settlement/{number}/approve")
def lock(request: Request, session: Writing, person: Settling, number: RowId) -> Response:
    return _to(request, person, approve(session, number, person))


@router.post("/settlement/{number}/withdraw")
def take_back(request: Request, session: Writing, person: Settling, number: RowId) -> Response:
    return _to(request, person, withdraw(session, number, person))


@router.post("/settlement/lines/{line_id}/disputes")
def dispute(request: Request, session: Writing, person: Settling, line_id: RowId, text: Said) -> Response:
    made = raise_dispute(session, line_id, text, person)
    return _to(request, person, made if isinstance(made, Refused) else _statement_of(session, line_id))


@router.post("/settlement/disputes/{dispute_id}/answer")
def settle_dispute(request: Request, session: Writing, person: Settling, dispute_id: RowId, text: Said) -> Response:
    made = answer_dispute(session, dispute_id, text, person)
    return _to(request, person, made if isinstance(made, Refused) else _statement_of(session, made.line_id))


def _statement_of(session: Session, line_id: int) -> Statement:
    line = session.get_one(StatementLine, line_id)
    return session.get_one(Statement, line.statement_id)


def _to(request: Request, person: Person, made: Statement | Refused) -> Response:
    if isinstance(made, Refused):
        return show(request, "settlement_refused.html", 409, person=person, sentence=made.sentence)
    return RedirectResponse(f"/settlement/{made.id}", 303)


def _standing(statements: Sequence[Statement], partner: str, month: dt.date | None) -> Statement | None:
    """The statement of this month that was not withdrawn."""
    same = (one for one in statements if (one.partner, one.month) == (partner, month))
    return next((one for one in same if one.state != "withdrawn"), None)


def _month(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None


def _last_month() -> dt.date:
    return dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=1)


def _ascii(paper: Paper) -> str:
    return paper.name.encode("ascii", "replace").decode().replace("?", "-")
