"""Matrix codes read at their known place, module by module: what a pen, a fold or a blob has left of them.

The patterns that every code of a size shares (finders, timing) say which size it is and where it lies to a pixel; each
other module is sampled where it must be, the shared ones are drawn anew, and zxing decodes the clean picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ocr.codes.finding import FORMATS, FoundCode, Point
from ocr.readings import Gray

_SIZES = {"qr": range(21, 42, 4), "datamatrix": range(14, 27, 2)}
"""Modules across: QR versions 1 to 6, Data Matrix of one region. Smaller ones correct too little to be believed here,
larger ones have patterns inside."""
_WEAK = (21, 25)
"""Sizes of QR codes whose lowest level corrects so little that chance could make a text."""
_OFF_MM = 0.7
_COARSE_PX = 2
_SCALES, _FINE_SCALES = (0.98, 1.0, 1.02), (-0.01, 0.0, 0.01)
_LEAST_BLURRED, _LEAST_FIT, _NEAR_BEST = 0.15, 0.3, 0.8
"""How far apart the dark and the light modules of the shared patterns must lie, as they are and sharpened, and as a
part of the best size's."""
_SHARPER = (0.0, 4.0, 8.0)
_SHARES = (0.5, 0.8, 0.95)
"""The sampled pixel of a module: the median, and lighter ones, which a pen across a light module has left."""
_LEVELS = (0.5, 0.3, 0.15)
"""How far from dark to light a module may be to count as dark; a pen's ink is lighter than toner."""
_FINE, _INSIDE = 9, 0.76
_CLEAN_PX, _QUIET = 4, 4

