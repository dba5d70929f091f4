"""Slows down who guesses passwords: after five wrong ones from one place or for one login, a wait that doubles."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

_FREE, _FIRST_S, _LONGEST_S, _KEPT = 5, 2.0, 900.0, 10_000


@dataclass
class Throttle:
    """Counts failures by key in this process; `clock` gives seconds."""

    clock: Callable[[], float] = time.monotonic
    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)

    def wait_s(self, *keys: str) -> float:
        """Seconds until one of these may try again; 0 when at once."""
        return max(0.0, *(self._until(key) - self.clock() for key in keys))

    def failed(self, *keys: str) -> None:
        for key in keys:
            # taken out and put in again at the end, as the first are forgotten first
            count = self._failures.pop(key, (0, 0.0))[0] + 1
            self._failures[key] = (count, self.clock())
        while len(self._failures) > _KEPT:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, *keys: str) -> None:
        for key in keys:
            self._failures.pop(key, None)

    def _until(self, key: str) -> float:
        count, last = self._failures.get(key, (0, 0.0))
        if count < _FREE:
            return last
        return last + min(_FIRST_S * 2.0 ** (count - _FREE), _LONGEST_S)
