"""Readings become rows: idempotent, one transaction for a chunk of pages."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
from sqlmodel import Session, col, select

from cases import ledger
from cases.models import Document, FieldReading, Page
from cases.settings import Settings
from ocr.certainty.thresholds import Thresholds
from ocr.page import Unreadable
from ocr.readings import PageReading, Reading


def store_pages(session: Session, settings: Settings, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> int:
    """Stores and commits the pages not stored yet; how many. A page's `file` is its document's SHA-256."""
    hashes = {page.file for page in pages}
    query = select(Document).where(Document.batch_id == batch_id, col(Document.sha256).in_(hashes))
    crops = {
        (page.file, page.page, reading.name): _store_crop(settings, reading)
        for page in pages
        if isinstance(page, PageReading)
        for reading in page.fields
    }
    ledger.lock(session, batch_id)
    documents = {document.sha256: document.id or 0 for document in session.exec(query)}
    added = 0
    for page in pages:
        number = page.number if isinstance(page, Unreadable) else page.page
        document_id = documents[page.file]
        known = select(Page.id).where(Page.document_id == document_id, Page.number == number)
        if session.exec(known).first() is None:
            _add(session, page, document_id, number, crops, settings.thresholds)
            added += 1
    if added:
        who = ledger.machine("reader")
        ledger.record(session, "reading:pages:stored", batch_id, {"pages": added}, batch=batch_id, who=who)
    session.commit()
    return added


def _add(
    session: Session,
    page: PageReading | Unreadable,
    document_id: int,
    number: int,
    crops: dict[tuple[str, int, str], str | None],
    thresholds: Thresholds,
) -> None:
    row = _page_row(page, document_id, number)
    session.add(row)
    session.flush()
    if row.id is None or isinstance(page, Unreadable):
        return
    for reading in page.fields:
        settled = thresholds.settled(reading, page.template or "")
        session.add(_reading_row(settled, row.id, crops[page.file, number, reading.name]))


def _page_row(page: PageReading | Unreadable, document_id: int, number: int) -> Page:
    if isinstance(page, Unreadable):
        return Page(document_id=document_id, number=number, reason=page.reason, reason_code=page.code)
    return Page(
        document_id=document_id,
        number=number,
        template=page.template,
        template_hash=page.template_hash,
        language=page.language,
        registered=page.registered,
        reason=page.reason,
        reason_code=None if page.registered else "not-registered",
        residual_mm=None if page.residual_mm is None else float(page.residual_mm),
        method=page.method,
        rotation=page.rotation,
        ms={step: float(ms) for step, ms in page.ms.items()},
    )


def _reading_row(reading: Reading, page_id: int, crop: str | None) -> FieldReading:
    return FieldReading(
        page_id=page_id,
        name=reading.name,
        kind=reading.kind,
        value=reading.value,
        confidence=float(reading.confidence),
        status=reading.status,
        alternatives=[[text, float(p)] for text, p in reading.alternatives],
        notes=list(reading.notes),
        reader=reading.reader,
        family=reading.family,
        threshold=reading.threshold,
        box=[int(side) for side in reading.box],
        crop=crop,
    )


def _store_crop(settings: Settings, reading: Reading) -> str | None:
    if reading.crop is None or reading.crop.size == 0:
        return None
    done, png = cv2.imencode(".png", reading.crop)
    return settings.store.put_bytes(png.tobytes()) if done else None
