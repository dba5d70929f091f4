"""What a page process runs. It imports `ocr` alone: Prefect and the database would cost each child seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from ocr.page import Page, Unreadable
from ocr.pages import count_pages, open_pages
from ocr.readings import PageReading
from ocr.template.loading import TemplateSet, load_templates

_PAGES_A_CALL = 8
DoneJob = list[PageReading | Unreadable]


@dataclass(frozen=True, slots=True)
class PageJob:
    """Some pages of one stored file, known by its SHA-256; `pages` are numbers from 1.

    No pages: only say how many there are (one `Unreadable` numbered 0 if the file cannot be opened).
    """

    path: Path
    sha256: str
    pages: tuple[int, ...] = ()


def prepare_child() -> None:
    """One thread a process: the pool already fills the cores."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    import cv2

    cv2.setNumThreads(1)


def count_job(job: PageJob) -> int | Unreadable:
    """How many pages the job's file has."""
    return count_pages(job.path, name=job.sha256)


def read_job(job: PageJob, templates: Path) -> DoneJob:
    """The readings of the job's pages, in order; what cannot be opened stays `Unreadable`, with its code."""
    opened = open_pages(job.path, name=job.sha256, wanted=job.pages)
    return list(_read(opened, _templates_at(templates)))


def _read(opened: Iterator[Page | Unreadable], templates: TemplateSet) -> Iterator[PageReading | Unreadable]:
    from ocr.reader import read_pages

    while some := list(islice(opened, _PAGES_A_CALL)):
        read = iter(read_pages([page for page in some if not isinstance(page, Unreadable)], templates))
        for page in some:
            yield page if isinstance(page, Unreadable) else next(read)


@cache
def _templates_at(directory: Path) -> TemplateSet:
    return load_templates(directory)
