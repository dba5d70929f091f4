"""What a file is, by its first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Kind = Literal["pdf", "tiff", "jpeg", "png", "webp", "heic"]

_HEAD = 1024
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")


def sniff(path: Path) -> Kind | None:
    """The kind of `path` by content, or None. ISO 32000 lets a PDF header stand anywhere in the first kilobyte."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "tiff"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "heic"
    return "pdf" if b"%PDF-" in head else None
