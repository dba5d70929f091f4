"""A first look at a photo, in a process of its own: what a stranger sends must not be able to stop the desk."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing.pool import Pool
from pathlib import Path

import cv2

from desk.joining import join
from ocr.locate import locate
from ocr.page import Unreadable
from ocr.pages import count_pages, open_pages
from ocr.quality import Weakness, weakness
from ocr.registration.result import NotRegistered
from ocr.template.loading import TemplateSet, load_templates

_LIMIT_S = 15.0
_FAILED = object()


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen at once: the form by its template's name, what is weak, or the code of why it does not open."""

    form: str | None = None
    weak: Weakness | None = None
    unopened: str | None = None


class Looker:
    """One warm process that looks; a new one takes its place when it dies or takes too long."""

    def __init__(self, templates: Path) -> None:
        self._templates, self._lock = templates, threading.Lock()
        self._pool: Pool | None = None

    def warm(self) -> None:
        """Starts the process, so that the first look need not wait for it."""
        with self._lock:
            self._ready().apply_async(_designs, (self._templates,))

    def look(self, path: Path) -> Look:
        """Looks at the first page of the file; one that cannot be looked at in time counts as broken."""
        seen = self._done(look_at, (path, self._templates))
        return seen if isinstance(seen, Look) else Look(unopened="broken")

    def join(self, photos: Sequence[Path], out: Path) -> bool:
        """Makes one PDF of the photos; False where that cannot be done."""
        return self._done(join, (tuple(photos), out)) is not _FAILED

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            self._end()

    def _done(self, work: Callable[..., object], given: tuple[object, ...]) -> object:
        with self._lock:
            asked = self._ready().apply_async(work, given)
            try:
                return asked.get(_LIMIT_S)
            except multiprocessing.TimeoutError:
                self._end()
            except Exception:  # pictures break their decoders in many ways
                return _FAILED
        return _FAILED

    def _ready(self) -> Pool:
        if self._pool is None:
            self._pool = multiprocessing.get_context("spawn").Pool(1, initializer=_prepare)
        return self._pool

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None


def look_at(path: Path, templates: Path) -> Look:
    """One look, in this process."""
    count = count_pages(path)
    if isinstance(count, Unreadable):
        return Look(unopened=count.code)
    page = next(iter(open_pages(path, wanted=[1])))
    if isinstance(page, Unreadable):
        return Look(unopened=page.code)
    found = locate(page, _designs(templates))
    if isinstance(found, NotRegistered):
        return Look(weak=weakness(page.image, None))
    return Look(found.template.name, weakness(page.image, found.registration))


@cache
def _designs(templates: Path) -> TemplateSet:
    return load_templates(templates)


def _prepare() -> None:
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
