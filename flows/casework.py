"""The steps of a batch on the real tables: the one place where the flows call `cases`."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from cases.batches import claim_batch, create_batches, finish_batch, renew_lease, take_up_abandoned
from cases.intake import Duplicate, Refused, take_in
from cases.models import Batch, Campaign, Document, Mailing, Response
from cases.names import clean_name
from cases.owner import owner_here
from cases.pipeline import Probe, decide_chunk, plan_batch
from cases.rejecting import publish_refused, withdraw_refused
from cases.sealing import seal_batch
from cases.settings import Settings
from cases.signing import SigningError
from cases.storing import store_pages
from cases.summary import batch_summary
from flows.lease import kept_fresh
from flows.originals import Originals
from flows.pool import PagePool
from flows.reading import PageJob
from flows.work import Admitted, LeaseLostError, Plan, Summary, UndecidedError
from matching.lexicon import Lexicon
from matching.matcher import Matcher
from ocr.page import Unreadable
from ocr.readings import PageReading
from ocr.template.loading import load_templates

_LOG = logging.getLogger(__name__)
_BEATS = 3  # renewals within one lease


@dataclass(frozen=True)
class Casework:
    """`flows.work.Steps` over the database behind `engine`."""

    settings: Settings
    engine: Engine
    pool: PagePool
    owner: str = field(default_factory=owner_here)
    _lexicons: list[Lexicon] = field(default_factory=list, repr=False)

    def admit(self, path: Path, *, channel: str, partner: str | None, keep: bool) -> Admitted:
        root, name = path.parent if keep else self.settings.inbox, clean_name(path.name)
        with self._session() as session:
            outcome = take_in(session, self.settings, path, root=root, channel=channel, partner=partner, keep=keep)
        if isinstance(outcome, Refused):
            self._tell(path, outcome)
            return Admitted("passing" if outcome.passes else "refused", name, outcome.reason)
        withdraw_refused(self.settings, path)
        if isinstance(outcome, Duplicate):
            _LOG.info("A file with the bytes of document %s came again; nothing is done twice.", outcome.document_id)
            return Admitted("duplicate", name)
        return Admitted("taken", name)

    def queued(self, *, closing: bool = True) -> list[tuple[str, int]]:
        self.abandoned()
        with self._session() as session:
            create_batches(session, self.settings, closing=closing)
            query = select(Batch.id, Batch.attempt).where(Batch.state == "queued")
            return [(id, attempt + 1) for id, attempt in session.exec(query.order_by(col(Batch.created_at)))]

    def abandoned(self) -> list[str]:
        with self._session() as session:
            return take_up_abandoned(session, self.settings)

    @contextmanager
    def claimed(self, batch_id: str, flow_run: str | None = None) -> Iterator[Plan | None]:
        with self._session() as session:
            batch = claim_batch(session, self.owner, self.settings, batch_id=batch_id, flow_run=flow_run)
        if batch is None:
            yield None
            return
        with kept_fresh(lambda: self._renewed(batch_id), self.settings.lease_s / _BEATS), ExitStack() as opened:
            yield self._plan(batch, Originals(self.settings.store, opened))

    def store(self, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> None:
        self._hold(batch_id)
        with self._session() as session:
            store_pages(session, self.settings, batch_id, pages)

    def decide(self, batch_id: str) -> tuple[str, ...]:
        self._hold(batch_id)
        templates = load_templates(self.settings.templates)
        with self._session() as session:
            decide_chunk(session, self.settings, batch_id, templates, self._matcher(session).match)
            query = select(Campaign.code).join(Mailing).join(Response, col(Response.mailing_id) == Mailing.id)
            query = query.join(Document, col(Response.document_id) == Document.id)
            return tuple(sorted(set(session.exec(query.where(Document.batch_id == batch_id)))))

    def _matcher(self, session: Session) -> Matcher:
        """A matcher that knows of the base what the last one knew, unless the base has changed."""
        matcher = Matcher(session, self.settings.matching, *self._lexicons)
        self._lexicons[:] = [matcher.lexicon]
        return matcher

    def finish(self, batch_id: str, started: float) -> Summary:
        self._hold(batch_id)
        with self._session() as session:
            if undecided := finish_batch(session, batch_id):
                raise UndecidedError(undecided)
            numbers = batch_summary(session, batch_id).as_dict()
            self._seal(session, batch_id)
        return Summary(**numbers, seconds=round(time.monotonic() - started, 2))

    def _seal(self, session: Session, batch_id: str) -> None:
        try:
            seal_batch(session, self.settings, batch_id)
        except SigningError as error:
            # the batch is done all the same, and upkeep tries again
            session.rollback()
            _LOG.error("The ledger of %s is not sealed. %s", batch_id, error)

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    def _tell(self, path: Path, outcome: Refused) -> None:
        if outcome.passes:
            return
        try:
            note = publish_refused(self.settings, path, outcome.reason)
        except OSError:
            _LOG.warning("A file was not taken in (%s), and no note could be written.", outcome.code)
            return
        if note is not None:
            # a file may be named after a customer: the note's number leads to it, the log does not say it
            _LOG.warning("A file was not taken in (%s): see %s* in the folder rejected.", outcome.code, note.name[:8])

    def _renewed(self, batch_id: str) -> bool:
        with self._session() as session:
            return renew_lease(session, batch_id, self.owner, self.settings)

    def _hold(self, batch_id: str) -> None:
        if not self._renewed(batch_id):
            raise LeaseLostError(batch_id)

    def _plan(self, batch: Batch, originals: Originals) -> Plan:
        with self._session() as session:
            counted = self._counted(session, batch.id, originals)
            items = plan_batch(session, self.settings, batch.id, counted, originals.path_of)
        return Plan(batch.id, batch.source, batch.channel, tuple(items))

    def _counted(self, session: Session, batch_id: str, originals: Originals) -> Probe:
        query = select(Document.sha256).where(Document.batch_id == batch_id, col(Document.pages).is_(None))
        hashes = list(session.exec(query))
        # the children count before the plan's transaction, which locks the database, begins
        session.rollback()
        jobs = [PageJob(originals.path_of(sha256), sha256) for sha256 in hashes]
        counts = dict(zip(hashes, self.pool.count_each(jobs), strict=True))
        return lambda _path, sha256: counts[sha256]
