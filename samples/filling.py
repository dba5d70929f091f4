"""What people do to a form with a pen: ticks, signatures, handwriting. Drawn on the raster, in millimetres."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.readings import Gray
from ocr.template.model import Box

Points = NDArray[np.float64]
_HAND_FONTS = (
    "/usr/share/fonts/truetype/breip/Breip.ttf",
    "/usr/share/fonts/truetype/fifthhorseman/dkg.ttf",
)
TYPED_FONT = "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf"


@dataclass
class Paper:
    """A printed page being written on. `image` is changed in place; `dpi` turns mm into px."""

    image: Gray
    dpi: float
    random_: random.Random

    @property
    def scale(self) -> float:
        return self.dpi / 25.4

    def stroke(self, points: Points, *, width: float = 0.5, darkness: int = 215) -> None:
        """Draws a smooth line through `points` (n, 2) mm with a pen of `width` mm."""
        fine = _smooth(points) * self.scale
        layer = np.zeros_like(self.image)
        pixels = np.round(fine * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(layer, [pixels], False, darkness, max(1, round(width * self.scale)), cv2.LINE_AA, shift=4)
        np.copyto(self.image, cv2.subtract(self.image, layer))

    def write(self, text: str, box: Box, *, typed: bool = False) -> None:
        """Writes a line into the box, by hand or typed, as large as fits."""
        x, y, w, h = box
        path = TYPED_FONT if typed else self.random_.choice(_HAND_FONTS)
        face = _font(path, int((4.2 if typed else min(h * 0.8, 6.5)) * self.scale))
        while face.getlength(text) > w * self.scale * 0.96 and face.size > 8:
            face = _font(path, int(face.size * 0.92))
        canvas = Image.fromarray(self.image)
        place = ((x + 1) * self.scale, (y + h * 0.45) * self.scale)
        ImageDraw.Draw(canvas).text(place, text, font=face, fill=35, anchor="lm")
        np.copyto(self.image, np.asarray(canvas))


def tick(paper: Paper, box: Box, style: str) -> None:
    """A v, an x, a slash or a scribble, sloppy as people are."""
    x, y, w, h = box
    jitter = paper.random_.uniform

    def at(across: float, down: float) -> list[float]:
        return [x + w * (across + jitter(-0.08, 0.08)), y + h * (down + jitter(-0.08, 0.08))]

    shapes = {
        "v": [[at(0.1, 0.5), at(0.4, 0.9), at(1.1, -0.1)]],
        "x": [[at(0.05, 0.05), at(0.95, 0.95)], [at(0.95, 0.05), at(0.05, 0.95)]],
        "slash": [[at(0.05, 0.95), at(0.95, 0.05)]],
        "scribble": [[at(0.1, 0.3), at(0.9, 0.2), at(0.1, 0.5), at(0.9, 0.6), at(0.2, 0.8), at(0.9, 0.9)]],
    }
    width = jitter(0.45, 0.65)
    for line in shapes[style]:
        paper.stroke(np.array(line), width=width)


def fill_over(paper: Paper, box: Box) -> None:
    """A box blacked out: the answer is taken back."""
    x, y, w, h = box
    for step in np.linspace(0.0, 1.0, 12):
        paper.stroke(np.array([[x, y + h * step], [x + w, y + h * step]]), width=0.6, darkness=240)


def sign(paper: Paper, box: Box, seed: int) -> None:
    """A signature: loops that belong to one person, because `seed` does."""
    own = random.Random(seed)
    x, y, w, h = box
    length = w * own.uniform(0.45, 0.75)
    count = own.randint(9, 15)
    points = [
        [x + w * 0.08 + length * n / count + own.uniform(-2.5, 1.5), y + h * (0.5 + own.uniform(-0.38, 0.36))]
        for n in range(count)
    ]
    paper.stroke(np.array(points), width=own.uniform(0.4, 0.6))
    paper.stroke(np.array([points[0], [x + w * 0.2, y + h * 0.1], [x + w * 0.15, y + h * 0.9]]), width=0.45)


def strike(paper: Paper, box: Box, share: float = 0.5) -> None:
    """A line through what is printed in the first `share` of the box."""
    x, y, w, h = box
    paper.stroke(
        np.array([[x - 1, y + h * 0.55], [x + w * share / 2, y + h * 0.5], [x + w * share, y + h * 0.45]]), width=0.5
    )


def _smooth(points: Points) -> Points:
    """Catmull-Rom spline through the points."""
    if len(points) < 3:
        return points
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        t = np.linspace(0, 1, 14)[:, None]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack(pieces)


def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(path, size)
    except OSError as error:
        raise SystemExit(f"{path} is missing; ./replyflow installs it (packages/debian.txt)") from error
