"""Crops and pages, for those who may see them."""

from __future__ import annotations

import cv2
import numpy as np
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from numpy.typing import NDArray

from cases.models import Document, FieldReading, Page
from cases.privacy.accesses import AccessLog
from cases.repairs import mended_page
from cases.settings import Settings
from cases.store import GoneError, Store
from desk.present import Present, Reading, RowId
from ocr.by_hand import turned
from ocr.page import Unreadable
from ocr.pages import open_pages

router = APIRouter()
_QUALITY, _LONGEST_PX = 80, 2400
_ASK = {"Cache-Control": "private, no-cache"}
"""A page may be turned, so the browser asks whether the one it has is still right."""
_KEEP = {"Cache-Control": "private, max-age=3600, immutable"}


@router.get("/crops/{reading_id}", response_class=Response, responses={404: {"description": "No such crop."}})
def crop(request: Request, session: Reading, person: Present, reading_id: RowId) -> Response:
    """The picture of one reading's field."""
    reading = session.get(FieldReading, reading_id)
    of = session.get(Page, reading.page_id) if reading else None
    if of is not None:
        accesses_of(request).saw(person.login, of.document_id)
    try:
        picture = _store(request).read(reading.crop) if reading and reading.crop else None
    except GoneError:
        picture = None
    if picture is None:
        raise HTTPException(404, "There is no such crop.")
    return Response(picture, media_type="image/png", headers=_KEEP)


@router.get("/pages/{page_id}.jpg", response_class=Response, responses={404: {"description": "No such page."}})
def page(request: Request, session: Reading, person: Present, page_id: RowId) -> Response:
    """One page as scanned or as a person has turned it, no larger than a screen can use; X-Scale tells the scale."""
    found = session.get(Page, page_id)
    document = session.get(Document, found.document_id) if found else None
    if found is None or document is None:
        raise HTTPException(404, "There is no such page.")
    accesses_of(request).saw(person.login, document.id or 0)
    turn = mended_page(session, found).by_hand.turn or 0
    tag = f'"{document.sha256[:16]}-{found.number}-{turn}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=_ASK | {"ETag": tag})
    picture = _picture_of(_store(request), document, found)
    if picture is None:
        raise HTTPException(404, "This page has no picture.")
    image = turned(picture, turn)
    scale = min(1.0, _LONGEST_PX / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Response(jpeg.tobytes(), media_type="image/jpeg", headers=_ASK | {"ETag": tag, "X-Scale": f"{scale:.6f}"})


def _picture_of(store: Store, document: Document, page: Page) -> NDArray[np.uint8] | None:
    """The page as scanned (h, w), from the original or, where that was erased with another sender, from its copy."""
    try:
        if page.copy_of is not None:
            content = np.frombuffer(store.read(page.copy_of), np.uint8)
            return cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]  # stubs say any number
        with store.opened(document.sha256) as path:
            opened = next(iter(open_pages(path, name=document.sha256, wanted=[page.number])), None)
    except GoneError:
        return None
    return None if opened is None or isinstance(opened, Unreadable) else opened.image


def accesses_of(request: Request) -> AccessLog:
    """Where the desk notes who sees what."""
    log: AccessLog = request.app.state.accesses
    return log


def _store(request: Request) -> Store:
    settings: Settings = request.app.state.settings
    return settings.store
