"""The one place that asks for the time."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """The present moment in UTC, in whole microseconds, as both databases keep it."""
    return dt.datetime.now(dt.UTC)
