"""The steps of a batch on the real tables: the one place where the flows call `cases`."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases import store
from cases.batches import claim_batch, create_batch, finish_batch, renew_lease, take_up_abandoned, waiting_sources
from cases.intake import Duplicate, Refused, take_in
from cases.models import Batch, Campaign, Document, Mailing, Response
from cases.pipeline import decide_chunk, plan_batch
from cases.settings import Settings
from cases.storing import store_pages
from cases.summary import batch_summary
from flows.pool import PagePool
from flows.reading import PageJob
from flows.work import Admitted, DocumentPages, Plan, Summary
from matching.matcher import Matcher
from ocr.page import Unreadable
from ocr.readings import PageReading
from ocr.template.loading import load_templates


class LeaseLostError(Exception):
    """Another process has taken the batch up, as this one's lease ran out; this one must stop."""


@dataclass(frozen=True)
class Casework:
    """`flows.work.Steps` over the database behind `engine`."""

    settings: Settings
    engine: Engine
    pool: PagePool
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")

    def admit(self, path: Path, *, channel: str, partner: str | None, keep: bool) -> Admitted:
        root = path.parent if keep else self.settings.inbox
        with self._session() as session:
            outcome = take_in(session, self.settings, path, root=root, channel=channel, partner=partner, keep=keep)
        if isinstance(outcome, Refused):
            return Admitted("refused", path.name, outcome.reason)
        return Admitted("duplicate" if isinstance(outcome, Duplicate) else "taken", path.name)

    def queued(self) -> list[tuple[str, int]]:
        with self._session() as session:
            for source in waiting_sources(session):
                create_batch(session, source)
            query = select(Batch.id, Batch.attempt).where(Batch.state == "queued")
            return [(id, attempt + 1) for id, attempt in session.exec(query.order_by(col(Batch.created_at)))]

    def abandoned(self) -> list[str]:
        with self._session() as session:
            return take_up_abandoned(session, self.settings)

    def claim(self, batch_id: str, attempt: int) -> Plan | None:
        with self._session() as session:
            batch = claim_batch(session, self.owner, self.settings, batch_id=batch_id)
            if batch is None:
                return None
            source, channel = batch.source, batch.channel
            items = plan_batch(session, self.settings, batch_id, self._counted(session, batch_id))
            documents = tuple(DocumentPages(i.document_id, i.path, i.name, i.pages) for i in items)
            return Plan(batch_id, source, channel, documents)

    def store(self, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> None:
        with self._session() as session:
            if not renew_lease(session, batch_id, self.owner, self.settings):
                raise LeaseLostError(batch_id)
            store_pages(session, self.settings, batch_id, pages)

    def decide(self, batch_id: str) -> tuple[str, ...]:
        templates = load_templates(self.settings.templates)
        with self._session() as session:
            if not renew_lease(session, batch_id, self.owner, self.settings):
                raise LeaseLostError(batch_id)
            decide_chunk(session, self.settings, batch_id, templates, Matcher(session, self.settings.matching).match)
            query = select(Campaign.name).join(Mailing).join(Response, col(Response.mailing_id) == Mailing.id)
            query = query.join(Document, col(Response.document_id) == Document.id)
            return tuple(sorted(set(session.exec(query.where(Document.batch_id == batch_id)))))

    def finish(self, batch_id: str, started: float) -> Summary:
        with self._session() as session:
            finish_batch(session, batch_id)
            numbers = batch_summary(session, batch_id).as_dict()
        return Summary(**numbers, seconds=round(time.monotonic() - started, 2))

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    def _counted(self, session: Session, batch_id: str) -> Callable[[Path, str], int | Unreadable]:
        query = select(Document.sha256).where(Document.batch_id == batch_id, col(Document.pages).is_(None))
        hashes = list(session.exec(query))
        # the children count before the plan's transaction, which locks the database, begins
        session.rollback()
        jobs = [PageJob(store.path_of(self.settings.data, sha256), sha256) for sha256 in hashes]
        counts = dict(zip(hashes, self.pool.count_each(jobs), strict=True))
        return lambda _path, sha256: counts[sha256]
