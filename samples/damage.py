"""What happens to a printed code between the printer and the scanner: pens, folds, blobs, coffee. In millimetres."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import cv2
import numpy as np

from ocr.template.model import Box
from samples.filling import Paper

_INK = 215
"""How much of 255 a pen or a blob takes away."""


def damage(paper: Paper, box: Box, kind: str) -> None:
    """Harms the code in `box` (mm) on the paper. Raises KeyError for an unknown kind."""
    _KINDS[kind](paper, box)


def _strokes(count: int) -> Callable[[Paper, Box], None]:
    """A pen across the code, from edge to edge and beyond, as of a signature that runs over it."""

    def draw(paper: Paper, box: Box) -> None:
        x, y, w, h = box
        jitter = paper.random_.uniform
        for _ in range(count):
            turned = paper.random_.random() < 0.5
            a, b, bend = jitter(0.05, 0.95), jitter(0.05, 0.95), jitter(-0.12, 0.12)
            along = [(-0.08, a), (0.5, (a + b) / 2 + bend), (1.08, b)]
            points = [(x + w * (v if turned else u), y + h * (u if turned else v)) for u, v in along]
            paper.stroke(np.array(points), width=jitter(0.35, 0.6), darkness=_INK)

    return draw


def _fold(paper: Paper, box: Box) -> None:
    """A crease from edge to edge: a white crack where toner has come off, dirt beside it."""
    x, y, w, h = box
    jitter = paper.random_.uniform
    a, b = y + h * jitter(0.2, 0.8), y + h * jitter(0.2, 0.8)
    for off, width, darkness in ((0.0, 0.5, -255), (0.45, 0.5, 110)):
        ends = np.array([[x - 1.5, a + off], [x + w + 1.5, b + off]])
        if darkness > 0:
            paper.stroke(ends, width=width, darkness=darkness)
        else:
            _lighten(paper, ends, width)


def _lighten(paper: Paper, ends: np.ndarray, width: float) -> None:
    (start, end), thick = np.round(ends * paper.scale).astype(int).tolist(), round(width * paper.scale)
    cv2.line(paper.image, start, end, 245, thick, cv2.LINE_AA)


def _blob(paper: Paper, box: Box) -> None:
    """A drop of ink, a fifth to a quarter as wide as the code."""
    x, y, w, h = box
    jitter = paper.random_.uniform
    at = (round((x + w * jitter(0.2, 0.8)) * paper.scale), round((y + h * jitter(0.2, 0.8)) * paper.scale))
    axes = tuple(round(w * jitter(0.09, 0.13) * paper.scale) for _ in range(2))
    cv2.ellipse(paper.image, at, axes, jitter(0, 180), 0, 360, 30, -1, cv2.LINE_AA)


def _coffee(paper: Paper, box: Box) -> None:
    """The ring of a cup: a translucent stain, darker at its edge."""
    x, y, w, h = box
    jitter = paper.random_.uniform
    radius = w * jitter(0.5, 0.9)
    angle = jitter(0, 2 * math.pi)
    at = (x + w / 2 + radius * math.cos(angle), y + h / 2 + radius * math.sin(angle))
    centre = tuple(round(place * paper.scale) for place in at)
    stain = np.zeros_like(paper.image)
    for thick, darkness in ((2.4, 60), (1.0, 95), (0.4, 130)):
        cv2.circle(stain, centre, round(radius * paper.scale), darkness, round(thick * paper.scale), cv2.LINE_AA)
    # a stain lets the print shine through
    paper.image[...] = np.round(paper.image * (1 - stain / 255.0)).astype(np.uint8)


def _scribble(paper: Paper, box: Box) -> None:
    """A pen tried out on the code: to and fro over a part of it."""
    x, y, w, h = box
    jitter = paper.random_.uniform
    left, top, passes = jitter(0.0, 0.4), jitter(0.0, 0.4), paper.random_.randint(7, 10)
    points = [
        (x + w * (left + 0.55 * (n % 2) + jitter(-0.06, 0.06)), y + h * (top + 0.6 * n / passes)) for n in range(passes)
    ]
    paper.stroke(np.array(points), width=0.5, darkness=_INK)


def _blur(paper: Paper, box: Box) -> None:
    """Out of focus or smeared: half a module or more."""
    x, y, w, h = (round(side * paper.scale) for side in box)
    around = round(2 * paper.scale)
    part = paper.image[y - around : y + h + around, x - around : x + w + around]
    np.copyto(part, cv2.GaussianBlur(part, (0, 0), paper.random_.uniform(0.3, 0.5) * paper.scale))


def _none(paper: Paper, box: Box) -> None:
    """As printed."""


_KINDS: Mapping[str, Callable[[Paper, Box], None]] = {
    "none": _none, "three strokes": _strokes(3), "six strokes": _strokes(6), "fold": _fold, "blob": _blob,
    "coffee ring": _coffee, "scribble": _scribble, "blur": _blur,
}  # fmt: skip
DAMAGES = tuple(_KINDS)
