"""A file becomes a document: stored, inserted with its event, and only then taken from the inbox."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from cases import ledger, store
from cases.clock import now
from cases.models import Document
from cases.settings import Settings


@dataclass(frozen=True, slots=True)
class Taken:
    document_id: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same bytes are already a document, whatever the file is called now."""

    document_id: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The file was left where it is; `code` is stable, `reason` a sentence for the person who dropped it."""

    code: str
    reason: str


def take_in(
    session: Session,
    settings: Settings,
    path: Path,
    *,
    root: Path,
    channel: str,
    partner: str | None = None,
    keep: bool = False,
) -> Taken | Duplicate | Refused:
    """Takes in one file below `root` and commits.

    `keep` leaves the original in place, as for files named on a command line.
    """
    if (refusal := _refusal(path, root)) is not None:
        return refusal
    try:
        # the link check above could be outrun; the system refuses to open a link at this instant
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return Refused("cannot-open", "The file cannot be opened. Check that it exists and may be read.")
    with os.fdopen(descriptor, "rb") as source:
        seen = os.fstat(source.fileno())
        sha256, size = store.put_stream(settings.data, source)
    outcome = _insert(session, sha256, size, path.name, channel, partner)
    if not keep:
        _leave_inbox(path, seen)
    return outcome


def _refusal(path: Path, root: Path) -> Refused | None:
    if not path.parent.resolve().is_relative_to(root.resolve()):
        return Refused("outside", "The file lies outside the watched folder. Copy it into the inbox.")
    try:
        mode = path.lstat().st_mode
    except OSError:
        return Refused("gone", "The file is no longer there.")
    if stat.S_ISLNK(mode):
        return Refused("link", "This is a link. Copy the file itself into the inbox.")
    if not stat.S_ISREG(mode):
        return Refused("not-a-file", "This is not an ordinary file.")
    return None


def _insert(
    session: Session, sha256: str, size: int, name: str, channel: str, partner: str | None
) -> Taken | Duplicate:
    ledger.lock(session)
    known = session.exec(select(Document).where(Document.sha256 == sha256)).first()
    if known is not None and known.id is not None:
        if known.name != name:
            ledger.record(session, "intake:document:duplicate", known.id, {"sha256": sha256})
        session.commit()
        return Duplicate(known.id, sha256)
    source = f"{channel}/{partner}" if partner else channel
    document = Document(
        sha256=sha256, name=name, bytes=size, channel=channel, partner=partner, source=source, received_at=now()
    )
    session.add(document)
    try:
        session.flush()
        assert document.id is not None
        ledger.record(session, "intake:document:received", document.id, {"sha256": sha256, "bytes": size})
        session.commit()
    except IntegrityError:
        session.rollback()
        return _insert(session, sha256, size, name, channel, partner)
    return Taken(document.id, sha256)


def _leave_inbox(path: Path, seen: os.stat_result) -> None:
    """Removes the file unless it was written again meanwhile; then the next scan takes the new content."""
    try:
        current = path.lstat()
    except OSError:
        return
    if (current.st_ino, current.st_size, current.st_mtime_ns) == (seen.st_ino, seen.st_size, seen.st_mtime_ns):
        path.unlink(missing_ok=True)
