"""Who works on a batch, so that the work of a process that died is taken up at once, not when its lease ends."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def owner_here() -> str:
    """The name of this process, unlike that of any other: place, process number, when it started."""
    return f"{_place() or socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def has_died(owner: str) -> bool:
    """Whether `owner` ran here and is gone; False where that cannot be known, as on another machine."""
    place, _, process = owner.partition(":")
    number, _, started = process.partition(":")
    if place != _place() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # the number may have been given to another process meanwhile
    return _started(int(number)) != started


def _place() -> str | None:
    """This start of this machine and this container's own numbering of processes; None where Linux does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return None


def _started(number: int) -> str:
    """Clock ticks from the start of the machine to that of the process; empty where they cannot be seen."""
    try:
        status = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return status.rpartition(")")[2].split()[19]
