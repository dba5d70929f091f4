"""QR, Data Matrix and 1-D codes with zxing-cpp: cheap looks first, dear ones only when nothing was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from ocr.readings import Gray, PixelBox

FORMATS = {
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
    "ean8": zxingcpp.BarcodeFormat.EAN8,
    "code128": zxingcpp.BarcodeFormat.Code128,
    "code39": zxingcpp.BarcodeFormat.Code39,
    "itf": zxingcpp.BarcodeFormat.ITF,
}
_NAMES = {str(value): name for name, value in FORMATS.items()}
_MATRIX = ("qr", "datamatrix")
_SMALLEST_PX = 8
_LEAST_VOTES = 2
_QUICK = 2
_LARGEST_ENLARGED_PX = 18_000_000
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A decoded code; `quad` are its corners in px of the page, clockwise from its own top left."""

    format: str
    text: str
    quad: tuple[Point, Point, Point, Point]


def find_codes(image: Gray, *, formats: Iterable[str], region: PixelBox | None = None) -> tuple[FoundCode, ...]:
    """The codes of `formats` on the page, or in its `region` (x, y, w, h in px), in page coordinates.

    Matrix codes correct their own errors: the first look that finds any is believed. A 1-D code has one check digit,
    which on ragged scans lets about one wrong text in ten through, so its text must win a vote among several looks.
    """
    names = list(dict.fromkeys(formats))
    part, left, top = _part(image, region)
    if min(part.shape[:2], default=0) < _SMALLEST_PX:
        return ()
    found = _first_found(part, [FORMATS[name] for name in names if name in _MATRIX], _MATRIX_LOOKS)
    found += _elected(part, [FORMATS[name] for name in names if name not in _MATRIX])
    return tuple(_placed(code, left, top) for code in found)


def find_codes_quickly(image: Gray, kind: str, region: PixelBox) -> tuple[FoundCode, ...]:
    """What the two cheapest looks see of a matrix code in the `region`; a 1-D code is looked for as always."""
    part, left, top = _part(image, region)
    if kind not in _MATRIX or min(part.shape[:2], default=0) < _SMALLEST_PX:
        return find_codes(image, formats=[kind], region=region)
    return tuple(_placed(code, left, top) for code in _first_found(part, [FORMATS[kind]], _MATRIX_LOOKS[:_QUICK]))


def _part(image: Gray, region: PixelBox | None) -> tuple[Gray, int, int]:
    """The region's pixels and its first column and row."""
    left, top, width, height = region or (0, 0, image.shape[1], image.shape[0])
    return np.ascontiguousarray(image[top : top + height, left : left + width]), left, top


def _first_found(image: Gray, wanted: list[zxingcpp.BarcodeFormat], looks: tuple[Look, ...]) -> list[FoundCode]:
    return next((found for look in looks if wanted and (found := list(look(image, wanted)))), [])


