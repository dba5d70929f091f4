"""The endless, seeded stream of training pictures: drawn from glyphs, fonts and pen strokes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import (
    BLANK,
    CLASSES,
    DIGITS,
    INDEX,
    LOWER,
    LOWER_ACCENTED,
    MARKS,
    PUNCTUATION,
    STRUCK,
    UPPER,
    UPPER_ACCENTED,
    Mask,
)  # fmt: skip
from training.drawn import STROKES, accented, composable, pen_glyph
from training.glyphs import Glyph
from training.scanning import (
    Picture,
    Plane,
    any_pen,
    blank_cell,
    degraded,
    scratched,
    seen,
    usual_height,
    well_scanned,
    with_neighbour,
    with_remains,
    written,
)  # fmt: skip

_BANK_SIDE = 52
_WELL_SCANNED = 0.35
Name = str | int
"""A character, BLANK or STRUCK."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What a net learns from: how often each class and source is drawn, and how far characters are bent (0..1)."""

    classes: dict[Name, float]
    sources: dict[str, float]
    wildest: float

    def mask(self) -> Mask:
        """The classes that are drawn at all, (CLASSES,)."""
        mask = np.zeros(CLASSES, np.bool_)
        mask[[class_of(name) for name in self.classes]] = True
        return mask


EVERYTHING = Mix(
    {
        **dict.fromkeys(DIGITS, 4.0), **dict.fromkeys(UPPER, 1.8), **dict.fromkeys(LOWER, 1.0),
        **dict.fromkeys(UPPER_ACCENTED + LOWER_ACCENTED, 0.7), **dict.fromkeys(PUNCTUATION, 0.6),
        BLANK: 5.0, STRUCK: 4.0,
    },
    {"mnist": 4.0, "usps": 1.0, "chars74k": 1.5, "chars62": 2.0, "name_letters": 2.5, "fonts": 1.2},
    1.0,
)  # fmt: skip
NUMBERS = Mix(
    {**dict.fromkeys(DIGITS, 1.0), **dict.fromkeys(MARKS, 0.12), BLANK: 0.25, STRUCK: 0.25},
    {"mnist": 8.0, "usps": 1.5, "chars62": 1.2, "fonts": 0.8},
    0.7,
)
"""Dates, phones and every other field of digits: blanks and struck cells as rare as on forms, most writers."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Glyphs by label and source, all scaled to the same size; `plenty` holds the letters that accents are put on."""

    by_label: dict[str, dict[str, list[Glyph]]]
    plenty: dict[str, list[Glyph]]
    mix: Mix


def bank_of(glyphs: list[Glyph], mix: Mix = EVERYTHING) -> Bank:
    by_label: dict[str, dict[str, list[Glyph]]] = defaultdict(lambda: defaultdict(list))
    plenty: dict[str, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        sized = Glyph(_sized(glyph.ink), glyph.label, glyph.source, glyph.writer, glyph.part)
        by_label[glyph.label][glyph.source].append(sized)
        plenty[glyph.label].append(sized)
    return Bank({label: dict(sources) for label, sources in by_label.items()}, dict(plenty), mix)


def _sized(ink: Picture) -> Picture:
    scale = _BANK_SIDE / max(ink.shape)
    size = (max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.pad(cv2.resize(ink, size, interpolation=way), 3)


def batches(bank: Bank, seed: int, count: int, size: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """`count` batches of (size, 32, 32) pictures and their classes; the same for the same seed."""
    names, weights = list(bank.mix.classes), np.array(list(bank.mix.classes.values()))
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        chosen = rng.choice(len(names), size, p=weights / weights.sum())
        pictures = np.stack([picture_of(names[index], bank, rng) for index in chosen])
        yield pictures, np.array([class_of(names[index]) for index in chosen], np.int64)


def class_of(name: Name) -> int:
    return INDEX[name] if isinstance(name, str) else name


def picture_of(name: Name, bank: Bank, rng: np.random.Generator) -> Picture:
    """One training picture of a character, or of BLANK or STRUCK."""
    if name == BLANK:
        # a whole border alone cannot be told from a 1: only pieces of it are nothing
        return seen(degraded(_around(blank_cell(rng), bank, rng, 0.5, 0.3), rng))
    if name == STRUCK:
        return seen(degraded(_struck(bank, rng), rng))
    ink = _character(str(name), bank, rng)
    if rng.random() < _WELL_SCANNED:
        return seen(well_scanned(ink, rng))
    return seen(degraded(_around(ink, bank, rng, 0.08), rng))


def _character(label: str, bank: Bank, rng: np.random.Generator) -> Plane:
    if label in STROKES and (label in PUNCTUATION or rng.random() < 0.12) and rng.random() < 0.75:
        ink, size, middle = pen_glyph(label, rng)
        scale = rng.uniform(0.55, 0.95)
        return written(np.pad(ink, 3), (size + 0.09) * scale, rng, 0.5 + (middle - 0.5) * scale, 0.6)
    if label in composable() and rng.random() < 0.75:
        return written(np.pad(accented(bank.plenty, label, rng).ink, 3), rng.uniform(0.55, 0.95), rng)
    glyph = _glyph(label, bank, rng)
    if label in PUNCTUATION:
        return _mark(glyph, label, rng)
    wild = rng.uniform(0.1, bank.mix.wildest)
    return written(glyph.ink, usual_height(label, rng) * 1.12, rng, None, wild, any_pen(rng, wild))


_MARK_HEIGHTS = {"-": 0.06, "_": 0.06, ".": 0.1, ",": 0.2, "'": 0.25, ":": 0.45, "+": 0.45}
_MARK_MIDDLES = {"_": 0.9, ".": 0.82, ",": 0.85, "'": 0.2}


def _mark(glyph: Glyph, label: str, rng: np.random.Generator) -> Plane:
    height = _MARK_HEIGHTS.get(label, 0.75) * rng.uniform(0.7, 1.3)
    return written(glyph.ink, height * 1.12, rng, _MARK_MIDDLES.get(label, 0.5), 0.5)


def _glyph(label: str, bank: Bank, rng: np.random.Generator) -> Glyph:
    sources = bank.by_label[label]
    weights = np.array([bank.mix.sources[source] for source in sources])
    chosen = sources[list(sources)[int(rng.choice(len(weights), p=weights / weights.sum()))]]
    return chosen[int(rng.integers(len(chosen)))]


def _any(labels: str, bank: Bank, rng: np.random.Generator) -> Glyph:
    """A glyph of one of the `labels` that the bank has."""
    return _glyph(str(rng.choice([label for label in labels if label in bank.by_label])), bank, rng)


def _around(ink: Plane, bank: Bank, rng: np.random.Generator, chance: float, longest: float = 1.0) -> Plane:
    """With the dirt of a cell: remains of its borders, strokes of the neighbours."""
    if rng.random() < chance:
        ink = with_remains(ink, rng, longest)
    if rng.random() < chance:
        other = _any(DIGITS + UPPER, bank, rng)
        ink = with_neighbour(ink, written(other.ink, 0.75, rng), rng)
    return ink


def _struck(bank: Bank, rng: np.random.Generator) -> Plane:
    below = written(_any(DIGITS + UPPER, bank, rng).ink, rng.uniform(0.6, 0.9), rng)
    if rng.random() < 0.65:
        return scratched(below, rng)
    # a thin letter under another is that other one, so only broad ones count as overwritten
    above = written(_any("23456789ABEGHKMNQRSWXZ", bank, rng).ink, rng.uniform(0.6, 0.9), rng)
    columns = min(below.shape[1], above.shape[1])
    return np.maximum(below[:, :columns], above[:, :columns])
