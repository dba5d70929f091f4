"""Photos taken with a phone: each page is looked at the moment it is taken, several become one document."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from cases.clock import now
from cases.intake import Duplicate, Refused, Taken
from cases.models import Person
from cases.settings import Settings
from desk.looking import Look
from desk.present import Keying, Reading
from desk.receiving import OUTCOMES, Received, TooLargeError, admit, received, told
from desk.show import show
from desk.words import words
from ocr.pages.sniff import sniff
from ocr.template.model import localise

router = APIRouter()
_MOST_BYTES, _MOST_PAGES = 40_000_000, 20
_GONE = Refused("gone", "A photo is no longer here; send it again.")
Token = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Seen(BaseModel):
    """One photo, kept for an hour until it is sent: `form` is the title of the form found on it, or None."""

    token: str
    form: str | None
    weak: str | None
    sentence: str


class Pages(BaseModel):
    """The photos of one response, in order."""

    pages: list[Token] = Field(min_length=1, max_length=_MOST_PAGES)


@router.get("/photo", include_in_schema=False)
def photo_page(request: Request, person: Keying) -> HTMLResponse:
    request.app.state.looker.warm()
    return show(request, "photo.html", person=person)


@router.post(
    "/api/photos",
    response_model=Seen,
    status_code=201,
    responses=OUTCOMES,
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}},
)
async def keep_photo(request: Request, session: Reading, person: Keying) -> JSONResponse:
    """Keeps one photo, the body, and says at once what is seen on it. Nothing is taken in yet."""
    await run_in_threadpool(session.close)
    try:
        async with received(request, _scratch(request), _MOST_BYTES) as path:
            if sniff(path) in (None, "pdf"):
                return told(person, Refused("not-an-image", "The file is no picture."))
            seen = await run_in_threadpool(request.app.state.looker.look, path)
            if seen.unopened:
                return told(person, Refused(seen.unopened, "The picture cannot be opened. Take it again."))
            token = secrets.token_hex(16)
            path.rename(_kept(request, person, token))
    except TooLargeError:
        return told(person, Refused("too-large", "The picture is too large."))
    except OSError:
        return told(person, Refused("cannot-store", "There is no room on the disk."))
    except ClientDisconnect:
        return told(person, Refused("being-written", "The connection ended half-way."))
    return JSONResponse(_seen(request, person, token, seen).model_dump(), 201)


@router.delete("/api/photos/{token}", status_code=204)
def drop_photo(request: Request, person: Keying, token: Token) -> None:
    """Forgets a photo that was not sent."""
    _kept(request, person, token).unlink(missing_ok=True)


@router.post("/api/photos/send", response_model=Received, status_code=201, responses=OUTCOMES)
def send_photos(request: Request, session: Reading, person: Keying, sent: Pages) -> Response:
    """Takes in the photos as one document of the channel photo."""
    session.close()
    kept = [_kept(request, person, token) for token in sent.pages]
    if len(set(kept)) != len(kept):
        raise HTTPException(422, "Each photo once.")
    if not all(path.is_file() for path in kept):
        return told(person, _GONE)
    outcome = _taken(request, person, kept)
    if not isinstance(outcome, Refused):
        for path in kept:
            path.unlink(missing_ok=True)
    return told(person, outcome)


def _taken(request: Request, person: Person, kept: list[Path]) -> Taken | Duplicate | Refused:
    name = f"photo-{now():%Y%m%d-%H%M%S}"
    if len(kept) == 1:
        return admit(request, kept[0], f"{name}.{sniff(kept[0])}", person, "photo")
    joined = kept[0].with_name(f"joined-{secrets.token_hex(16)}")
    try:
        if not request.app.state.looker.join(kept, joined):
            return Refused("broken", "The pictures cannot be joined. Take them again.")
        return admit(request, joined, f"{name}.pdf", person, "photo")
    finally:
        joined.unlink(missing_ok=True)


def _kept(request: Request, person: Person, token: str) -> Path:
    return _scratch(request) / f"photo-{person.id}-{token}"


def _scratch(request: Request) -> Path:
    settings: Settings = request.app.state.settings
    return settings.store.scratch()


def _seen(request: Request, person: Person, token: str, seen: Look) -> Seen:
    template = request.app.state.templates.by_name.get(seen.form or "")
    word = f"photo.{seen.weak or ('fine' if template else 'unknown')}"
    form = localise(template.title, person.language) if template else None
    return Seen(token=token, form=form, weak=seen.weak, sentence=words(person.language)[word])
