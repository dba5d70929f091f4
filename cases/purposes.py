"""What a question is asked for. Only the first three hold up a case, and what is blind shows no value to anybody."""

from __future__ import annotations

from typing import Literal

Purpose = Literal["ask", "second", "third", "sample", "known", "ruling"]
"""``ask``: a rule raised it. ``second``: a critical field keyed again. ``third``: those two differ. ``sample``: a
reading that was taken without asking. ``known``: one that two persons have settled. ``ruling``: a sample differs."""

HOLDING: tuple[Purpose, ...] = ("ask", "second", "third")
BLIND: tuple[Purpose, ...] = ("second", "sample", "known")
CHECKS_ONLY: tuple[Purpose, ...] = ("sample", "known")
RULERS = ("supervisor", "admin")
"""The roles that may answer a ruling."""
