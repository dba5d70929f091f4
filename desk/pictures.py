"""Crops and pages, for those who may see them."""

from __future__ import annotations

import cv2
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from cases.models import Document, FieldReading, Page
from cases.settings import Settings
from cases.store import GoneError, Store
from desk.present import Present, Reading
from ocr.page import Unreadable
from ocr.pages import open_pages

router = APIRouter()
_QUALITY, _LONGEST_PX = 80, 2400
_KEEP = {"Cache-Control": "private, max-age=3600, immutable"}


@router.get("/crops/{reading_id}", response_class=Response, responses={404: {"description": "No such crop."}})
def crop(request: Request, session: Reading, person: Present, reading_id: int) -> Response:
    """The picture of one reading's field."""
    reading = session.get(FieldReading, reading_id)
    try:
        picture = _store(request).read(reading.crop) if reading and reading.crop else None
    except GoneError:
        picture = None
    if picture is None:
        raise HTTPException(404, "There is no such crop.")
    return Response(picture, media_type="image/png", headers=_KEEP)


@router.get("/pages/{page_id}.jpg", response_class=Response, responses={404: {"description": "No such page."}})
def page(request: Request, session: Reading, person: Present, page_id: int) -> Response:
    """One page as scanned, scaled down where it is larger than a screen can use; X-Scale tells by how much."""
    found = session.get(Page, page_id)
    document = session.get(Document, found.document_id) if found else None
    if found is None or document is None:
        raise HTTPException(404, "There is no such page.")
    try:
        with _store(request).opened(document.sha256) as path:
            opened = next(iter(open_pages(path, name=document.sha256, wanted=[found.number])), None)
    except GoneError:
        opened = None
    if opened is None or isinstance(opened, Unreadable):
        raise HTTPException(404, "This page has no picture.")
    scale = min(1.0, _LONGEST_PX / max(opened.image.shape[:2]))
    small = (
        cv2.resize(opened.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else opened.image
    )
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Response(jpeg.tobytes(), media_type="image/jpeg", headers={**_KEEP, "X-Scale": f"{scale:.6f}"})


def _store(request: Request) -> Store:
    settings: Settings = request.app.state.settings
    return settings.store
