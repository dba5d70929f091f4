"""The hash-chained record: altering, dropping or reordering an event breaks every hash after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from cases.clock import now
from cases.models import LedgerEvent

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first event that does not follow from the one before it."""

    seq: int
    sentence: str


def lock(session: Session) -> None:
    """Makes this transaction the only writer until it ends; on SQLite every writing transaction already is."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(727002)"))


def record(session: Session, tag: str, subject: str | int, facts: dict[str, Any] | None = None) -> LedgerEvent:
    """Appends an event to the caller's transaction. `tag` is ``source:subject:action``; no personal data in `facts`."""
    lock(session)
    last = session.exec(select(LedgerEvent).order_by(col(LedgerEvent.seq).desc()).limit(1)).first()
    content: dict[str, Any] = {
        "seq": last.seq + 1 if last else 1,
        "tag": tag,
        "subject": str(subject),
        "facts": facts or {},
        "at": now().isoformat(),
        "previous": last.hash if last else GENESIS,
    }
    event = LedgerEvent(**content, hash=digest(content))
    session.add(event)
    session.flush()
    return event


def digest(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an event without its hash."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def as_dict(event: LedgerEvent) -> dict[str, Any]:
    """An event as it was hashed, with its hash."""
    return event.model_dump()


def check_events(events: Iterable[dict[str, Any]]) -> BrokenLink | None:
    """The first broken link of a whole chain in order, or None."""
    previous = GENESIS
    for seq, event in enumerate(events, start=1):
        content = {key: value for key, value in event.items() if key != "hash"}
        if content.get("seq") != seq or content.get("previous") != previous:
            return BrokenLink(seq, f"Event {seq} does not follow the event before it: one is missing or moved.")
        if digest(content) != event.get("hash"):
            return BrokenLink(seq, f"Event {seq} is not as it was written: its hash differs.")
        previous = str(event["hash"])
    return None


def verify_chain(session: Session) -> BrokenLink | None:
    """Checks the whole ledger of the database."""
    events = session.exec(select(LedgerEvent).order_by(col(LedgerEvent.seq)))
    return check_events(as_dict(event) for event in events)
