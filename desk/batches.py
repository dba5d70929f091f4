"""How the work stands: figures, waiting questions, batches and their documents; a failed batch is tried again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cases import history
from cases.batches import retry_batch
from cases.clock import now
from cases.models import Person
from cases.replay.queue import IN_WORK
from cases.summary import totals
from desk import facts
from desk.alike import groups_of
from desk.present import Present, Reading, Writing, only
from desk.show import show

router = APIRouter(include_in_schema=False)
Leading = Annotated[Person, Depends(only("supervisor"))]
"""Who may have work done again."""


@router.get("/")
def overview(request: Request, session: Reading, person: Present) -> HTMLResponse:
    return show(
        request,
        "overview.html",
        person=person,
        figures=totals(session).as_dict(),
        waiting=facts.waiting_questions(session),
        open_in_all=facts.waiting_in_all(session, now().date()),
        groups=groups_of(request, session, person),
        rejected=facts.rejected_documents(session),
        batches=facts.latest_batches(session),
    )


@router.get("/batches/{batch_id}")
def one_batch(
    request: Request, session: Reading, person: Present, batch_id: str, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> HTMLResponse:
    batch = facts.find_batch(session, batch_id)
    if batch is None:
        return show(request, "unknown.html", 404, person=person, what="batch")
    documents = facts.documents_of(session, batch_id, after)
    replays = facts.replays_of(session, batch_id)
    return show(
        request,
        "batch.html",
        person=person,
        batch=batch,
        documents=documents,
        after=after,
        next=documents[-1].id if len(documents) == facts.DOCUMENTS else None,
        runs=facts.runs_of(session, batch_id),
        replays=replays,
        busy=batch.state in ("queued", "running") or any(one.state in IN_WORK for one in replays),
        events=history.of_batch(session, batch_id),
    )


@router.post("/batches/{batch_id}/retry")
def retry(session: Writing, person: Leading, batch_id: str) -> Response:
    """Has a batch tried again that was given up."""
    if not retry_batch(session, batch_id, person.login):
        raise HTTPException(409, "This batch has not failed.")
    return RedirectResponse(f"/batches/{batch_id}", 303)
