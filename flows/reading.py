"""What a page process runs. It imports `ocr` alone: Prefect and the database would cost each child seconds."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from ocr.by_hand import mended
from ocr.page import ByHand, Page, Unreadable
from ocr.pages import count_pages, open_pages
from ocr.readings import PageReading
from ocr.template.loading import TemplateSet, load_templates

_PAGES_A_CALL = 8
_MISSING = "The file says that it has this page, but does not give it. Scan it again."
DoneJob = list[PageReading | Unreadable]


@dataclass(frozen=True, slots=True)
class PageJob:
    """Some pages of one stored file, known by its SHA-256; `pages` are numbers from 1, `by_hand` what persons said.

    No pages: only say how many there are (one `Unreadable` numbered 0 if the file cannot be opened).
    """

    path: Path
    sha256: str
    pages: tuple[int, ...] = ()
    by_hand: Mapping[int, ByHand] = field(default_factory=dict)


def prepare_child() -> None:
    """One thread a process, as the pool already fills the cores; and an end with the process it works for."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # killed, the parent closes nothing: the child would wait for work for ever
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def count_job(job: PageJob) -> int | Unreadable:
    """How many pages the job's file has."""
    return count_pages(job.path, name=job.sha256)


def read_job(job: PageJob, templates: Path, lists: Path | None = None) -> DoneJob:
    """The readings of the job's pages, in order; what cannot be opened stays `Unreadable`, with its code."""
    opened = (_mended(page, job) for page in open_pages(job.path, name=job.sha256, wanted=job.pages))
    read = list(_read(opened, _templates_at(templates, lists)))
    got = {page.number if isinstance(page, Unreadable) else page.page for page in read}
    # a document waits for all its pages: one that its file does not give after all must not be waited for
    missing = [] if 0 in got else [number for number in job.pages if number not in got]
    return read + [Unreadable(job.sha256, number, "missing-page", _MISSING) for number in missing]


def _mended(page: Page | Unreadable, job: PageJob) -> Page | Unreadable:
    said = job.by_hand.get(page.number)
    return page if said is None or isinstance(page, Unreadable) else mended(page, said)


def _read(opened: Iterator[Page | Unreadable], templates: TemplateSet) -> Iterator[PageReading | Unreadable]:
    from ocr.reader import read_pages

    while some := list(islice(opened, _PAGES_A_CALL)):
        read = iter(read_pages([page for page in some if not isinstance(page, Unreadable)], templates))
        for page in some:
            yield page if isinstance(page, Unreadable) else next(read)


@cache
def _templates_at(directory: Path, lists: Path | None) -> TemplateSet:
    return load_templates(directory, lists)
