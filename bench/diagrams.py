"""Reliability diagrams: how often readings of each confidence are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.certainty.shares import Share, expected_calibration_error, share

_SIDE, _EDGE, _BARS = 420, 64, 70
_INK, _PALE, _LINE, _BAND = "#1f2937", "#d1d5db", "#0b6e6e", "#99d5d5"
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def save_diagram(file: Path, title: str, sure: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
    """Draws a PNG: share right (with its 95 % interval) over mean confidence, in bins of equally many readings.

    Below stands how many readings have each confidence.
    """
    image = Image.new("RGB", (_SIDE + 2 * _EDGE, _SIDE + 2 * _EDGE + _BARS + 24), "white")
    pen = ImageDraw.Draw(image)
    font, small = ImageFont.truetype(_FONT, 17), ImageFont.truetype(_FONT, 12)
    error = expected_calibration_error(sure, right) if len(sure) else 0.0
    pen.text((_EDGE, 20), f"{title}: {len(sure)} readings, ECE {error:.4f}", fill=_INK, font=font)
    _axes(pen, small)
    for bin_ in np.array_split(np.argsort(sure, kind="stable"), 15) if len(sure) else ():
        if len(bin_):
            _point(pen, float(sure[bin_].mean()), share(int(right[bin_].sum()), len(bin_)))
    _histogram(pen, sure, small)
    image.save(file, "PNG")


def _at(x: float, y: float) -> tuple[float, float]:
    """Pixels of a confidence `x` and a share `y`."""
    return _EDGE + x * _SIDE, _EDGE + (1 - y) * _SIDE


def _axes(pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> None:
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        pen.line([_at(tick, 0), _at(tick, 1)], fill=_PALE)
        pen.line([_at(0, tick), _at(1, tick)], fill=_PALE)
        x, y = _at(tick, 0)
        pen.text((x, y + 4), f"{tick:g}", fill=_INK, font=font, anchor="mt")
        pen.text((_EDGE - 6, _at(0, tick)[1]), f"{tick:g}", fill=_INK, font=font, anchor="rm")
    pen.line([_at(0, 0), _at(1, 1)], fill=_INK)
    pen.text((_EDGE + _SIDE, _EDGE + _SIDE + 20), "confidence", fill=_INK, font=font, anchor="rt")
    pen.text((8, _EDGE - 22), "share right", fill=_INK, font=font)


def _point(pen: ImageDraw.ImageDraw, sure: float, right: Share) -> None:
    x, y = _at(sure, right.value)
    pen.line([_at(sure, right.low), _at(sure, right.high)], fill=_BAND, width=4)
    pen.ellipse([x - 4, y - 4, x + 4, y + 4], fill=_LINE)


def _histogram(pen: ImageDraw.ImageDraw, sure: NDArray[np.float64], font: ImageFont.FreeTypeFont) -> None:
    counts, _ = np.histogram(sure, bins=20, range=(0, 1))
    floor = _EDGE + _SIDE + 44 + _BARS
    for n, count in enumerate(counts):
        tall = _BARS * count / max(counts.max(), 1)
        left = _EDGE + n * _SIDE / 20
        pen.rectangle([left + 1, floor - tall, left + _SIDE / 20 - 2, floor], fill=_BAND)
    pen.text(
        (_EDGE, floor + 4), f"readings by confidence; the highest bar holds {int(counts.max())}", fill=_INK, font=font
    )
