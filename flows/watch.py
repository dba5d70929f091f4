"""The inbox: which files have arrived whole, and from which channel and partner."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cases.channels import Channel, channel_of
from cases.names import clean_name

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".lock", "~")
# a scanner or share may make a file some seconds before its first byte
_EMPTY_WAITS = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """What lies still in the inbox, be it a file or something that is to be refused.

    `channel` and `partner` come from the folders above it.
    """

    path: Path
    channel: Channel
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
    changed for `stability_s` seconds (an empty one: five times as long). Links and pipes are never followed or opened
    here; they and folders that may not be listed become ready like files, so that somebody is told.
    """
    now = time.monotonic() if now is None else now
    seen: Sightings = {}
    ready = []
    for path, status in _files(inbox):
        state = (status.st_size, status.st_mtime_ns, status.st_ino)
        old = before.get(path)
        since = old.since if old and (old.size, old.mtime_ns, old.inode) == state else now
        seen[path] = Seen(*state, since)
        wait = stability_s * (1 if status.st_size else _EMPTY_WAITS)
        if old and now - since >= wait:
            ready.append(Arrival(path, *origin_of(path.relative_to(inbox))))
    return ready, seen


def origin_of(relative: Path) -> tuple[Channel, str | None]:
    """Channel and partner that the folders of a path below the inbox name.

    Any other folder is somebody's own order and may name a person: it counts as paper.
    """
    folders = relative.parts[:-1]
    channel = channel_of(folders[0]) if folders else None
    if channel is None:
        return "paper", None
    return channel, clean_name(folders[1]) if channel == "partner" and len(folders) > 1 else None


def waits(name: str) -> bool:
    """Whether a name says that somebody is still writing the file, or hides it."""
    return name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except PermissionError:
        yield folder, folder.lstat()
        return
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
        else:
            yield Path(entry.path), status
