"""Characters that no source has: of handwriting fonts, of a simulated pen, and accents put on real letters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.handprint.classes import CHARACTERS
from training.glyphs import Glyph, Ink, Part, boxed

HANDS = (
    "Domestic_Manners", "dkg", "dkgIt", "dkgBd", "breipfont", "femkeklaver", "BecauseWeBuild-Regular",
    "BecauseWeLearn-Regular", "BecauseWeOrganize-Regular", "BecauseWeMentor-Regular", "BecauseWeConnect-Regular",
    "BecauseWeCreate-Regular", "Humor-Sans", "KleeOne-Regular", "kiloji", "setofont", "YuseiMagic-Regular",
    "TomsonTalks", "Rufscript010", "SteveHand", "Purisa", "ComicNeue-Light", "Ecolier-court", "Jura-Light", "OSP-DIN",
)  # fmt: skip
"""Fonts drawn or traced by hand; MODEL_CARD.md names their Debian packages."""
_BASES = {
    "Å": "A°", "Ä": "A:", "Ö": "O:", "Ü": "U:", "É": "E'",
    "å": "a°", "ä": "a:", "ö": "o:", "ü": "u:", "é": "e'",
}  # fmt: skip
_SIZE = 64
Draw = Callable[[NDArray[np.uint8], np.random.Generator], None]


def font_glyphs(folder: Path) -> list[Glyph]:
    """Every character that each handwriting font under `folder` has."""
    files = {file.stem: file for file in folder.rglob("*.[to]tf")}
    return [glyph for name in HANDS if name in files for glyph in _of_font(files[name])]


def _of_font(file: Path) -> list[Glyph]:
    font = ImageFont.truetype(str(file), _SIZE)
    missing = _drawn(font, "\U000f1234")
    glyphs = []
    for character in CHARACTERS:
        ink = _drawn(font, character)
        if min(ink.shape) > 1 and ink.any() and not np.array_equal(ink, missing):
            glyphs.append(Glyph(ink, character, "fonts", file.stem, "train"))
    return glyphs


def _drawn(font: ImageFont.FreeTypeFont, character: str) -> Ink:
    picture = Image.new("L", (4 * _SIZE, 3 * _SIZE))
    ImageDraw.Draw(picture).text((_SIZE, _SIZE // 2), character, fill=255, font=font)
    return boxed(np.asarray(picture))


def with_accent(base: Ink, accent: str, rng: np.random.Generator) -> Ink:
    """A real letter with a ring (°), two dots or dashes (:) or an acute (') above, in about its own pen's width."""
    height, width = base.shape
    room = int(height * rng.uniform(0.3, 0.55))
    side = max(0, int(0.5 * height) - width) // 2 + 2
    ink = np.pad(base, ((room, 0), (side, side)))
    pen = max(1, round(pen_width(base) * rng.uniform(0.8, 1.2)))
    middle, y = ink.shape[1] / 2 + rng.normal(0, 0.06 * width), room * rng.uniform(0.3, 0.6)
    if accent == "°":
        radius = max(2.0, room * rng.uniform(0.22, 0.4))
        axes = (round(radius * rng.uniform(0.8, 1.3)), round(radius))
        start = rng.uniform(0, 360)
        cv2.ellipse(ink, (round(middle), round(y)), axes, 0.0, start, start + rng.uniform(300, 380), 255, pen)
    elif accent == ":":
        gap, length = height * rng.uniform(0.1, 0.22), room * rng.uniform(0.0, 0.4)
        lean = rng.uniform(-0.4, 0.5)
        for x in (middle - gap, middle + gap):
            jump = rng.normal(0, 0.05 * height)
            _line(
                ink, (x - lean * length / 2, y + length / 2 + jump), (x + lean * length / 2, y - length / 2 + jump), pen
            )
    else:
        length = room * rng.uniform(0.4, 0.8)
        _line(ink, (middle - length / 2, y + length / 2), (middle + length / 2, y - length / 3), pen)
    return boxed(ink)


def accented(bases: dict[str, list[Glyph]], label: str, rng: np.random.Generator) -> Glyph:
    """An accented letter made of a real one, drawn from `bases` by label."""
    letter, accent = accent_of(label)
    glyph = bases[letter][int(rng.integers(len(bases[letter])))]
    return Glyph(with_accent(glyph.ink, accent, rng), label, "composed", glyph.writer, glyph.part)


def accent_of(label: str) -> tuple[str, str]:
    """The letter under the accent, and the accent as `with_accent` takes it."""
    return _BASES[label][0], _BASES[label][1]


def composable() -> tuple[str, ...]:
    return tuple(_BASES)


def pen_width(ink: Ink) -> float:
    """Mean width of the strokes in px: twice the area over the length of the outline."""
    on = (ink > 110).astype(np.uint8)
    outline = int(on.sum()) - int(cv2.erode(on, np.ones((3, 3), np.uint8)).sum())
    return 2.0 * float(on.sum()) / max(outline, 1)


def _line(ink: Ink, start: tuple[float, float], end: tuple[float, float], pen: int) -> None:
    cv2.line(ink, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])), 255, pen, cv2.LINE_AA)


def stroke(
    ink: Ink, points: list[tuple[float, float]], rng: np.random.Generator, pen: int, shake: float = 0.02
) -> None:
    """A smooth stroke of the pen through `points` (0..1 of the picture), each missed by about `shake`."""
    aimed = np.array(points) + rng.normal(0, shake, (len(points), 2))
    knots, steps = np.arange(len(points)), np.linspace(0, len(points) - 1, 12 * len(points))
    curve = np.stack([np.interp(steps, knots, aimed[:, axis]) for axis in (0, 1)], axis=1) * ink.shape[0]
    for axis in (0, 1):
        curve[2:-2, axis] = np.convolve(curve[:, axis], np.ones(5) / 5, "valid")
    cv2.polylines(ink, [np.round(curve * 8).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 3)


_CIRCLE = [(0.5 + 0.45 * float(np.cos(t)), 0.5 + 0.45 * float(np.sin(t))) for t in np.linspace(-0.3, 6.0, 10)]
STROKES: dict[str, list[list[list[tuple[float, float]]]]] = {
    "-": [[[(0.2, 0.5), (0.8, 0.5)]]],
    "_": [[[(0.05, 0.95), (0.95, 0.95)]]],
    ".": [[[(0.5, 0.93), (0.51, 0.95)]]],
    ",": [[[(0.5, 0.88), (0.52, 0.95), (0.45, 1.06)]]],
    "'": [[[(0.5, 0.05), (0.48, 0.2)]]],
    ":": [[[(0.5, 0.45), (0.5, 0.46)], [(0.5, 0.9), (0.5, 0.91)]]],
    "+": [[[(0.2, 0.5), (0.8, 0.5)], [(0.5, 0.2), (0.5, 0.8)]]],
    "/": [[[(0.2, 0.98), (0.8, 0.02)]], [[(0.4, 1.0), (0.62, 0.0)]]],
    "(": [[[(0.62, 0.0), (0.42, 0.3), (0.42, 0.7), (0.62, 1.0)]]],
    ")": [[[(0.38, 0.0), (0.58, 0.3), (0.58, 0.7), (0.38, 1.0)]]],
    "@": [[[(0.66, 0.4), (0.5, 0.34), (0.36, 0.5), (0.48, 0.66), (0.64, 0.52), (0.68, 0.36), (0.66, 0.6), (0.8, 0.66),
            (0.95, 0.45), (0.8, 0.1), (0.4, 0.05), (0.08, 0.35), (0.1, 0.75), (0.4, 0.97), (0.8, 0.92)]]],
    "1": [[[(0.2, 0.45), (0.6, 0.02), (0.6, 1.0)]], [[(0.05, 0.55), (0.6, 0.02), (0.58, 1.0)]],
          [[(0.25, 0.3), (0.55, 0.02), (0.55, 1.0)], [(0.3, 1.0), (0.8, 1.0)]]],
    "7": [[[(0.1, 0.05), (0.85, 0.05), (0.4, 1.0)], [(0.3, 0.5), (0.8, 0.5)]],
          [[(0.12, 0.2), (0.12, 0.05), (0.85, 0.05), (0.45, 0.55), (0.4, 1.0)], [(0.25, 0.52), (0.75, 0.48)]]],
    "I": [[[(0.5, 0.02), (0.5, 0.98)]],
          [[(0.5, 0.02), (0.5, 0.98)], [(0.25, 0.02), (0.75, 0.02)], [(0.25, 0.98), (0.75, 0.98)]]],
    "l": [[[(0.5, 0.02), (0.5, 0.98)]], [[(0.45, 0.02), (0.45, 0.85), (0.65, 0.98)]]],
    "ß": [[[(0.25, 1.2), (0.25, 0.3), (0.5, 0.02), (0.75, 0.2), (0.5, 0.45), (0.82, 0.7), (0.6, 0.97), (0.4, 0.9)]],
          [[(0.3, 1.0), (0.3, 0.25), (0.5, 0.03), (0.72, 0.2), (0.52, 0.42), (0.75, 0.62), (0.7, 0.9), (0.45, 0.95)]]],
}  # fmt: skip
"""Variants of a character as strokes of points (x, y) in a cell of 1 x 1; European 1 and 7 among them."""


def pen_glyph(label: str, rng: np.random.Generator) -> tuple[Ink, float, float]:
    """A character of STROKES: its ink, its share of the cell's height, and where its middle lies in the cell (0..1)."""
    variants = STROKES[label]
    ink = np.zeros((96, 96), np.uint8)
    inner = np.zeros((64, 64), np.uint8)
    pen = int(rng.integers(3, 7))
    for points in variants[int(rng.integers(len(variants)))]:
        stroke(inner, points, rng, pen, 0.035)
    ink[8:72, 16:80] = inner
    rows = np.flatnonzero((ink > 90).any(axis=1))
    size = (rows[-1] - rows[0] + 1) / 64 if len(rows) else 0.1
    middle = ((rows[0] + rows[-1]) / 2 - 8) / 64 if len(rows) else 0.5
    return boxed(ink), size, middle


def part_of(part: Part, glyphs: list[Glyph]) -> list[Glyph]:
    return [glyph for glyph in glyphs if glyph.part == part]
