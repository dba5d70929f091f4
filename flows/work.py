"""A batch from plan to summary, without Prefect: what the flows watch and what `run --no-prefect` runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from cases.pipeline import WorkItem
from flows.pool import PAGES_A_JOB, PagePool
from flows.reading import PageJob
from ocr.page import Unreadable
from ocr.readings import PageReading


class LeaseLostError(Exception):
    """Another process has taken the batch up, as this one's lease ran out; this one must stop."""


class UndecidedError(Exception):
    """The batch ended as failed: so many of its documents are not decided."""

    def __init__(self, documents: int) -> None:
        super().__init__(f"{documents} documents are not decided.")


@dataclass(frozen=True, slots=True)
class Plan:
    """A claimed batch: where it came from, and what is left of it to read."""

    batch_id: str
    source: str
    channel: str
    documents: tuple[WorkItem, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of one or more batches; `seconds` is wall time."""

    documents: int = 0
    responses: int = 0
    automatic: int = 0
    review: int = 0
    rejected: int = 0
    cases: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def __add__(self, other: Summary) -> Summary:
        mine, theirs = asdict(self), asdict(other)
        return Summary(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of one file that was offered: taken, known already, or refused with a reason.

    `passing`: not taken at this instant, as it went away or is still being written.
    """

    outcome: Literal["taken", "duplicate", "refused", "passing"]
    name: str
    reason: str | None = None


class Steps(Protocol):
    """What a batch needs from `cases`. Each call is one transaction and may be repeated after a crash."""

    def admit(self, path: Path, *, channel: str, partner: str | None, keep: bool) -> Admitted:
        """Takes a file into the store; `keep` copies and leaves the original where it is."""
        ...

    def queued(self, *, closing: bool = True) -> list[tuple[str, int]]:
        """Makes batches of what was taken in; batch id and attempt of all that wait, oldest first.

        Without `closing`, a source from which files still trickle in waits for a quiet moment.
        """
        ...

    def abandoned(self) -> list[str]:
        """Batches whose lease has run out, queued again."""
        ...

    def claimed(self, batch_id: str, flow_run: str | None = None) -> AbstractContextManager[Plan | None]:
        """The plan, under a lease kept fresh inside the `with`; None if somebody else has the batch or it is done.

        `flow_run` is the Prefect run that works on it, for the link from the desk.
        """
        ...

    def store(self, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> None:
        """Stores readings. Raises LeaseLostError, as `decide` and `finish` do."""
        ...

    def decide(self, batch_id: str) -> tuple[str, ...]:
        """Decides every response; the codes of the campaigns that they answer."""
        ...

    def finish(self, batch_id: str, started: float) -> Summary:
        """Closes the batch; `started` is the monotonic second at which it began. Raises UndecidedError."""
        ...


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a process keeps warm between batches."""

    steps: Steps
    pool: PagePool
    chunk_pages: int
    desk_url: str | None = None
    told: Callable[[int, int], None] = lambda done, of: None
    """Hears how many of how many pages of the batch are read."""


Chunk = tuple[WorkItem, ...]
_workshop: ContextVar[Workshop] = ContextVar("workshop")


@contextmanager
def using(workshop: Workshop) -> Iterator[None]:
    """Flow runs inside this `with` use `workshop`, as a flow run's parameters may hold ids only."""
    token = _workshop.set(workshop)
    try:
        yield
    finally:
        _workshop.reset(token)


def present_workshop() -> Workshop | None:
    return _workshop.get(None)


def chunks_of(documents: Sequence[WorkItem], pages: int) -> list[Chunk]:
    """The documents in chunks of at most `pages` pages; a long one is cut, short ones share a chunk."""
    chunks: list[list[WorkItem]] = [[]]
    room = pages
    for document in documents:
        left = document.pages
        while left:
            now, left = left[:room], left[room:]
            chunks[-1].append(replace(document, pages=now))
            room -= len(now)
            if room == 0:
                chunks.append([])
                room = pages
    return [tuple(chunk) for chunk in chunks if chunk]


def read_parts(pool: PagePool, chunk: Chunk) -> list[PageReading | Unreadable]:
    """The pages of one chunk as they read now."""
    jobs = [
        PageJob(part.path, part.sha256, part.pages[start : start + PAGES_A_JOB], part.by_hand)
        for part in chunk
        for start in range(0, len(part.pages), PAGES_A_JOB)
    ]
    return [page for done in pool.read_each(jobs) for page in done]


def read_chunk(workshop: Workshop, batch_id: str, chunk: Chunk) -> int:
    """Reads and stores one chunk; the number of pages done."""
    workshop.steps.store(batch_id, read_parts(workshop.pool, chunk))
    return sum(len(part.pages) for part in chunk)


def process(workshop: Workshop, batch_id: str) -> bool:
    """The whole batch in this process; False if it failed, which one that another process has cannot do here."""
    started = time.monotonic()
    try:
        with workshop.steps.claimed(batch_id) as plan:
            if plan is not None:
                _work(workshop, plan, started)
    except LeaseLostError:
        return True
    except UndecidedError:
        return False
    return True


def _work(workshop: Workshop, plan: Plan, started: float) -> None:
    total = sum(len(document.pages) for document in plan.documents)
    done = 0
    for chunk in chunks_of(plan.documents, workshop.chunk_pages):
        done += read_chunk(workshop, plan.batch_id, chunk)
        workshop.told(done, total)
    workshop.steps.decide(plan.batch_id)
    workshop.steps.finish(plan.batch_id, started)
