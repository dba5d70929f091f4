"""A file that a browser sends, written to disk piece by piece: whole, or not there at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlmodel import Session

from cases.intake import Duplicate, Refused, Taken, take_in
from cases.models import Person
from cases.names import last_part
from cases.settings import Settings
from desk.words import words

_STATUS = {"too-large": 413, "not-an-image": 415, "gone": 410, "cannot-store": 507}


class Received(BaseModel):
    """What became of one file. `code` is stable, `sentence` in the language of who sent it."""

    outcome: Literal["taken", "duplicate", "refused"]
    document: int | None = None
    code: str | None = None
    sentence: str = ""


OUTCOMES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Already here.", "model": Received},
    **{
        code: {"description": "Refused; the sentence says why.", "model": Received}
        for code in (410, 413, 415, 422, 507)
    },
}


class TooLargeError(Exception):
    """More bytes came than are taken."""


@asynccontextmanager
async def received(request: Request, folder: Path, most: int) -> AsyncIterator[Path]:
    """The request's body as a file in `folder` of at most `most` bytes, gone after the `with` unless it was moved.

    Raises TooLargeError, OSError when the disk is full, and ClientDisconnect when the sender goes away half-way.
    """
    if int(request.headers.get("content-length") or 0) > most:
        raise TooLargeError
    descriptor, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    path, size = Path(name), 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise TooLargeError
                file.write(piece)
        yield path
    finally:
        path.unlink(missing_ok=True)


def name_in(header: str) -> str:
    """The file name that a browser sent percent-encoded, without folders."""
    return last_part(unquote(header, errors="replace"))


def admit(
    request: Request, path: Path, name: str, person: Person, channel: str, partner: str | None = None
) -> Taken | Duplicate | Refused:
    """Takes in the file at `path`, one of our own making, as `name`; commits."""
    settings: Settings = request.app.state.settings
    with Session(request.app.state.engine, expire_on_commit=False) as session:
        return take_in(
            session, settings, path, root=path.parent, channel=channel, partner=partner, name=name, by=person.login
        )


def told(person: Person, outcome: Taken | Duplicate | Refused) -> JSONResponse:
    """The answer about one file."""
    w = words(person.language)
    if isinstance(outcome, Refused):
        sentence = w.get(f"upload.refused.{outcome.code}", outcome.reason)
        answer = Received(outcome="refused", code=outcome.code, sentence=sentence)
        return JSONResponse(answer.model_dump(), _STATUS.get(outcome.code, 422))
    if isinstance(outcome, Duplicate):
        answer = Received(outcome="duplicate", document=outcome.document_id, sentence=w["upload.duplicate"])
        return JSONResponse(answer.model_dump(), 200)
    return JSONResponse(Received(outcome="taken", document=outcome.document_id).model_dump(), 201)
