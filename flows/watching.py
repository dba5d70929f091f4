"""The loop that turns arrivals into batches, in this process: seconds sooner than a deployment run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cases.settings import Settings
from flows.watch import Sightings, look
from flows.work import Workshop

_EVERY_S = 0.5
_AGAIN_S = 10.0


def watch(
    workshop: Workshop,
    settings: Settings,
    run_batch: Callable[[str, int], object],
    stop: threading.Event,
    also: Callable[[], object] = lambda: None,
) -> None:
    """Looks into the inbox until `stop` is set; `run_batch` hears batch id and attempt of what waits.

    `also` is called after each look.
    """
    door = Door(workshop, settings)
    while not stop.is_set():
        door.admit()
        for batch_id, attempt in workshop.steps.queued(closing=False):
            if not stop.is_set():
                run_batch(batch_id, attempt)
        also()
        stop.wait(_EVERY_S)


def take_ready(workshop: Workshop, settings: Settings) -> int:
    """Two looks, a stability window apart; how many new files were taken in."""
    door = Door(workshop, settings)
    door.admit()
    time.sleep(settings.stability_s)
    return door.admit()


@dataclass
class Door:
    """The inbox as the looks so far have shown it. What was refused is tried again every 10 s: it may be mended."""

    workshop: Workshop
    settings: Settings
    _seen: Sightings = field(default_factory=dict)
    _again_at: dict[Path, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings.inbox.mkdir(parents=True, exist_ok=True)

    def admit(self, now: float | None = None) -> int:
        """Looks at the monotonic second `now` and takes in what is ready; how many files were new."""
        now = time.monotonic() if now is None else now
        ready, self._seen = look(self.settings.inbox, self._seen, self.settings.stability_s, now)
        taken = 0
        for one in ready:
            if self._again_at.get(one.path, now) > now:
                continue
            outcome = self.workshop.steps.admit(one.path, channel=one.channel, partner=one.partner, keep=False).outcome
            taken += outcome == "taken"
            if outcome == "refused":
                self._again_at[one.path] = now + _AGAIN_S
        self._again_at = {path: at for path, at in self._again_at.items() if path in self._seen}
        return taken
