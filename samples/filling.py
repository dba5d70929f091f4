"""What people do to a form with a pen: ticks, signatures, handwriting, typing. In millimetres of the page."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.readings import Gray
from ocr.template.model import Box, ChoiceField, CombField, FormField, SignatureField, Template, TickField
from samples.answers import Answer, Answers

Points = NDArray[np.float64]
"""(n, 2) mm, x before y."""
_HAND_FONTS = (
    "/usr/share/fonts/truetype/breip/Breip.ttf",
    "/usr/share/fonts/truetype/fifthhorseman/dkg.ttf",
)
_TYPED_FONTS = (
    "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
_PEN, _PENCIL = 215, 100
_TICK_STYLES = ("v", "x", "x", "slash")
BASELINE_MM = 1.9
"""Typed letters stand this far above the end of their line of the field, clear of the printed rule."""


@dataclass
class Paper:
    """A printed page being written on. `image` is changed in place; `dpi` turns mm into px."""

    image: Gray
    dpi: float
    random_: random.Random

    @property
    def scale(self) -> float:
        return self.dpi / 25.4

    def stroke(self, points: Points, *, width: float = 0.5, darkness: int = _PEN) -> None:
        """Draws a smooth line through `points` with a pen of `width` mm that takes `darkness` of 255 away."""
        fine = smooth(points) * self.scale
        thick = max(1, round(width * self.scale))
        (left, top), (right, bottom) = fine.min(axis=0) - thick - 2, fine.max(axis=0) + thick + 2
        part, origin = self._part(left, top, right, bottom)
        layer = np.zeros_like(part)
        pixels = np.round((fine - origin) * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(layer, [pixels], False, darkness, thick, cv2.LINE_AA, shift=4)
        np.copyto(part, cv2.subtract(part, layer))

    def text(self, text: str, place: tuple[float, float], font: ImageFont.FreeTypeFont, anchor: str) -> None:
        """Draws `text` in dark ink at `place` mm; `anchor` as Pillow means it."""
        x, y = (value * self.scale for value in place)
        left, top, right, bottom = font.getbbox(text, anchor=anchor)
        part, origin = self._part(x + left - 3, y + top - 3, x + right + 3, y + bottom + 3)
        canvas = Image.fromarray(part)
        ImageDraw.Draw(canvas).text((x - origin[0], y - origin[1]), text, font=font, fill=35, anchor=anchor)
        np.copyto(part, np.asarray(canvas))

    def _part(self, left: float, top: float, right: float, bottom: float) -> tuple[Gray, Points]:
        """The part of the image that is about to change, as a view, and its first pixel (x, y)."""
        x, y = max(0, int(left)), max(0, int(top))
        return self.image[y : max(y, int(bottom) + 1), x : max(x, int(right) + 1)], np.array([x, y], dtype=np.float64)


def fill(paper: Paper, template: Template, answers: Answers, sender: int) -> None:
    """Puts every answer that is not printed onto the paper; `sender` fixes how the signature looks."""
    hand, typewriter = paper.random_.choice(_HAND_FONTS), paper.random_.choice(_TYPED_FONTS)
    for name, spec in template.fields.items():
        answer = answers[name]
        if isinstance(spec, ChoiceField | TickField):
            _mark(paper, spec, answer)
        elif isinstance(spec, SignatureField) and answer.value:
            for line, width in signature_lines(spec.box, sender):
                paper.stroke(line, width=width)
        elif answer.writing == "struck":
            _correct(paper, spec, hand)
        elif answer.writing in ("hand", "typed") and isinstance(answer.value, str):
            face = typewriter if answer.writing == "typed" else hand
            _write(paper, spec, answer.value, face, typed=answer.writing == "typed")


def tick_lines(box: Box, style: str, random_: random.Random) -> list[Points]:
    """A v, an x or a slash, sloppy as people are."""
    x, y, w, h = box

    def at(across: float, down: float) -> list[float]:
        return [x + w * (across + random_.uniform(-0.08, 0.08)), y + h * (down + random_.uniform(-0.08, 0.08))]

    shapes = {
        "v": [[at(0.1, 0.5), at(0.4, 0.9), at(1.1, -0.1)]],
        "x": [[at(0.05, 0.05), at(0.95, 0.95)], [at(0.95, 0.05), at(0.05, 0.95)]],
        "slash": [[at(0.05, 0.95), at(0.95, 0.05)]],
    }
    return [np.array(line) for line in shapes[style]]


def signature_lines(box: Box, sender: int) -> list[tuple[Points, float]]:
    """Loops that belong to one person, because `sender` does; each with its width in mm."""
    own = random.Random(sender)
    x, y, w, h = box
    length = w * own.uniform(0.45, 0.75)
    count = own.randint(9, 15)
    points = [
        [x + w * 0.08 + length * n / count + own.uniform(-2.5, 1.5), y + h * (0.5 + own.uniform(-0.38, 0.36))]
        for n in range(count)
    ]
    capital = [points[0], [x + w * 0.2, y + h * 0.1], [x + w * 0.15, y + h * 0.9]]
    return [(np.array(points), own.uniform(0.4, 0.6)), (np.array(capital), 0.45)]


def smooth(points: Points) -> Points:
    """Catmull-Rom spline through the points."""
    if len(points) < 3:
        return points
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        t = np.linspace(0, 1, 14)[:, None]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack(pieces)


def _mark(paper: Paper, spec: ChoiceField | TickField, answer: Answer) -> None:
    if isinstance(spec, TickField):
        chosen = [spec.box] if answer.value else []
        over: list[Box] = []
    else:
        assert isinstance(answer.value, list)
        chosen = [spec.options[option].box for option in answer.value]
        over = [spec.options[option].box for option in answer.over]
    for box in (*chosen, *over):
        width = 0.35 if answer.pencil else paper.random_.uniform(0.45, 0.65)
        darkness = paper.random_.randint(_PENCIL - 20, _PENCIL + 20) if answer.pencil else _PEN
        for line in tick_lines(box, paper.random_.choice(_TICK_STYLES), paper.random_):
            paper.stroke(line, width=width, darkness=darkness)
    for box in over:
        _scribble_out(paper, box)


def _scribble_out(paper: Paper, box: Box) -> None:
    """To and fro over the whole box, as one takes a tick back: thoroughly or in a hurry."""
    x, y, w, h = box
    jitter = paper.random_.uniform
    passes, width = paper.random_.randint(10, 17), jitter(0.45, 0.65)
    points = [
        [x - 0.4 + jitter(-0.2, 0.2) + (w + 0.8) * (n % 2), y - 0.2 + (h + 0.4) * n / passes + jitter(-0.1, 0.1)]
        for n in range(passes + 1)
    ]
    for ends in itertools.pairwise(points):
        paper.stroke(np.array(ends), width=width, darkness=235)


def _correct(paper: Paper, spec: FormField, face: str) -> None:
    """The print struck out, and somebody else's name beside it."""
    x, y, _, h = spec.box  # type: ignore[union-attr]
    ends = [[x - 1, y + h * 0.55], [x + 20, y + h * 0.5], [x + 42, y + h * 0.45]]
    paper.stroke(np.array(ends), width=0.5)
    paper.text("Gunnel Nytorp", (x + 48, y + h * 0.5), _font(face, int(6.5 * paper.scale)), "lm")


