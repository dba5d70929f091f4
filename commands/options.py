"""What every command is told before its own options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The global options; a command finds them in `ctx.obj`. `data` is absolute."""

    data: Path
