"""The intake process of the stack: watches the inbox and calls the batch flow here."""

from __future__ import annotations

import logging
import signal
import threading

from prefect.context import SyncClientContext

from cases.settings import Settings
from flows.batch import batch
from flows.watching import watch
from flows.work import using
from flows.workshop import open_workshop

_LOG = logging.getLogger(__name__)


def main() -> None:
    """Runs until SIGTERM or SIGINT; the batch in work is finished first."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    logging.getLogger("flows").setLevel(logging.INFO)
    settings = Settings()
    # one client for all runs of the process: each flow run would open its own, TLS context included
    with open_workshop(settings) as workshop, using(workshop), SyncClientContext.get_or_create():
        watch(workshop, settings, _run, stop)


def _run(batch_id: str, attempt: int) -> None:
    state = batch(batch_id, attempt, return_state=True)
    if state.is_failed() or state.is_crashed():
        # the lease runs out and the batch is taken up again, at most REPLYFLOW_MAX_ATTEMPTS times
        _LOG.error("batch %s attempt %s ended as %s; see the Prefect UI", batch_id, attempt, state.name)


if __name__ == "__main__":
    main()
