"""A first look at a photo, in a process of its own: what a stranger sends must not be able to stop the desk."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
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
        self._child: BaseProcess | None = None
        self._line: Connection | None = None

    def warm(self) -> None:
        """Starts the process, so that the first look need not wait for it."""
        with self._lock:
            self._ready()

    def look(self, path: Path) -> Look:
        """Looks at the first page of the file; one that cannot be looked at in time counts as broken."""
        seen = self._asked(("look", path))
        return seen if isinstance(seen, Look) else Look(unopened="broken")

    def join(self, photos: Sequence[Path], out: Path) -> bool:
        """Makes one PDF of the photos; False where that cannot be done."""
        return self._asked(("join", (tuple(photos), out))) is True

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            self._end()

    def _asked(self, question: tuple[str, object]) -> object:
        with self._lock:
            # a process that had died before is no fault of this picture: a second one is asked
            for _ in range(2):
                line = self._ready()
                try:
                    line.send(question)
                    if line.poll(_LIMIT_S):
                        return line.recv()
                    break
                except (EOFError, OSError):
                    self._end()
            self._end()
            return None

    def _ready(self) -> Connection:
        if self._line is None or self._child is None or not self._child.is_alive():
            self._end()
            spawning = multiprocessing.get_context("spawn")
            self._line, far = spawning.Pipe()
            self._child = spawning.Process(target=_answer, args=(far, self._templates), daemon=True)
            self._child.start()
            far.close()
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.join()
        self._line = self._child = None


def _answer(line: Connection, templates: Path) -> None:
    """What the process does: one question after the other until the line is cut, as it is when its parent ends."""
    cv2.setNumThreads(1)
    designs = load_templates(templates)
    while True:
        try:
            what, given = line.recv()
        except EOFError:
            return
        try:
            if what == "look":
                line.send(look_at(given, designs))
            else:
                join(*given)
                line.send(True)
        except Exception:  # pictures break their decoders in many ways, and this one is lost alone
            line.send(None)


def look_at(path: Path, designs: TemplateSet) -> Look:
    """One look, in this process."""
    count = count_pages(path)
    if isinstance(count, Unreadable):
        return Look(unopened=count.code)
    page = next(iter(open_pages(path, wanted=[1])))
    if isinstance(page, Unreadable):
        return Look(unopened=page.code)
    found = locate(page, designs)
    if isinstance(found, NotRegistered):
        return Look(weak=weakness(page.image, None))
    return Look(found.template.name, weakness(page.image, found.registration))
