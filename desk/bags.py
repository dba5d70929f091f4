"""The audit bag of a batch for whoever checks the house: what `export` writes, as one file to take away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from sqlmodel import select
from starlette.background import BackgroundTask

from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.models import Document, Person
from cases.settings import Settings
from desk.pictures import accesses_of
from desk.present import Reading, only
from desk.show import show

router = APIRouter(include_in_schema=False)
Overseeing = Annotated[Person, Depends(only("supervisor", "auditor"))]
MOST = 1000
"""Documents whose bag is made while a browser waits; larger ones are for the command line."""


@router.post("/batches/{batch_id}/bag")
def bag(request: Request, session: Reading, person: Overseeing, batch_id: str) -> Response:
    """Seals the ledger and gives the bag as a ZIP file; whose documents it holds, this person has seen."""
    settings: Settings = request.app.state.settings
    ids = [one for one in session.exec(select(Document.id).where(Document.batch_id == batch_id)) if one is not None]
    session.rollback()
    if not ids:
        return show(request, "unknown.html", 404, person=person, what="batch")
    if len(ids) > MOST:
        return show(request, "unknown.html", 413, person=person, what="bag")
    for document in ids:
        accesses_of(request).saw(person.login, document)
    folder = Path(tempfile.mkdtemp(prefix="bag-", dir=settings.store.scratch()))
    try:
        export_bag(settings, Scope(batch=batch_id), folder / "bag")
        packed = shutil.make_archive(str(folder / "packed"), "zip", folder, "bag")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(packed, filename=f"{batch_id}.zip", media_type="application/zip", background=gone)
