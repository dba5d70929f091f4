"""The batch as plain functions: plan, store a chunk, decide. Every one may be killed and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from cases import store
from cases.deciding import Decision, decide_document
from cases.examining import Matching
from cases.models import Document, Page
from cases.rejecting import publish_rejected
from cases.settings import Settings
from cases.storing import store_pages
from ocr.page import Unreadable
from ocr.readings import PageReading
from ocr.template.loading import TemplateSet

Probe = Callable[[Path, str], int | Unreadable]


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Pages (from 1) of one document still to read; `name` is its SHA-256, which the readings must carry as `file`."""

    document_id: int
    path: Path
    name: str
    pages: tuple[int, ...]


def plan_batch(session: Session, settings: Settings, batch_id: str, probe: Probe) -> list[WorkItem]:
    """What is left to read, at most `settings.chunk_pages` pages an item; stores what cannot be opened. Commits."""
    items: list[WorkItem] = []
    query = select(Document).where(Document.batch_id == batch_id, Document.state == "reading")
    for document in session.exec(query.order_by(col(Document.id))).all():
        path = store.path_of(settings.data, document.sha256)
        count = document.pages if document.pages is not None else probe(path, document.sha256)
        if isinstance(count, Unreadable):
            store_pages(session, settings, batch_id, [Unreadable(document.sha256, 0, count.code, count.reason)])
            continue
        document.pages = count
        done = set(session.exec(select(Page.number).where(Page.document_id == document.id)).all())
        left = [number for number in range(1, count + 1) if number not in done and 0 not in done]
        for start in range(0, len(left), settings.chunk_pages):
            pages = tuple(left[start : start + settings.chunk_pages])
            items.append(WorkItem(document.id or 0, path, document.sha256, pages))
    session.commit()
    return items


def chunks(items: Iterable[WorkItem], pages: int) -> Iterator[tuple[WorkItem, ...]]:
    """Bundles small items, so that one task reads up to `pages` pages."""
    bundle: list[WorkItem] = []
    for item in items:
        if bundle and sum(len(known.pages) for known in bundle) + len(item.pages) > pages:
            yield tuple(bundle)
            bundle = []
        bundle.append(item)
    if bundle:
        yield tuple(bundle)


def store_chunk(session: Session, settings: Settings, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> int:
    """Stores one chunk's pages in one transaction; how many were new."""
    return store_pages(session, settings, batch_id, pages)


def decide_chunk(
    session: Session, settings: Settings, batch_id: str, templates: TemplateSet, match: Matching
) -> list[Decision]:
    """Decides every document of the batch whose pages are all stored, a transaction each."""
    query = select(Document.id).where(Document.batch_id == batch_id, Document.state == "reading")
    waiting = [document_id for document_id in session.exec(query.order_by(col(Document.id))).all() if document_id]
    decisions = [
        decision
        for document_id in waiting
        for decision in decide_document(session, settings, document_id, templates, match)
    ]
    publish_rejected(session, settings, batch_id)
    session.commit()
    return decisions