def _elected(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> list[FoundCode]:
    """Places where 1-D codes were seen, each with the text most looks agree on, twice as many as on another."""
    places: list[list[FoundCode]] = []
    for looks in (_LINEAR_LOOKS, _ENLARGED_LOOKS) if wanted else ():
        for look in looks:
            _gather(places, look(image, wanted))
        if winners := [winner for place in places if (winner := _winner(place)) is not None]:
            return winners
    return []


def _gather(places: list[list[FoundCode]], seen: Iterator[FoundCode]) -> None:
    for code in seen:
        place = next((place for place in places if _overlap(place[0], code)), None)
        if place is None:
            places.append([code])
        else:
            place.append(code)


def _winner(place: list[FoundCode]) -> FoundCode | None:
    ranks = Counter(code.text for code in place).most_common(2)
    best = ranks[0][1]
    second = ranks[1][1] if len(ranks) > 1 else 0
    if best < _LEAST_VOTES or best < 2 * second:
        return None
    return next(code for code in place if code.text == ranks[0][0])


def _overlap(one: FoundCode, other: FoundCode) -> bool:
    """Whether the hulls touch; a 1-D scan line may be a single row high, so heights get a margin."""
    hulls = []
    for code in (one, other):
        xs, ys = [x for x, _ in code.quad], [y for _, y in code.quad]
        hulls.append((min(xs) - 20, max(xs) + 20, min(ys) - 20, max(ys) + 20))
    a, b = hulls
    return a[0] <= b[1] and b[0] <= a[1] and a[2] <= b[3] and b[2] <= a[3]


Look = Callable[[Gray, list[zxingcpp.BarcodeFormat]], Iterator[FoundCode]]


def _decode(
    image: Gray, wanted: list[zxingcpp.BarcodeFormat], scale: float, binarizer: zxingcpp.Binarizer
) -> Iterator[FoundCode]:
    # plain: control characters as they are, not spelt out for people
    found = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats(wanted), binarizer=binarizer, text_mode=zxingcpp.TextMode.Plain
    )
    for code in found:
        position = code.position
        corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
        # pixel centres, not corners, keep their place when an image is scaled
        a, b, c, d = (((p.x + 0.5) / scale - 0.5, (p.y + 0.5) / scale - 0.5) for p in corners)
        yield FoundCode(_NAMES.get(str(code.format), str(code.format).lower()), code.text, (a, b, c, d))


def _at_half_size(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
    half = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return _decode(half, wanted, 0.5, zxingcpp.Binarizer.LocalAverage)


def _at_full_size(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
    return _decode(image, wanted, 1.0, zxingcpp.Binarizer.LocalAverage)


def _with_global_threshold(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
    return _decode(image, wanted, 1.0, zxingcpp.Binarizer.GlobalHistogram)


def _without_speckle(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
    return _decode(np.asarray(cv2.medianBlur(image, 5), dtype=np.uint8), wanted, 1.0, zxingcpp.Binarizer.LocalAverage)


def _thinned(pixels: int) -> Look:
    """Scanned or copied bars grow into each other; a few white pixels around them bring the gaps back."""
    kernel = np.ones((pixels, pixels), np.uint8)

    def look(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
        return _decode(
            np.asarray(cv2.dilate(image, kernel), dtype=np.uint8),
            wanted,
            1.0,
            zxingcpp.Binarizer.LocalAverage,
        )

    return look


def _thinned_at_half_size(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
    return _at_half_size(np.asarray(cv2.dilate(image, np.ones((3, 3), np.uint8)), dtype=np.uint8), wanted)


def _enlarged(scale: float, thinning: int) -> Look:
    """Bars of 200 dpi scans are two pixels wide; enlarging gives the thinning something to work on."""
    kernel = np.ones((thinning, thinning), np.uint8)

    def look(image: Gray, wanted: list[zxingcpp.BarcodeFormat]) -> Iterator[FoundCode]:
        if image.size * scale * scale > _LARGEST_ENLARGED_PX:
            return iter(())
        large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        thin = np.asarray(cv2.dilate(large, kernel), dtype=np.uint8)
        return _decode(thin, wanted, scale, zxingcpp.Binarizer.LocalAverage)

    return look


_MATRIX_LOOKS: tuple[Look, ...] = (_at_half_size, _at_full_size, _with_global_threshold, _without_speckle)
_LINEAR_LOOKS: tuple[Look, ...] = (
    _at_full_size,
    _at_half_size,
    _thinned(2),
    _thinned(3),
    _thinned_at_half_size,
)

_ENLARGED_LOOKS: tuple[Look, ...] = tuple(_enlarged(scale, n) for scale in (1.5, 2.0) for n in (1, 2, 3, 4))


def _placed(code: FoundCode, left: int, top: int) -> FoundCode:
    a, b, c, d = ((x + left, y + top) for x, y in code.quad)
    return FoundCode(code.format, code.text, (a, b, c, d))
