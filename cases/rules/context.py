"""What a rule may know besides the value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """`country` is the template's ISO 3166 code; `received` the day on which the form came in."""

    country: str
    received: dt.date
