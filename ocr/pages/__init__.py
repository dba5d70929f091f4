"""Files to page images: PDF, TIFF, JPEG, PNG, WebP and HEIC, told by their content and never by their name."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from ocr.page import Page, Unreadable
from ocr.pages import pdf, raster
from ocr.pages.limits import Limits
from ocr.pages.sniff import Kind, sniff

__all__ = ["Limits", "count_pages", "open_pages", "shown_name"]

_NO_LIMITS_GIVEN = Limits()


def shown_name(path: Path) -> str:
    """The file's name in valid UTF-8; bytes that are none, as old shares have in names, become U+FFFD."""
    return os.fsencode(path.name).decode(errors="replace")


def count_pages(path: Path, *, name: str | None = None, limits: Limits = _NO_LIMITS_GIVEN) -> int | Unreadable:
    """How many pages `path` has, without decoding any, or why it cannot be opened."""
    shown = name or shown_name(path)
    kind = _admit(path, shown, limits)
    if isinstance(kind, Unreadable):
        return kind
    count = pdf.count(path, shown) if kind == "pdf" else raster.count(path, shown)
    if isinstance(count, int) and count > limits.pages:
        return Unreadable(
            shown,
            0,
            "too-many-pages",
            f"The file has {count} pages; the limit is {limits.pages}. Split it and send the parts.",
        )
    return count


def open_pages(
    path: Path,
    *,
    name: str | None = None,
    wanted: Collection[int] | None = None,
    limits: Limits = _NO_LIMITS_GIVEN,
) -> Iterator[Page | Unreadable]:
    """The pages of `path` in order, one at a time in memory; `wanted` picks page numbers (from 1).

    Bad content never raises: what cannot be opened comes out as `Unreadable`, and the pages after it still follow.
    """
    shown = name or shown_name(path)
    count = count_pages(path, name=shown, limits=limits)
    if isinstance(count, Unreadable):
        yield count
        return
    numbers = [n for n in range(1, count + 1) if wanted is None or n in wanted]
    pages = pdf.pages if sniff(path) == "pdf" else raster.pages
    yield from _timed(pages(path, shown, numbers, limits))


def _timed(pages: Iterator[Page | Unreadable]) -> Iterator[Page | Unreadable]:
    started = time.perf_counter()
    for page in pages:
        ms = (time.perf_counter() - started) * 1000
        yield replace(page, open_ms=ms) if isinstance(page, Page) else page
        started = time.perf_counter()


def _admit(path: Path, shown: str, limits: Limits) -> Kind | Unreadable:
    size = path.stat().st_size
    if size == 0:
        return Unreadable(shown, 0, "empty-file", "The file is empty. Scan the page again.")
    if size > limits.file_bytes:
        megabytes = limits.file_bytes // 1_000_000
        return Unreadable(
            shown, 0, "too-large", f"The file is larger than {megabytes} MB. Split it and send the parts."
        )
    kind = sniff(path)
    if kind is None:
        return Unreadable(
            shown, 0, "not-an-image",
            "The file is neither a PDF nor a picture, whatever its name says. Send PDF, TIFF, JPEG, PNG, WebP or HEIC.",
        )  # fmt: skip
    return kind
