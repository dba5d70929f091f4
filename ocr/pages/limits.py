"""How much of a file we are willing to open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a page image (px), a file (pages, bytes) may be.

    `pixels` is for gray, 1-bit and colour pictures (an A3 page at 600 dpi has 70 million), `dear_pixels` for those with
    transparency or more than 8 bits, which take many times the memory while they are converted.
    """

    pixels: int = 110_000_000
    dear_pixels: int = 30_000_000
    pages: int = 2000
    file_bytes: int = 500_000_000
