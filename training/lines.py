"""Lines of handprint: real names and streets, and lines set from single characters of one writer or one font."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.handprint.classes import CHARACTERS, DIGITS, UPPER
from ocr.handprint.line import HEIGHT, line_picture
from training.drawn import STROKES, accent_of, composable, pen_glyph, with_accent
from training.glyphs import Glyph, Part, names_part
from training.scanning import Picture, Plane, degraded

WIDTH = 416
_PRINT = ("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
_LABELS = (
    "NOM :",
    "PRENOM:",
    "PRENOM",
    "CODE RNE / UAI :",
    "DATE DE NAISSANCE",
    "CLASSE",
    "Name",
    "Street",
    "City:",
    "Ort",
    "PLZ",
    "Phone",
)
_SMALL = set("acemnorsuvwxz")
_HANGING = set("gjpqy")


@dataclass(frozen=True, slots=True)
class Line:
    gray: Picture
    text: str
    source: str
    part: Part


def names(folder: Path) -> list[Line]:
    """Names from forms; crops that show several lines are cut to the written one."""
    lines = []
    with (folder / "labels_dev.csv").open() as handle:
        for row in csv.DictReader(handle):
            gray = cv2.imread(str(folder / "validation_v2_test" / row["FILENAME"]), cv2.IMREAD_GRAYSCALE)
            text = row["IDENTITY"].strip().upper()
            if gray is None or text in ("EMPTY", "UNREADABLE", ""):
                continue
            number = int(row["FILENAME"].split("_")[1].split(".")[0])
            lines.append(Line(own_line(gray.astype(np.uint8)), text, "names", names_part(number)))
    return lines


def own_line(gray: Picture) -> Picture:
    """The crop itself; in tall ones, which show the label above, the box that a template would name."""
    height = gray.shape[0]
    return gray[int(0.36 * height) : int(0.97 * height)] if height > 46 else gray


def german(folder: Path) -> list[Line]:
    """Streets and towns written freely: writers 1 to 20 train, 21 validates, the others test."""
    lines = []
    with (folder / "data_dev.csv").open() as handle:
        for row in csv.DictReader(handle):
            writer = int(row["writer_id"])
            part: Part = "train" if writer <= 20 else "validation" if writer == 21 else "test"
            gray = cv2.imread(str(folder / row["file_name"]), cv2.IMREAD_UNCHANGED)
            if gray is not None and all(c in CHARACTERS + " " for c in row["text"]):
                lines.append(Line(_on_white(gray.astype(np.uint8)), row["text"], "german", part))
    return lines


def _on_white(picture: Picture) -> Picture:
    if picture.ndim == 2:
        return picture
    gray = np.asarray(cv2.cvtColor(picture[..., :3], cv2.COLOR_BGR2GRAY), np.uint8)
    if picture.shape[2] == 4:
        gray = np.where(picture[..., 3] > 0, gray, 255).astype(np.uint8)
    return gray


def shaken(gray: Picture, rng: np.random.Generator) -> Picture:
    """A real line stretched, slanted, bent and scanned anew."""
    scale = HEIGHT * 1.5 / gray.shape[0]
    height, width = round(HEIGHT * 1.5), max(24, round(gray.shape[1] * scale * rng.uniform(0.85, 1.15)))
    ink = 1 - cv2.resize(gray, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    zoom, slant = rng.uniform(0.85, 1.15), rng.normal(0, 0.12)
    middle = height / 2
    bend = cv2.resize(
        rng.normal(0, 1.0, (3, max(3, width // 24))).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    map_y = (ys - middle) / zoom + middle + rng.normal(0, 0.04) * height + bend
    map_x = xs + slant * (ys - middle) + np.roll(bend, 7, axis=1)
    moved = cv2.remap(ink, map_x, map_y.astype(np.float32), cv2.INTER_LINEAR)
    if rng.random() < 0.4:
        kernel = np.ones((2, 2), np.uint8)
        moved = cv2.dilate(moved, kernel) if rng.random() < 0.6 else cv2.erode(moved, kernel)
    if rng.random() < 0.5:
        return np.asarray(255 * (1 - moved * 0.9), np.float32).astype(np.uint8)
    return degraded(np.asarray(moved / max(float(np.quantile(moved, 0.99)), 0.3), np.float32).clip(0, 1), rng)


class Writer:
    """Sets lines from the single characters of one hand at a time."""

    def __init__(self, glyphs: list[Glyph], words: list[str]) -> None:
        self.words = words
        self.common: dict[str, list[Glyph]] = defaultdict(list)
        self.hands: dict[tuple[str, str], dict[str, list[Glyph]]] = defaultdict(lambda: defaultdict(list))
        for glyph in glyphs:
            self.common[glyph.label].append(glyph)
            self.hands[glyph.source, glyph.writer if glyph.source in ("fonts", "chars74k", "mnist") else ""][
                glyph.label
            ].append(glyph)
        self.keys = [key for key, labels in self.hands.items() if len(labels) >= 10]
        counts = {name: sum(key[0] == name for key in self.keys) for name in {key[0] for key in self.keys}}
        shares = {"fonts": 0.2, "chars74k": 0.25, "chars62": 0.25, "name_letters": 0.2, "mnist": 0.06, "usps": 0.04}
        self.chances = np.array([shares[key[0]] / counts[key[0]] for key in self.keys])
        self.chances /= self.chances.sum()

    def text(self, rng: np.random.Generator) -> str:
        kind = rng.random()
        if kind < 0.5:
            word = self.words[int(rng.integers(len(self.words)))]
            return word.upper() if rng.random() < 0.75 else word
        if kind < 0.6:
            return "".join(rng.choice(list(UPPER), int(rng.integers(2, 11))))
        if kind < 0.72:
            mark = str(rng.choice(list("-./")))
            return mark.join([f"{rng.integers(1, 32):02}", f"{rng.integers(1, 13):02}", f"{rng.integers(1930, 2030)}"])
        if kind < 0.8:
            return f"{self.words[int(rng.integers(len(self.words)))].upper()} {rng.integers(1, 200)}"
        digits = "".join(rng.choice(list(DIGITS), int(rng.integers(1, 12))))
        if kind < 0.86 and len(digits) > 5:
            return digits[:3] + str(rng.choice(list("-/ "))) + digits[3:]
        return digits

    def line(self, rng: np.random.Generator) -> Line:
        """One line of a text, its characters apart as people print them, with print and rules around it."""
        text = "".join(c for c in self.text(rng) if c in CHARACTERS + " ")[:24].strip()
        labels = self.hands[self.keys[int(rng.choice(len(self.keys), p=self.chances))]]
        height = round(HEIGHT * 1.5)
        ink = np.zeros((height, round(WIDTH * 1.5)), np.float32)
        tall, gap = height * rng.uniform(0.38, 0.72), rng.choice([rng.uniform(0.02, 0.2), rng.uniform(0.2, 0.9)])
        base = height / 2 + tall / 2 + rng.normal(0, 0.06) * height
        x = float(rng.uniform(2, 20)) if rng.random() < 0.6 else _print_label(ink, rng)
        slant, done = rng.normal(0.03, 0.12), ""
        for character in text:
            if character == " ":
                x, done = x + tall * rng.uniform(0.6, 1.1), done + " "
                continue
            piece, top = self._piece(character, labels, tall, slant, rng)
            if x + piece.shape[1] > ink.shape[1] - 4:
                break
            _lay(ink, piece, x, base + top + rng.normal(0, 0.03) * tall)
            x += piece.shape[1] + tall * (gap + rng.normal(0, 0.05))
            done += character
        if rng.random() < 0.2:
            _bleed(ink, rng)
        end = min(ink.shape[1], round(x + rng.uniform(2, 60)))
        return Line(degraded(np.ascontiguousarray(ink[:, :end]), rng), done.strip(), "set", "train")

    def _piece(
        self, character: str, labels: dict[str, list[Glyph]], tall: float, slant: float, rng: np.random.Generator
    ) -> tuple[Plane, float]:
        """A character's ink, and where its top lies above the base line (negative px)."""
        share, low = _measure(character)
        picture = self._ink(character, labels, rng)
        height = max(3, round(tall * share * rng.uniform(0.9, 1.1)))
        width = max(2, round(picture.shape[1] * height / picture.shape[0] * rng.uniform(0.85, 1.15)))
        width = min(width, round(1.6 * tall))
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        shift = abs(slant) * height
        turn = np.array([[1, -slant, shift if slant > 0 else 0], [0, 1, 0]], np.float32)
        small = np.asarray(cv2.warpAffine(small, turn, (width + round(shift), height)), np.float32)
        return np.asarray(small / max(float(small.max()), 0.2), np.float32), (low - share) * tall

    def _ink(self, character: str, labels: dict[str, list[Glyph]], rng: np.random.Generator) -> Picture:
        if character in STROKES and character not in "I1l7ß" and rng.random() < 0.7:
            return pen_glyph(character, rng)[0]
        known = labels.get(character) or (None if character not in composable() or rng.random() < 0.3 else [])
        if known == []:
            base, accent = accent_of(character)
            letters = labels.get(base) or self.common[base]
            return with_accent(letters[int(rng.integers(len(letters)))].ink, accent, rng)
        found = known or self.common[character]
        return found[int(rng.integers(len(found)))].ink


