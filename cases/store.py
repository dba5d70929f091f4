"""Files under DATA/store, named by the SHA-256 of their bytes: ``ab/cdef...``. Written once, never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20


def path_of(data: Path, sha256: str) -> Path:
    """Where the file with this hash lies, or would lie."""
    return data / "store" / sha256[:2] / sha256[2:]


def scratch(data: Path) -> Path:
    """The folder for files that are still being made; what is left there is swept away."""
    folder = data / "store" / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def put_stream(data: Path, source: BinaryIO) -> tuple[str, int]:
    """Stores the bytes of `source`; their hash and how many. Durable when it returns; safe to repeat."""
    digest, size = hashlib.sha256(), 0
    descriptor, name = tempfile.mkstemp(dir=scratch(data))
    try:
        with os.fdopen(descriptor, "wb") as target:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        _place(Path(name), path_of(data, digest.hexdigest()))
    finally:
        Path(name).unlink(missing_ok=True)
    return digest.hexdigest(), size


def put_bytes(data: Path, content: bytes) -> str:
    """Stores what can be made again (crops), without waiting for the disk; its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    target = path_of(data, sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    return sha256


def sweep_scratch(data: Path, older_than_s: float = 3600) -> int:
    """Removes copies that a killed process left half-made, which may hold personal data; how many."""
    oldest, count = time.time() - older_than_s, 0
    for path in [*scratch(data).glob("*"), *(data / "store").glob("??/tmp*")]:
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _place(half: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        half.chmod(0o440)
        half.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