Pattern = NDArray[np.int8]
"""(modules, modules): 1 where every code of this size is dark, -1 where it is light, 0 where it carries data."""
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a code lies in a crop: its first edges and its module in px, and how well its pattern fits (0..1)."""

    left: float
    top: float
    module: float
    fit: float = -1.0


def read_grid(crop: Gray, margin: float, px_per_mm: float, kind: str) -> FoundCode | None:
    """The ``qr`` or ``datamatrix`` code that fills an upright `crop` but for `margin` px on every side, or None.

    The quad is in px of the crop. A wrong text is as rare as the code's own error correction makes it.
    """
    if kind not in _SIZES or min(crop.shape) < 2 * margin + 2 * max(_SIZES[kind]):
        return None
    light, reach = _lightness(crop), round(_OFF_MM * px_per_mm)
    sizes: Sequence[int] = _SIZES[kind]
    for amount in _SHARPER:
        fits = {size: _fitted(light, margin, reach, _pattern(kind, size), amount) for size in sizes}
        best = max((place.fit for place in fits.values()), default=-1.0)
        # a blurred code shows its size only when sharpened, and then the sizes far from it need not be looked at again
        sizes = [size for size in sizes if fits[size].fit >= _NEAR_BEST * best]
        if best < (_LEAST_FIT if amount else _LEAST_BLURRED):
            return None
        for size in sizes:
            if (text := _read(light, fits[size], kind, size, amount)) is not None:
                return FoundCode(kind, text, _quad(fits[size], size))
    return None


def _lightness(crop: Gray) -> Shares:
    """Each pixel as a share of the paper around it, so that shadows, stains and fading weigh less."""
    small = cv2.resize(crop, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.dilate(small, np.ones((13, 13), np.uint8)), (7, 7))
    paper = cv2.resize(paper, (crop.shape[1], crop.shape[0])).astype(np.float32)
    return np.asarray(np.minimum(crop / np.maximum(paper, 24), 1.0), dtype=np.float32)


def _sharpened(light: Shares, module: float, amount: float) -> Shares:
    if not amount:
        return light
    edges = cv2.GaussianBlur(light, (0, 0), 0.25 * module) - cv2.GaussianBlur(light, (0, 0), 0.5 * module)
    return np.asarray(light + amount * edges, dtype=np.float32)


def _fitted(light: Shares, margin: float, reach: int, pattern: Pattern, amount: float) -> _Place:
    """The place near the expected one where the shared patterns stand out most."""
    size = len(pattern)
    module = (light.shape[1] - 2 * margin) / size
    # a mean over a module is highest exactly on the module
    side = max(3, round(0.8 * module))
    soft = np.asarray(cv2.blur(_sharpened(light, module, amount), (side, side)), dtype=np.float32)
    coarse = np.arange(-reach, reach + 1, _COARSE_PX)
    best = _Place(margin, margin, module)
    for scale in _SCALES:
        first = margin - size * module * (scale - 1) / 2
        best = _better(best, soft, pattern, _Place(first, first, module * scale), coarse)
    for more in _FINE_SCALES:
        grown = size * module * more / 2
        near = _Place(best.left - grown, best.top - grown, best.module + module * more)
        best = _better(best, soft, pattern, near, np.arange(-1, 2))
    return best


def _better(best: _Place, soft: Shares, pattern: Pattern, near: _Place, shifts: NDArray[np.intp]) -> _Place:
    """The best of the places around `near`, or `best` when none fits better."""
    rows, columns = np.nonzero(pattern)
    dark = pattern[rows, columns] > 0
    weights = np.where(dark, -1 / dark.sum(), 1 / (~dark).sum()).astype(np.float32)
    y, x = (
        np.clip(np.round(first + (at + 0.5) * near.module - 0.5).astype(int) + shifts[:, None], 0, length - 1)
        for first, at, length in ((near.top, rows, soft.shape[0]), (near.left, columns, soft.shape[1]))
    )
    fits = soft[y[:, None], x[None]] @ weights
    down, across = np.unravel_index(int(fits.argmax()), fits.shape)
    fit = float(fits[down, across])
    if fit <= best.fit:
        return best
    return _Place(near.left + float(shifts[across]), near.top + float(shifts[down]), near.module, fit)


def _read(light: Shares, place: _Place, kind: str, size: int, amount: float) -> str | None:
    """The text by the first way of sampling whose modules zxing can correct."""
    pattern = _pattern(kind, size)
    for modules in _sampled(_sharpened(light, place.module, amount), place, pattern):
        if (text := _decoded(modules, kind)) is not None:
            return text
    return None


def _sampled(light: Shares, place: _Place, pattern: Pattern) -> Iterator[NDArray[np.bool_]]:
    """The dark modules, by each way of sampling; the shared ones are as they must be."""
    size = len(pattern)
    spread = np.linspace(0.5 - _INSIDE / 2, 0.5 + _INSIDE / 2, _FINE)
    inner = (np.arange(size)[:, None] + spread).ravel() * place.module - 0.5
    x, y = np.meshgrid((place.left + inner).astype(np.float32), (place.top + inner).astype(np.float32))
    pixels = cv2.remap(light, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ordered = np.sort(pixels.reshape(size, _FINE, size, _FINE).swapaxes(1, 2).reshape(size, size, -1), axis=2)
    for share in _SHARES:
        values = ordered[:, :, int(share * (_FINE * _FINE - 1))]
        dark, bright = np.median(values[pattern > 0]), np.median(values[pattern < 0])
        for level in _LEVELS:
            yield np.where(pattern == 0, values < dark + level * (bright - dark), pattern > 0)


def _decoded(modules: NDArray[np.bool_], kind: str) -> str | None:
    picture = np.pad(np.where(modules, 0, 255).astype(np.uint8), _QUIET, constant_values=255)
    picture = np.kron(picture, np.ones((_CLEAN_PX, _CLEAN_PX), np.uint8))
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats([FORMATS[kind]]),
        is_pure=True,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    if not found or not found[0].valid or not found[0].text:
        return None
    weak = kind == "qr" and len(modules) in _WEAK and found[0].ec_level == "L"
    return None if weak else found[0].text


def _quad(place: _Place, size: int) -> tuple[Point, Point, Point, Point]:
    right, bottom = (start + size * place.module for start in (place.left, place.top))
    return (place.left, place.top), (right, place.top), (right, bottom), (place.left, bottom)


@cache
def _pattern(kind: str, size: int) -> Pattern:
    return _qr(size) if kind == "qr" else _datamatrix(size)


def _qr(size: int) -> Pattern:
    """ISO/IEC 18004: finders with their white edges, timing, and from version 2 on one alignment pattern."""
    pattern = np.zeros((size, size), np.int8)
    alternating = np.where(np.arange(size) % 2, -1, 1)
    pattern[6], pattern[:, 6] = alternating, alternating
    finder = np.full((9, 9), -1, np.int8)
    finder[1:8, 1:8], finder[2:7, 2:7], finder[3:6, 3:6] = 1, -1, 1
    pattern[:8, :8], pattern[:8, -8:], pattern[-8:, :8] = finder[1:, 1:], finder[1:, :8], finder[:8, 1:]
    pattern[size - 8, 8] = 1
    if size > 21:
        aligning = np.ones((5, 5), np.int8)
        aligning[1:4, 1:4], aligning[2, 2] = -1, 1
        pattern[-9:-4, -9:-4] = aligning
    return pattern


def _datamatrix(size: int) -> Pattern:
    """ISO/IEC 16022: solid at the left and below, alternating above and at the right."""
    pattern = np.zeros((size, size), np.int8)
    alternating = np.where(np.arange(size) % 2, -1, 1)
    pattern[0], pattern[:, -1] = alternating, -alternating
    pattern[:, 0], pattern[-1] = 1, 1
    return pattern
