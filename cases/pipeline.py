"""The batch as plain functions: plan and decide. Each may be killed and run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session, col, select

from cases.deciding import Decision, decide_document
from cases.examining import Matching
from cases.mending import take_up_repaired
from cases.models import Document, Page
from cases.rejecting import publish_rejected
from cases.repairs import NOTHING, mended_pages
from cases.settings import Settings
from cases.storing import store_pages
from ocr.page import ByHand, Unreadable
from ocr.template.loading import TemplateSet

Probe = Callable[[Path, str], int | Unreadable]


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Pages (from 1) of one document still to read; the readings must carry its SHA-256 as `file`.

    `by_hand` is what persons have said of some of them; the reader must know it.
    """

    document_id: int
    path: Path
    sha256: str
    pages: tuple[int, ...]
    by_hand: Mapping[int, ByHand] = field(default_factory=dict)


def plan_batch(
    session: Session, settings: Settings, batch_id: str, probe: Probe, path_of: Callable[[str], Path]
) -> list[WorkItem]:
    """What is left to read of each document, for the first time or after a repair; stores what cannot be opened.

    `path_of` a SHA-256 is where the document can be read meanwhile. Commits.
    """
    take_up_repaired(session, batch_id)
    items: list[WorkItem] = []
    query = select(Document).where(Document.batch_id == batch_id, Document.state == "reading")
    for document in session.exec(query.order_by(col(Document.id))).all():
        path = path_of(document.sha256)
        count = document.pages if document.pages is not None else probe(path, document.sha256)
        if isinstance(count, Unreadable):
            store_pages(session, settings, batch_id, [Unreadable(document.sha256, 0, count.code, count.reason)])
            continue
        document.pages = count
        mended = mended_pages(session, document.id or 0)
        read = dict(session.exec(select(Page.number, Page.read_with).where(Page.document_id == document.id)).all())
        done = {number for number, read_with in read.items() if read_with == [*mended.get(number, NOTHING).read_with]}
        left = tuple(number for number in range(1, count + 1) if number not in done and 0 not in done)
        by_hand = {number: mended[number].by_hand for number in left if number in mended}
        items.append(WorkItem(document.id or 0, path, document.sha256, left, by_hand))
    session.commit()
    return items


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
