"""Readings become rows: idempotent, one transaction for a chunk of pages."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
from sqlalchemy import update
from sqlmodel import Session, col, select

from cases import ledger
from cases.models import Document, FieldReading, Page
from cases.repairs import mended_page
from cases.settings import Settings
from ocr.certainty.thresholds import Thresholds
from ocr.page import Unreadable
from ocr.readings import PageReading, Reading


def store_pages(session: Session, settings: Settings, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> int:
    """Stores and commits the pages not stored yet or mended since; how many. A page's `file` is its document's SHA-256.

    What was read before a repair is kept beside it.
    """
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
        known = session.exec(select(Page).where(Page.document_id == document_id, Page.number == number)).first()
        read_with = [*mended_page(session, known).read_with] if known else []
        if known is None or known.read_with != read_with:
            row = page_row(page, document_id, number)
            row.read_with = read_with
            _add(
                session,
                page,
                row if known is None else _replaced(session, batch_id, known, row),
                crops,
                settings.thresholds,
            )
            added += 1
    if added:
        who = ledger.machine("reader")
        ledger.record(session, "reading:pages:stored", batch_id, {"pages": added}, batch=batch_id, who=who)
    session.commit()
    return added


def _add(
    session: Session,
    page: PageReading | Unreadable,
    row: Page,
    crops: dict[tuple[str, int, str], str | None],
    thresholds: Thresholds,
) -> None:
    session.add(row)
    session.flush()
    if row.id is None or isinstance(page, Unreadable):
        return
    for reading in page.fields:
        settled = thresholds.settled(reading, page.template or "")
        session.add(reading_row(settled, row.id, crops[page.file, row.number, reading.name]))


def _replaced(session: Session, batch_id: str, known: Page, read: Page) -> Page:
    """The known page as it was read again; its former readings stay, as earlier decisions were made on them."""
    facts = {"was": known.template, "was_read_with": known.read_with, "is": read.template, "read_with": read.read_with}
    who = ledger.machine("reader")
    ledger.record(session, "reading:page:reread", known.id or 0, facts, batch=batch_id, who=who)
    former = update(FieldReading).where(col(FieldReading.page_id) == known.id)
    session.connection().execute(former.values(page_id=None, former_page_id=known.id))
    for name, value in read.model_dump(exclude={"id"}).items():
        setattr(known, name, value)
    return known


def page_row(page: PageReading | Unreadable, document_id: int, number: int) -> Page:
    """The row of a page as it was read."""
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


def reading_row(reading: Reading, page_id: int, crop: str | None) -> FieldReading:
    """The row of a reading; `crop` is the SHA-256 of its picture."""
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
