"""The intake process of the stack: watches the inbox and calls the batch flow here."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from prefect.context import SyncClientContext

from cases.database import engine_for
from cases.settings import Settings
from flows.batch import batch
from flows.export import start_waiting_orders
from flows.replay import start_waiting
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
        watch(workshop, settings, _run, stop, _orders(settings))


def _run(batch_id: str, attempt: int) -> None:
    state = batch(batch_id, attempt, return_state=True)
    if state.is_failed() or state.is_crashed():
        # the lease runs out and the batch is taken up again, at most REPLYFLOW_MAX_ATTEMPTS times
        _LOG.error("batch %s attempt %s ended as %s; see the Prefect UI", batch_id, attempt, state.name)


def _orders(settings: Settings) -> Callable[[], None]:
    """Orders the replays and bags that were asked for at the desk, a run of their deployment each."""
    engine, ordered = engine_for(settings), set[str]()

    def start() -> None:
        for order in (start_waiting, start_waiting_orders):
            try:
                order(engine, settings, ordered)
            except Exception as error:  # the inbox must be watched whatever the Prefect server says
                _LOG.warning("A replay or bag could not be ordered (%s); it is tried again.", type(error).__name__)

    return start


if __name__ == "__main__":
    main()
