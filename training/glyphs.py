"""Characters with their label, source and writer: what every loader gives and every part of the training takes."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import darkness
from ocr.handprint.classes import DIGITS, LOWER, UPPER

Part = Literal["train", "validation", "test"]
Ink = NDArray[np.uint8]
"""Strokes 255 on 0, cut to their box."""
_CHARS = DIGITS + UPPER + LOWER


@dataclass(frozen=True, slots=True)
class Glyph:
    ink: Ink
    label: str
    source: str
    writer: str
    part: Part


def boxed(ink: Ink) -> Ink:
    """Cut to its strokes; a picture without strokes comes back whole."""
    on = ink > 90
    rows, columns = np.flatnonzero(on.any(axis=1)), np.flatnonzero(on.any(axis=0))
    if not len(rows):
        return ink
    return ink[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]


def _from_paper(gray: NDArray[np.uint8]) -> Ink:
    dark = darkness(gray)
    return np.asarray(cv2.convertScaleAbs(dark, alpha=255 / max(float(np.percentile(dark, 99)), 26)), np.uint8)


def _split(number: int, train: int, validation: int) -> Part:
    """Writers in order: the first `train`, then up to `validation`, then the test's."""
    return "train" if number < train else "validation" if number < validation else "test"


def mnist(folder: Path) -> list[Glyph]:
    """70,000 digits; 539 writers to train and validate (every tenth writer), 297 others to test."""
    data = np.load(folder / "mnist.npz")
    glyphs = []
    for name in ("train", "test"):
        for ink, label, writer in zip(data[f"x_{name}"], data[f"y_{name}"], data[f"writer_{name}"], strict=True):
            part: Part = "test" if name == "test" else "validation" if int(writer) % 10 == 0 else "train"
            glyphs.append(Glyph(boxed(ink), str(label), "mnist", f"{writer}", part))
    return glyphs


def usps(folder: Path) -> list[Glyph]:
    """Digits of envelopes, without writers: the source's own two parts."""
    glyphs = []
    for name in ("train", "test"):
        rows = np.loadtxt(folder / f"zip.{name}.gz")
        for index, row in enumerate(rows):
            ink = ((row[1:].reshape(16, 16) + 1) * 127.5).astype(np.uint8)
            part: Part = "test" if name == "test" else _split(index, int(0.9 * len(rows)), len(rows))
            glyphs.append(Glyph(boxed(ink), str(int(row[0])), "usps", "", part))
    return glyphs


def chars74k(folder: Path) -> list[Glyph]:
    """Letters drawn on a tablet by writers 1 to 40: 29 of them train, 3 validate, 8 test."""
    glyphs = []
    for file in sorted((folder / "Img").glob("img*.png")):
        code, writer = re.findall(r"\d+", file.stem)
        gray = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if gray is None:
            continue
        part = _split(int(writer), 30, 33)
        glyphs.append(
            Glyph(boxed(np.asarray(255 - gray, dtype=np.uint8)), _CHARS[int(code) - 1], "chars74k", writer, part)
        )
    return glyphs


def chars62(folder: Path) -> list[Glyph]:
    """Characters on paper. Neighbouring numbers are one writer, so the numbers are cut into stretches with gaps.

    Copies of one picture keep only the first, and never lie in two parts.
    """
    seen: dict[str, bool] = {}
    glyphs = []
    for file in sorted((folder / "PNG").glob("*.png"), key=lambda f: (int(f.stem.split("_")[-1]), f.stem)):
        number = int(file.stem.split("_")[-1])
        if hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() in seen or number in (68, 69, 78, 79):
            continue
        seen[hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()] = True
        gray = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        kind, label = file.stem.split("_")[:2]
        label = label.lower() if kind == "SMALL" else label
        if gray is not None:
            glyphs.append(
                Glyph(
                    boxed(_from_paper(np.asarray(gray, dtype=np.uint8))), label, "chars62", "", _split(number, 68, 78)
                )
            )
    return glyphs


def name_letters(folder: Path) -> list[Glyph]:
    """Capitals cut from names on forms, a child each; those that another reader doubted are left out."""
    glyphs = []
    with (folder / "letters_weak_dev.csv").open() as handle:
        for row in csv.DictReader(handle):
            gray = cv2.imread(str(folder / "letters_weak" / Path(row["file"]).name), cv2.IMREAD_GRAYSCALE)
            if gray is None or row["suspect"] == "1" or len(row["label"]) != 1:
                continue
            image = int(re.findall(r"\d+", row["source_image"])[0])
            glyphs.append(
                Glyph(
                    boxed(np.asarray(255 - gray, dtype=np.uint8)),
                    row["label"],
                    "name_letters",
                    f"{image}",
                    names_part(image),
                )
            )
    return glyphs


def names_part(image: int) -> Part:
    """The part of the names' image of this number (1 to 750), for letters and whole names alike."""
    return _split(image, 590, 640)


def load_all(data: Path) -> list[Glyph]:
    """Every handprinted character in the folder `data` (shared/data)."""
    hand = data / "handprint"
    loaded = [
        mnist(hand / "mnist"), usps(hand / "usps_zip"), chars74k(hand / "chars74k"),
        chars62(hand / "chars62"), name_letters(hand / "name_fields"),
    ]  # fmt: skip
    return [glyph for part in loaded for glyph in part if glyph.label in _CHARS and min(glyph.ink.shape) > 1]
