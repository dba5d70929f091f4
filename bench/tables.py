"""What lies under and around a sheet that somebody photographs, and the light on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.readings import Gray

Size = tuple[int, int]
"""Width and height in px."""


def wood(size: Size, seed: int) -> Gray:
    """Boards with a grain."""
    rng = np.random.default_rng(seed)
    grain = cv2.resize(rng.normal(0, 1, (size[1] // 6, 8)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.normal(0, 1, (size[1], 40)).astype(np.float32), size)
    table = 105 + 22 * grain + 9 * fine
    for row in range(int(rng.integers(200, 500)), size[1], 620):
        table[row : row + 8] = 40
    return np.asarray(np.clip(table, 10, 200), dtype=np.uint8)


def papers(size: Size, seed: int) -> Gray:
    """Other letters, printed and overlapping, on a dark desk."""
    rng = np.random.default_rng(seed)
    table = np.full((size[1], size[0]), 70, np.uint8)
    for _ in range(7):
        letter = _letter(rng)
        turn = cv2.getRotationMatrix2D((letter.shape[1] / 2, letter.shape[0] / 2), float(rng.uniform(-60, 60)), 1.0)
        place = rng.uniform(-400, 1) + rng.uniform(0, 1, 2) * (size[0] * 0.8, size[1] * 0.8)
        turn[:, 2] = turn[:, 2] + place
        cv2.warpAffine(letter, turn, size, dst=table, borderMode=cv2.BORDER_TRANSPARENT)
    return table


def _letter(rng: np.random.Generator) -> Gray:
    letter = np.full((1700, 1200), 228, np.uint8)
    for row in range(150, 1600, 44):
        words = "".join(chr(c) if c < 123 else " " for c in rng.integers(97, 128, 52))
        cv2.putText(letter, words, (90, row), cv2.FONT_HERSHEY_SIMPLEX, 0.95, 45, 2, cv2.LINE_AA)
    cv2.rectangle(letter, (90, 60), (200, 110), 30, -1)
    return letter


def keyboard(size: Size, seed: int) -> Gray:
    """Rows of square keys, light letters on dark caps: corners everywhere."""
    rng = np.random.default_rng(seed)
    table = np.full((size[1], size[0]), 125, np.uint8)
    key, gap = 150, 22
    for top in range(-40, size[1], key + gap):
        for left in range(-60 + (top // 5) % 70, size[0], key + gap):
            cv2.rectangle(table, (left, top), (left + key, top + key), 38, -1)
            letter = chr(int(rng.integers(65, 91)))
            cv2.putText(table, letter, (left + 30, top + 80), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 205, 5, cv2.LINE_AA)
    return table


TABLES: Mapping[str, Callable[[Size, int], Gray]] = {"wood": wood, "papers": papers, "keyboard": keyboard}


def light_on(size: Size, random_: random.Random) -> NDArray[np.float32]:
    """Light falling off to one side, and the soft-edged shadow of hand and phone: (h, w) factors of 0.25 to 1."""
    low, high = random_.uniform(0.5, 0.7), 1.0
    (left, right), (top, bottom) = random_.sample((low, high), 2), random_.sample((0.8, 1.0), 2)
    across = np.linspace(left, right, size[0], dtype=np.float32)[None, :]
    down = np.linspace(top, bottom, size[1], dtype=np.float32)[:, None]
    # the shadow is drawn on a small copy, where its soft edge costs nothing
    small = (size[0] // 16, size[1] // 16)
    shadow = np.ones((small[1], small[0]), np.float32)
    place = (int(small[0] * random_.uniform(0.1, 0.9)), int(small[1] * random_.uniform(0.4, 1.0)))
    axes = (int(small[0] * random_.uniform(0.2, 0.4)), int(small[1] * random_.uniform(0.3, 0.5)))
    cv2.ellipse(shadow, place, axes, random_.uniform(-60, 60), 0, 360, random_.uniform(0.4, 0.6), -1)
    edge = cv2.GaussianBlur(shadow, (0, 0), random_.uniform(1.0, 4.0))
    return np.asarray(across * down * cv2.resize(edge, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)