def _measure(character: str) -> tuple[float, float]:
    """Height of a character, and how far it hangs below the line, both as shares of a capital."""
    marks = {
        "-": (0.1, -0.45),
        "_": (0.1, 0.05),
        ".": (0.14, 0.0),
        ",": (0.3, 0.15),
        "'": (0.3, -0.75),
        ":": (0.6, 0.0),
        "+": (0.6, -0.15),
    }
    if character in marks:
        return marks[character]
    if character in "ÅÄÖÜÉ":
        return 1.3, 0.0
    return (0.62, 0.0) if character in _SMALL else (0.95, 0.3) if character in _HANGING else (1.0, 0.0)


def _lay(ink: Plane, piece: Plane, x: float, y: float) -> None:
    top, left = round(y), round(x)
    cut = max(0, -top)
    part = ink[max(top, 0) : top + piece.shape[0], left : left + piece.shape[1]]
    piece = piece[cut : cut + part.shape[0], : part.shape[1]]
    np.maximum(part, piece, out=part)


def _drawn_print(text: str, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    font = ImageFont.truetype(_PRINT[int(rng.integers(2))], size)
    picture = Image.new("L", (int(font.getlength(text)) + 2, size + 6))
    ImageDraw.Draw(picture).text((0, 0), text, fill=255, font=font)
    return np.asarray(np.asarray(picture) / 255, np.float32)


def _print_label(ink: Plane, rng: np.random.Generator) -> float:
    """A printed label before the writing, which is not to be read; where the writing begins."""
    piece = _drawn_print(str(rng.choice(_LABELS)), int(rng.integers(12, 22)), rng)
    x, y = float(rng.uniform(0, 24)) - 8, ink.shape[0] / 2 - piece.shape[0] / 2 + rng.normal(0, 3)
    piece = piece[:, max(0, -round(x)) :]
    _lay(ink, piece, max(x, 0), y)
    return float(max(x, 0.0) + piece.shape[1] + rng.uniform(12, 50))


def _bleed(ink: Plane, rng: np.random.Generator) -> None:
    """Print of the lines above and below, cut off at the edge; a rule."""
    piece = _drawn_print(str(rng.choice(_LABELS)), int(rng.integers(10, 20)), rng)
    at = float(rng.uniform(0, 0.6)) * ink.shape[1]
    top = (
        -piece.shape[0] * rng.uniform(0.4, 0.8)
        if rng.random() < 0.5
        else ink.shape[0] - piece.shape[0] * rng.uniform(0.1, 0.5)
    )
    _lay(ink, piece, at, top)
    if rng.random() < 0.5:
        y = int(rng.integers(ink.shape[0] - 6, ink.shape[0]))
        ink[y : y + int(rng.integers(1, 3))] = float(rng.uniform(0.4, 1.0))


def pictures(lines: list[Line]) -> list[Picture]:
    return [line_picture(line.gray) for line in lines]
