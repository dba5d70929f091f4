"""One page image, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.readings import Gray


@dataclass(frozen=True, slots=True)
class Page:
    """A page as scanned. `file` is the name shown to people, `number` counts from 1, `image` is (h, w) uint8 gray.

    `dpi` is what the file claims (horizontal, vertical), or None; scanners lie, so readers use it as a hint only.
    `open_ms` is the wall time of decoding, in milliseconds.
    """

    file: str
    number: int
    image: Gray
    dpi: tuple[float, float] | None = None
    open_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file (`number` 0) or one of its pages that cannot be opened, with a sentence for the person who dropped it.

    `code` is a stable id such as ``empty-file``, ``encrypted-pdf``, ``truncated``, ``too-large``, ``not-an-image``.
    """

    file: str
    number: int
    code: str
    reason: str
