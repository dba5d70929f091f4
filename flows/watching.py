"""The loop that turns arrivals into batches, in this process: seconds sooner than a deployment run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cases.settings import Settings
from flows.watch import Arrival, Sightings, look
from flows.work import Workshop

_EVERY_S = 0.5


def watch(
    workshop: Workshop,
    settings: Settings,
    run_batch: Callable[[str, int], object],
    stop: threading.Event,
) -> None:
    """Looks into the inbox until `stop` is set; `run_batch` hears batch id and attempt of what waits."""
    settings.inbox.mkdir(parents=True, exist_ok=True)
    seen: Sightings = {}
    while not stop.is_set():
        ready, seen = look(settings.inbox, seen, settings.stability_s)
        admit(workshop, ready)
        workshop.steps.abandoned()
        for batch_id, attempt in workshop.steps.queued():
            run_batch(batch_id, attempt)
        stop.wait(_EVERY_S)


def admit(workshop: Workshop, ready: list[Arrival]) -> int:
    """Takes arrivals in; how many were new."""
    outcomes = [workshop.steps.admit(one.path, channel=one.channel, partner=one.partner, keep=False) for one in ready]
    return sum(outcome.outcome == "taken" for outcome in outcomes)


def take_ready(workshop: Workshop, settings: Settings) -> int:
    """Two looks, a stability window apart; how many new files were taken in."""
    settings.inbox.mkdir(parents=True, exist_ok=True)
    _, seen = look(settings.inbox, {}, settings.stability_s)
    time.sleep(settings.stability_s)
    ready, _ = look(settings.inbox, seen, settings.stability_s)
    return admit(workshop, ready)