def _write(paper: Paper, spec: FormField, text: str, face: str, *, typed: bool) -> None:
    if isinstance(spec, CombField):
        _write_cells(paper, spec, text, face, typed=typed)
        return
    x, y, w, h = spec.box  # type: ignore[union-attr]
    lines = getattr(spec, "lines", 1)
    size = 4.0 if typed else min(h / lines * 0.8, 6.5)
    for number, line in enumerate(text.split("\n")):
        font = _fitting(face, line, size * paper.scale, w * paper.scale * 0.96)
        drift = 0.0 if typed else paper.random_.uniform(-0.4, 0.3)
        paper.text(line, (x + 1, y + (number + 1) * h / lines - BASELINE_MM + drift), font, "ls")


def _write_cells(paper: Paper, spec: CombField, text: str, face: str, *, typed: bool) -> None:
    x, y, w, h = spec.box
    pitch, jitter = w / spec.cells, 0.0 if typed else 0.35
    font = _font(face, int((4.0 if typed else 5.6) * paper.scale))
    for cell, character in enumerate(text[: spec.cells]):
        across = x + (cell + 0.5) * pitch + paper.random_.uniform(-jitter, jitter)
        down = y + h * 0.5 + paper.random_.uniform(-jitter, jitter)
        paper.text(character, (across, down), font, "mm")


def _fitting(face: str, text: str, size: float, width: float) -> ImageFont.FreeTypeFont:
    font = _font(face, int(size))
    while font.getlength(text) > width and font.size > 8:
        font = _font(face, int(font.size * 0.92))
    return font


def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(path, size)
    except OSError as error:
        raise SystemExit(f"{path} is missing; ./replyflow installs it (packages/debian.txt)") from error
