"""A file becomes a document: stored, inserted with its event, and only then taken from the inbox."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from cases import ledger
from cases.clock import now
from cases.models import Document
from cases.names import clean_name
from cases.settings import Settings

# some network shares call every file open: one that has not changed for so long is taken all the same
_RECENT_S = 60
_WHO = ledger.machine("intake")


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

    @property
    def passes(self) -> bool:
        """Whether it settles by itself in a moment, so that nobody needs to be told."""
        return self.code in ("gone", "being-written")


_GONE = Refused("gone", "The file is no longer there.")
_WRITTEN = Refused("being-written", "Another program is still writing the file.")
_SHUT = Refused("cannot-open", "The file cannot be opened. Check that it may be read.")
_STAYS = Refused("cannot-remove", "The file was taken in, but cannot be removed from the inbox. Remove it by hand.")
_LINK = Refused("link", "This is a link. Copy the file itself into the inbox.")
_ODD = Refused("not-a-file", "This is not an ordinary file.")
_SHUT_FOLDER = Refused("closed-folder", "This folder cannot be opened. Check that it may be read.")
_OUTSIDE = Refused("outside", "The file lies outside the watched folder. Copy it into the inbox.")


def take_in(
    session: Session,
    settings: Settings,
    path: Path,
    *,
    root: Path,
    channel: str,
    partner: str | None = None,
    keep: bool = False,
    name: str | None = None,
    by: str | None = None,
) -> Taken | Duplicate | Refused:
    """Takes in one file below `root` and commits; never waits for a file and never follows a link.

    `keep` leaves the original in place, as for files named on a command line; `name` is what the sender calls a file
    that lies here under another name, `by` the login of the person who uploaded it.
    """
    opened = _refusal(path, root) or _open(path)
    if isinstance(opened, Refused):
        return opened
    with os.fdopen(opened, "rb") as source:
        seen = os.fstat(opened)
        if not stat.S_ISREG(seen.st_mode):
            return _ODD
        if not keep and abs(time.time() - seen.st_mtime) < _RECENT_S and _is_being_written(opened):
            return _WRITTEN
        try:
            sha256, size = settings.store.put_stream(source)
        except OSError as error:
            what = os.strerror(error.errno or errno.EIO)
            return Refused("cannot-store", f"The file could not be copied: {what}. It is tried again.")
    outcome = _insert(session, sha256, size, clean_name(name or path.name), channel, partner, by)
    return outcome if keep or _leave_inbox(path, seen) else _STAYS


def _refusal(path: Path, root: Path) -> Refused | None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return _GONE
    if stat.S_ISDIR(mode):
        return _SHUT_FOLDER
    if not path.parent.resolve().is_relative_to(root.resolve()):
        return _OUTSIDE
    if stat.S_ISLNK(mode):
        return _LINK
    return None if stat.S_ISREG(mode) else _ODD


def _open(path: Path) -> int | Refused:
    """A descriptor. Earlier checks could be outrun: here the system refuses a link and does not wait for a pipe."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return _GONE
    except OSError:
        return _SHUT


def _is_being_written(descriptor: int) -> bool:
    """Whether a program of this machine has the file open for writing; False where the file system cannot tell."""
    try:
        # a writer that comes in this very instant makes the system send a signal; this one is ignored by itself
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def _insert(
    session: Session, sha256: str, size: int, name: str, channel: str, partner: str | None, by: str | None
) -> Taken | Duplicate:
    source = f"{channel}/{partner}" if partner else channel
    chain, who = ledger.intake_chain(source), ledger.by_person(by) if by else _WHO
    ledger.lock(session, chain)
    known = session.exec(select(Document).where(Document.sha256 == sha256)).first()
    if known is not None and known.id is not None:
        if known.name != name:
            ledger.record(session, "intake:document:duplicate", known.id, {"sha256": sha256}, chain=chain, who=who)
        session.commit()
        return Duplicate(known.id, sha256)
    document = Document(
        sha256=sha256, name=name, bytes=size, channel=channel, partner=partner, source=source, received_at=now()
    )
    session.add(document)
    try:
        session.flush()
        assert document.id is not None
        facts = {"sha256": sha256, "bytes": size, "source": source}
        ledger.record(session, "intake:document:received", document.id, facts, chain=chain, who=who)
        session.commit()
    except IntegrityError:
        session.rollback()
        return _insert(session, sha256, size, name, channel, partner, by)
    return Taken(document.id, sha256)


def _leave_inbox(path: Path, seen: os.stat_result) -> bool:
    """Removes the file unless it was written again meanwhile: then the next look takes the new content.

    False if it may not be removed.
    """
    try:
        current = path.lstat()
        if (current.st_ino, current.st_size, current.st_mtime_ns) == (seen.st_ino, seen.st_size, seen.st_mtime_ns):
            path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
