"""Keeps a batch's lease fresh while it is in work, however long a page takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

_LOG = logging.getLogger(__name__)


@contextmanager
def kept_fresh(renew: Callable[[], bool], every_s: float) -> Iterator[None]:
    """Calls `renew` every `every_s` seconds from a thread of its own until the `with` ends or it answers False."""
    halt = threading.Event()

    def beat() -> None:
        while not halt.wait(every_s):
            try:
                if not renew():
                    return
            except SQLAlchemyError:
                # a busy database answers the next beat; a lease that is lost meanwhile shows when the chunk is stored
                _LOG.warning("A lease could not be renewed: the database does not answer.")

    thread = threading.Thread(target=beat, daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        halt.set()
        thread.join()
