"""What scanners and phones do to paper. Every step takes a gray page and gives one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import cv2
import numpy as np

from ocr.readings import Gray


def scanned(image: Gray, degradation: str, seed: str, *, page: int = 0) -> Gray:
    """The page as its scan shows it; `page` counts from 0 within a pile. Raises KeyError for an unknown degradation."""
    random_ = random.Random(f"{seed}/scan/{page}")
    noise = random_.getrandbits(32)
    if degradation == "photo":
        return photographed(image, random_, noise)
    steps: Mapping[str, Callable[[Gray], Gray]] = {
        "clean": lambda scan: scan,
        "skew": lambda scan: skewed(scan, random_, 2.5),
        "upside-down": lambda scan: turned(scan, 2),
        "lying": lambda scan: turned(scan, 1),
        "jpeg": compressed,
        "speckle": lambda scan: speckled(scan, noise),
        "fade": faded,
        "fold": folded,
        "one-bit": one_bit,
        "feeder": lambda scan: turned(scan, 2) if page % 4 == 3 else skewed(scan, random_, 1.5),
    }
    return steps[degradation](noisy(skewed(image, random_, 0.6), noise))


def skewed(image: Gray, random_: random.Random, degrees: float = 1.5) -> Gray:
    """Fed a little askew and shifted by some millimetres."""
    rows, columns = image.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), random_.uniform(-degrees, degrees), 1.0)
    matrix[:, 2] += np.array([random_.uniform(-12, 12), random_.uniform(-12, 12)])
    return np.asarray(cv2.warpAffine(image, matrix, (columns, rows), borderValue=250), dtype=np.uint8)


def turned(image: Gray, quarters: int) -> Gray:
    return np.ascontiguousarray(np.rot90(image, quarters))


def noisy(image: Gray, seed: int, sigma: float = 3.0, blur: float = 0.7) -> Gray:
    soft = cv2.GaussianBlur(image, (0, 0), blur).astype(np.float32)
    return np.clip(soft + np.random.default_rng(seed).normal(0, sigma, image.shape), 0, 255).astype(np.uint8)


def compressed(image: Gray, quality: int = 25) -> Gray:
    """Squeezed by a scanner set to its smallest files."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def faded(image: Gray) -> Gray:
    """A tired lamp or a weak printer: ink at about 150 on paper at 236."""
    return np.asarray(150 + image.astype(np.float32) * (86 / 255), dtype=np.uint8)


def speckled(image: Gray, seed: int, count: int = 1500) -> Gray:
    out = image.copy()
    rng = np.random.default_rng(seed)
    for y, x in rng.integers((0, 0), image.shape, size=(count, 2)):
        out[y : y + 2, x : x + 2] = rng.integers(0, 120)
    return out


def folded(image: Gray) -> Gray:
    """A crease across the page, darker on one side."""
    out = image.astype(np.float32)
    row = int(image.shape[0] * 0.42)
    for offset in range(-5, 6):
        out[row + offset] -= 70 * (1 - abs(offset) / 6)
    return np.clip(out, 0, 255).astype(np.uint8)


def photographed(image: Gray, random_: random.Random, seed: int) -> Gray:
    """A phone photo: perspective, uneven light, a dark table around the page."""
    rows, columns = image.shape
    pad = int(0.06 * columns)
    j = random_.uniform
    target = np.array(
        [
            [pad * j(0.8, 1.6), pad * j(0.8, 1.6)], [columns + pad * j(0.4, 1.2), pad * j(0.6, 1.4)],
            [columns + pad * j(0.7, 1.3), rows + pad * j(0.7, 1.3)], [pad * j(0.6, 1.2), rows + pad * j(0.6, 1.3)],
        ], dtype=np.float32,
    )  # fmt: skip
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], dtype=np.float32)
    size = (columns + 2 * pad, rows + 2 * pad)
    photo = cv2.warpPerspective(image, cv2.getPerspectiveTransform(source, target), size, borderValue=70)
    light = (
        np.linspace(0.72, 1.0, size[0], dtype=np.float32)[None, :]
        * np.linspace(1.0, 0.88, size[1], dtype=np.float32)[:, None]
    )
    return noisy(np.clip(photo * light, 0, 255).astype(np.uint8), seed, 2.5, 0.9)


def one_bit(image: Gray) -> Gray:
    """A fax-like scan: black or white."""
    return np.where(image < 150, 0, 255).astype(np.uint8)
