"""The inbox: which files have arrived whole, and from which channel and partner."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".lock", "~")
_DEFAULT_CHANNEL = "paper"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that has stopped growing. `channel` and `partner` come from the folders above it."""

    path: Path
    channel: str
    partner: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last look saw of a file: bytes, mtime and inode, and since when (monotonic s) it is so."""

    size: int
    mtime_ns: int
    inode: int
    since: float


Sightings = dict[Path, Seen]


def look(
    inbox: Path, before: Sightings, stability_s: float, now: float | None = None
) -> tuple[list[Arrival], Sightings]:
    """One look into `inbox`: what is ready, and what was seen (to be handed to the next look).

    Polling, because network shares give no change events. A file is ready when size, mtime and inode have not
    changed for `stability_s` seconds. Links, pipes and sockets are never followed or opened.
    """
    now = time.monotonic() if now is None else now
    seen: Sightings = {}
    ready = []
    for path, status in _files(inbox):
        state = (status.st_size, status.st_mtime_ns, status.st_ino)
        old = before.get(path)
        since = old.since if old and (old.size, old.mtime_ns, old.inode) == state else now
        seen[path] = Seen(*state, since)
        if old and now - since >= stability_s:
            ready.append(Arrival(path, *origin_of(path.relative_to(inbox))))
    return ready, seen


def origin_of(relative: Path) -> tuple[str, str | None]:
    """Channel and partner that the folders of a path below the inbox name."""
    folders = relative.parts[:-1]
    if not folders:
        return _DEFAULT_CHANNEL, None
    return folders[0].lower(), folders[1] if folders[0].lower() == "partner" and len(folders) > 1 else None


def waits(name: str) -> bool:
    """Whether a name says that somebody is still writing the file, or hides it."""
    return name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # the folder went away between two looks
    for entry in entries:
        if waits(entry.name):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _files(Path(entry.path))
        elif stat.S_ISREG(status.st_mode):
            yield Path(entry.path), status
