"""Pictures: TIFF (any compression Pillow or OpenCV reads), JPEG, PNG, WebP, HEIC."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, ImageSequence

from ocr.page import Page, Unreadable
from ocr.pages.limits import Limits
from ocr.readings import Gray

_MAX_DPI = 2400.0


def count(path: Path, shown: str) -> int | Unreadable:
    """The number of frames, from the directory alone."""
    try:
        with _open(path) as image:
            return sum(1 for _ in ImageSequence.Iterator(image)) if image.format == "TIFF" else 1
    except Exception as error:  # Pillow's decoders raise nearly everything on hostile files
        return _broken(shown, 0, error)


def pages(path: Path, shown: str, numbers: Sequence[int], limits: Limits) -> Iterator[Page | Unreadable]:
    """The frames `numbers` (from 1), upright by their EXIF orientation, as gray."""
    for number in numbers:
        try:
            yield _page(path, shown, number, limits)
        except Exception as error:
            yield _second_try(path, shown, number, limits, error)


def _page(path: Path, shown: str, number: int, limits: Limits) -> Page | Unreadable:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _open(path) as image:
            image.seek(number - 1)
            width, height = image.size
            if width * height > _allowed(image, limits):
                return _too_many_pixels(shown, number, width, height, _allowed(image, limits))
            image.draft("L", image.size)
            dpi = _dpi(image)
            return Page(shown, number, to_gray(ImageOps.exif_transpose(image)), dpi)


def _allowed(image: Image.Image, limits: Limits) -> int:
    dear = image.mode.startswith(("I", "F")) or "A" in image.mode or "transparency" in image.info
    return limits.dear_pixels if dear else limits.pixels


def to_gray(image: Image.Image) -> Gray:
    """Any Pillow mode to (h, w) uint8; transparency lies on white, 16-bit values are scaled down."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        top = max(float(values.max(initial=1.0)), 1.0)
        scale = 65535.0 if top > 255 else 255.0
        return np.clip(values * (255.0 / scale), 0, 255).astype(np.uint8)
    if "A" in image.mode or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return np.ascontiguousarray(np.asarray(image.convert("L"), dtype=np.uint8))


def _second_try(path: Path, shown: str, number: int, limits: Limits, error: Exception) -> Page | Unreadable:
    """OpenCV reads a few compressions that Pillow does not; it must not be asked about sizes it cannot refuse."""
    try:
        with _open(path) as image:
            image.seek(number - 1)
            if image.size[0] * image.size[1] > limits.pixels or _is_truncated(error):
                return _broken(shown, number, error)
        _quiet_opencv()
        found, frames = cv2.imreadmulti(str(path), start=number - 1, count=1, flags=cv2.IMREAD_GRAYSCALE)
    except Exception:
        return _broken(shown, number, error)
    if not found or not frames:
        return _broken(shown, number, error)
    return Page(shown, number, np.asarray(frames[0], dtype=np.uint8))


def _open(path: Path) -> Image.Image:
    _register_heif()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked from the header, before any pixel is decoded
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(path)


@cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()


@cache
def _quiet_opencv() -> None:
    """OpenCV writes file names and decoder errors to stderr; what a person needs to know is in `Unreadable`."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 1 < across < _MAX_DPI and 1 < down < _MAX_DPI else None


def _is_truncated(error: Exception) -> bool:
    return "truncated" in str(error).lower() or isinstance(error, EOFError)


def _too_many_pixels(shown: str, number: int, width: int, height: int, allowed: int) -> Unreadable:
    millions = allowed // 1_000_000
    return Unreadable(
        shown, number, "too-large",
        f"The picture has {width} x {height} pixels; more than {millions} million are not opened. Scan at 300 dpi.",
    )  # fmt: skip


def _broken(shown: str, number: int, error: Exception) -> Unreadable:
    if _is_truncated(error):
        return Unreadable(shown, number, "truncated", "The picture ends in the middle. Copy or scan it again.")
    return Unreadable(shown, number, "broken", "The picture is damaged and cannot be opened. Scan it again.")
