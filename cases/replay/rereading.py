"""Pages as they read now: kept beside the stored ones, and put in their place."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import cv2
from sqlmodel import Session, col, select

from cases.models import Answer, Document, ExceptionItem, FieldReading, Page, ReplayPage
from cases.pipeline import WorkItem
from cases.repairs import mended_pages
from cases.settings import Settings
from cases.storing import page_row, reading_row
from ocr.page import Unreadable
from ocr.readings import PageReading, Reading

_NOT_READ = ("read_with", "copy_of")  # of a page, what is said of it and not read on it
NO_FIELD = "no-field"
"""Note on a reading whose field the design no longer has: it stays as evidence and says nothing."""


def uncounted(session: Session, batch_id: str) -> list[str]:
    """The hashes of the batch's documents that could not be opened, to be counted again before the plan."""
    query = select(Document.sha256).where(Document.batch_id == batch_id, Document.state == "rejected")
    found = list(session.exec(query.where(col(Document.pages).is_(None))))
    session.rollback()
    return found


def plan_replay(
    session: Session, replay_id: int, batch_id: str, counted: Mapping[str, int], path_of: Callable[[str], Path]
) -> list[WorkItem]:
    """What is left to read again of each decided document; `counted` are pages of those that had not been opened.

    `path_of` a SHA-256 is where the document can be read.
    """
    query = select(Document).where(Document.batch_id == batch_id, col(Document.state).in_(("done", "rejected")))
    items = []
    for document in session.exec(query.order_by(col(Document.id))):
        kept = select(ReplayPage.number).where(ReplayPage.replay_id == replay_id, ReplayPage.document_id == document.id)
        done = set(session.exec(kept))
        count = document.pages or counted.get(document.sha256, 0)
        left = tuple(number for number in range(1, count + 1) if number not in done and 0 not in done)
        mended = mended_pages(session, document.id or 0)
        by_hand = {number: mended[number].by_hand for number in left if number in mended}
        items.append(WorkItem(document.id or 0, path_of(document.sha256), document.sha256, left, by_hand))
    session.rollback()
    return items


def keep_pages(
    session: Session, settings: Settings, replay_id: int, batch_id: str, pages: Sequence[PageReading | Unreadable]
) -> int:
    """Keeps pages as they read now, and commits; how many were not kept yet."""
    hashes = {page.file for page in pages}
    query = select(Document).where(Document.batch_id == batch_id, col(Document.sha256).in_(hashes))
    documents = {document.sha256: document.id or 0 for document in session.exec(query)}
    added = 0
    for page in pages:
        number = page.number if isinstance(page, Unreadable) else page.page
        of = (ReplayPage.replay_id == replay_id, ReplayPage.document_id == documents[page.file])
        if session.exec(select(ReplayPage.id).where(*of, ReplayPage.number == number)).first() is None:
            session.add(_kept(settings, replay_id, documents[page.file], number, page))
            added += 1
    session.commit()
    return added


def put_in_place(
    session: Session, settings: Settings, replay_id: int, document_id: int, leave: Collection[int]
) -> None:
    """Writes the kept readings over those of the document, in the caller's transaction.

    `leave` are numbers of pages that stay as they are, as do those of which a person has said what they are.
    """
    said = _said_of_pages(session, document_id)
    query = select(ReplayPage).where(ReplayPage.replay_id == replay_id, ReplayPage.document_id == document_id)
    pages = {page.number: page for page in session.exec(select(Page).where(Page.document_id == document_id))}
    read = session.exec(query.order_by(col(ReplayPage.number))).all()
    if 0 in pages and read:
        # the file could not be opened then; now it has pages
        session.delete(pages[0])
        session.get_one(Document, document_id).pages = len(read)
    for kept in read:
        page = pages.get(kept.number)
        if kept.number in leave or (page is not None and page.id in said):
            continue
        if page is None:
            page = Page(document_id=document_id, number=kept.number)
        for name, value in kept.page.items():
            setattr(page, name, value)
        session.add(page)
        session.flush()
        _replace_readings(session, settings, page, kept)


def is_lost(session: Session, replay_id: int, document_id: int) -> bool:
    """Whether the document cannot be opened any more."""
    query = select(ReplayPage.id).where(ReplayPage.replay_id == replay_id, ReplayPage.document_id == document_id)
    return session.exec(query.where(ReplayPage.number == 0)).first() is not None


def _kept(
    settings: Settings, replay_id: int, document_id: int, number: int, page: PageReading | Unreadable
) -> ReplayPage:
    row = page_row(page, document_id, number).model_dump(exclude={"id", "document_id", "number", *_NOT_READ})
    readings, crops = [], {}
    for reading in () if isinstance(page, Unreadable) else page.fields:
        png = _png(reading)
        sha256 = hashlib.sha256(png).hexdigest() if png else None
        settled = settings.thresholds.settled(reading, row["template"] or "")
        readings.append(reading_row(settled, 0, sha256).model_dump(exclude={"id", "page_id"}))
        if png and sha256 and not settings.store.holds(sha256):
            crops[reading.name] = base64.b64encode(png).decode()
    return ReplayPage(
        replay_id=replay_id, document_id=document_id, number=number, page=row, readings=readings, crops=crops
    )


def _png(reading: Reading) -> bytes | None:
    if reading.crop is None or reading.crop.size == 0:
        return None
    done, png = cv2.imencode(".png", reading.crop)
    return png.tobytes() if done else None


def _replace_readings(session: Session, settings: Settings, page: Page, kept: ReplayPage) -> None:
    rows = {row.name: row for row in session.exec(select(FieldReading).where(FieldReading.page_id == page.id))}
    for content in kept.readings:
        row = rows.pop(content["name"], None) or FieldReading(page_id=page.id or 0, **content)
        for name, value in content.items():
            setattr(row, name, value)
        session.add(row)
    for row in rows.values():
        row.value, row.status, row.alternatives, row.notes = None, "empty", [], [NO_FIELD]
        session.add(row)
    session.flush()


def put_crops(session: Session, settings: Settings, replay_id: int, document_id: int, leave: Collection[int]) -> None:
    """Stores the pictures of the fields whose readings were put in place."""
    query = select(ReplayPage).where(ReplayPage.replay_id == replay_id, ReplayPage.document_id == document_id)
    for kept in session.exec(query.where(col(ReplayPage.number).not_in(leave))):
        for picture in kept.crops.values():
            settings.store.put_bytes(base64.b64decode(picture))


def _said_of_pages(session: Session, document_id: int) -> set[int | None]:
    query = select(ExceptionItem.page_id).join(Answer, col(Answer.exception_id) == ExceptionItem.id)
    query = query.where(ExceptionItem.document_id == document_id, ExceptionItem.kind == "page")
    return set(session.exec(query.where(col(Answer.undone_at).is_(None))))
