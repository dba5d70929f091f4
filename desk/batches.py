"""How the work stands: figures, waiting questions, batches and their documents."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from cases.summary import totals
from desk import facts
from desk.alike import groups_of
from desk.present import Present, Reading
from desk.show import show

router = APIRouter(include_in_schema=False)


@router.get("/")
def overview(request: Request, session: Reading, person: Present) -> HTMLResponse:
    return show(
        request,
        "overview.html",
        person=person,
        figures=totals(session).as_dict(),
        waiting=facts.waiting_questions(session),
        groups=groups_of(request, session, person),
        rejected=facts.rejected_documents(session),
        batches=facts.latest_batches(session),
    )


@router.get("/batches/{batch_id}")
def one_batch(request: Request, session: Reading, person: Present, batch_id: str) -> HTMLResponse:
    batch = facts.find_batch(session, batch_id)
    if batch is None:
        return show(request, "unknown.html", 404, person=person)
    documents = facts.documents_of(session, batch_id)
    more = batch.figures["documents"] - len(documents)
    return show(request, "batch.html", person=person, batch=batch, documents=documents, more=more)
