"""Files dropped into the browser: taken in as the watched folder takes them, and followed until they are decided."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import Field
from starlette.requests import ClientDisconnect

from cases.channels import CHANNELS, Channel, partners
from cases.intake import Duplicate, Refused, Taken
from cases.settings import Settings
from desk.present import Keying, Present, Reading
from desk.progress import Progress, progress_of
from desk.receiving import OUTCOMES, Received, TooLargeError, admit, name_in, received, told
from desk.show import show
from ocr.pages import Limits
from ocr.pages.sniff import sniff

router = APIRouter()
_MOST_BYTES = Limits().file_bytes
_MOST_ASKED = 200
DocumentId = Annotated[int, Field(ge=1, le=2**53)]


@router.get("/upload", include_in_schema=False)
def upload_page(request: Request, session: Reading, person: Keying) -> HTMLResponse:
    known = partners(session, request.app.state.settings)
    return show(request, "upload.html", person=person, channels=CHANNELS, partners=known)


@router.post(
    "/api/uploads",
    response_model=Received,
    status_code=201,
    responses=OUTCOMES,
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}},
)
async def upload(
    request: Request,
    session: Reading,
    person: Keying,
    x_file_name: Annotated[str, Header(max_length=3000, description="percent-encoded")],
    channel: Channel = "paper",
    partner: Annotated[str | None, Query(max_length=200)] = None,
) -> JSONResponse:
    """Takes in one file, the body, under the name in X-File-Name."""
    settings: Settings = request.app.state.settings
    known = await run_in_threadpool(partners, session, settings)
    # a slow sender must not hold a connection of the database
    await run_in_threadpool(session.close)
    if (partner is not None or channel == "partner") and (channel != "partner" or partner not in known):
        return told(person, Refused("partner", "Choose one of the partners, and the channel partner."))
    outcome: Taken | Duplicate | Refused
    try:
        async with received(request, settings.store.scratch(), _MOST_BYTES) as path:
            if path.stat().st_size == 0:
                return told(person, Refused("empty-file", "The file is empty. Scan the page again."))
            if sniff(path) is None:
                return told(person, Refused("not-an-image", "The file is neither a PDF nor a picture."))
            name = name_in(x_file_name)
            outcome = await run_in_threadpool(admit, request, path, name, person, channel, partner)
    except TooLargeError:
        outcome = Refused("too-large", f"The file is larger than {_MOST_BYTES // 1_000_000} MB.")
    except OSError:
        outcome = Refused("cannot-store", "There is no room on the disk.")
    except ClientDisconnect:
        outcome = Refused("being-written", "The connection ended half-way.")
    return told(person, outcome)


@router.get("/api/documents")
def progress(
    session: Reading, person: Present, id: Annotated[list[DocumentId], Query(max_length=_MOST_ASKED)]
) -> list[Progress]:
    """How far these documents are; unknown ones are left out."""
    return progress_of(session, id)
