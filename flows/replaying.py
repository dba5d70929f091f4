"""A replay from pages to changes, without Prefect: what the flow watches and what the command line runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session

from cases.answering import Office
from cases.database import engine_for, upgrade
from cases.models import Replay
from cases.owner import owner_here
from cases.pipeline import WorkItem
from cases.replay.carrying import apply_document, preview_document, replayed_documents
from cases.replay.queue import claim_replay, end_replay, renew_replay
from cases.replay.rereading import keep_pages, plan_replay, uncounted
from cases.settings import Settings
from flows.lease import kept_fresh
from flows.originals import Originals
from flows.pool import PagePool, page_pool
from flows.reading import PageJob
from flows.work import LeaseLostError, chunks_of, read_parts
from matching.matcher import Matcher
from ocr.template.loading import TemplateSet, load_templates

_BEATS = 3  # renewals within one lease
Told = Callable[[int, int], None]
"""Hears how many of how many steps (pages, then documents) are done."""


@dataclass(frozen=True)
class Replayer:
    """Carries replays out on the database behind `engine`, with the designs as they are now."""

    settings: Settings
    engine: Engine
    pool: PagePool
    templates: TemplateSet
    owner: str = field(default_factory=owner_here)

    def run(self, replay_id: int, told: Told = lambda done, of: None, flow_run: str | None = None) -> bool:
        """Shows or applies, whichever the replay waits for; False if it waits for nothing or another process has it.

        Raises LeaseLostError when another process has taken it up.
        """
        with self._session() as session:
            replay = claim_replay(session, self.settings, replay_id, self.owner, flow_run)
        if replay is None:
            return False
        with kept_fresh(lambda: self._renewed(replay_id), self.settings.lease_s / _BEATS):
            if replay.state == "applying":
                self._apply(replay, told)
            else:
                self._show(replay, told)
        return True

    def _show(self, replay: Replay, told: Told) -> None:
        documents = self._documents(replay)
        with ExitStack() as until:
            done, total = self._read(replay, Originals(self.settings.store, until), len(documents), told)
        for document_id in documents:
            with self._held(replay, done, total) as session:
                preview_document(session, self._office(session), replay.id or 0, document_id)
            done += 1
            told(done, total)
        self._end(replay, "ready")

    def _read(self, replay: Replay, originals: Originals, more: int, told: Told) -> tuple[int, int]:
        """Keeps every page as it reads now; the steps that are done then, and all, with `more` to come."""
        items = self._plan(replay, originals)
        total, done = sum(len(item.pages) for item in items) + more, 0
        for chunk in chunks_of(items, self.settings.chunk_pages):
            pages = read_parts(self.pool, chunk)
            with self._held(replay, done, total) as session:
                keep_pages(session, self.settings, replay.id or 0, replay.batch_id, pages)
            done += sum(len(part.pages) for part in chunk)
            told(done, total)
        return done, total

    def _apply(self, replay: Replay, told: Told) -> None:
        documents = self._documents(replay)
        for done, document_id in enumerate(documents):
            with self._held(replay, done, len(documents)) as session:
                apply_document(session, self._office(session), replay, document_id)
            told(done + 1, len(documents))
        self._end(replay, "done")

    def _plan(self, replay: Replay, originals: Originals) -> list[WorkItem]:
        with self._session() as session:
            hashes = uncounted(session, replay.batch_id)
            jobs = [PageJob(originals.path_of(sha256), sha256) for sha256 in hashes]
            found = dict(zip(hashes, self.pool.count_each(jobs), strict=True))
            counted = {sha256: count for sha256, count in found.items() if isinstance(count, int)}
            return plan_replay(session, replay.id or 0, replay.batch_id, counted, originals.path_of)

    def _documents(self, replay: Replay) -> list[int]:
        with self._session() as session:
            return replayed_documents(session, replay)

    def _end(self, replay: Replay, state: str) -> None:
        if not self._renewed(replay.id or 0):
            raise LeaseLostError(str(replay.id))
        with self._session() as session:
            end_replay(session, replay.id or 0, "done" if state == "done" else "ready")

    def _office(self, session: Session) -> Office:
        return Office(self.settings, self.templates, Matcher(session, self.settings.matching).match)

    @contextmanager
    def _held(self, replay: Replay, done: int, total: int) -> Iterator[Session]:
        if not self._renewed(replay.id or 0, pages=total, pages_done=done):
            raise LeaseLostError(str(replay.id))
        with self._session() as session:
            yield session

    def _renewed(self, replay_id: int, **told: int) -> bool:
        with self._session() as session:
            return renew_replay(session, self.settings, replay_id, self.owner, **told)

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)


@contextmanager
def open_replayer(settings: Settings) -> Iterator[Replayer]:
    """A replayer on the installation of `settings`, closed at the end. Raises TemplateError for unusable designs."""
    templates = load_templates(settings.templates, settings.lists)
    upgrade(settings)
    engine = engine_for(settings)
    try:
        with page_pool(settings.workers, settings.templates, settings.lists) as pool:
            yield Replayer(settings, engine, pool, templates)
    finally:
        engine.dispose()
