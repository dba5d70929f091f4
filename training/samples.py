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
    DIGITS,
    INDEX,
    LOWER,
    LOWER_ACCENTED,
    PUNCTUATION,
    STRUCK,
    UPPER,
    UPPER_ACCENTED,
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

_WEIGHTS = {"mnist": 4.0, "usps": 1.0, "chars74k": 1.5, "chars62": 2.0, "name_letters": 2.5, "fonts": 1.2}
_PER_CLASS = {
    **dict.fromkeys(DIGITS, 4.0), **dict.fromkeys(UPPER, 1.8), **dict.fromkeys(LOWER, 1.0),
    **dict.fromkeys(UPPER_ACCENTED + LOWER_ACCENTED, 0.7), **dict.fromkeys(PUNCTUATION, 0.6),
}  # fmt: skip
_BANK_SIDE = 52
_WELL_SCANNED = 0.35


@dataclass(frozen=True, slots=True)
class Bank:
    """Glyphs by label and source, all scaled to the same size; `plenty` holds the letters that accents are put on."""

    by_label: dict[str, dict[str, list[Glyph]]]
    plenty: dict[str, list[Glyph]]


def bank_of(glyphs: list[Glyph]) -> Bank:
    by_label: dict[str, dict[str, list[Glyph]]] = defaultdict(lambda: defaultdict(list))
    plenty: dict[str, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        sized = Glyph(_sized(glyph.ink), glyph.label, glyph.source, glyph.writer, glyph.part)
        by_label[glyph.label][glyph.source].append(sized)
        plenty[glyph.label].append(sized)
    return Bank({label: dict(sources) for label, sources in by_label.items()}, dict(plenty))


def _sized(ink: Picture) -> Picture:
    scale = _BANK_SIDE / max(ink.shape)
    size = (max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.pad(cv2.resize(ink, size, interpolation=way), 3)


def batches(bank: Bank, seed: int, count: int, size: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """`count` batches of (size, 32, 32) pictures and their classes; the same for the same seed."""
    labels = list(_PER_CLASS)
    weights = np.array([_PER_CLASS[label] for label in labels] + [5.0, 4.0])
    names: list[str | int] = [*labels, BLANK, STRUCK]
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        chosen = rng.choice(len(names), size, p=weights / weights.sum())
        pictures = np.stack([picture_of(names[index], bank, rng) for index in chosen])
        yield pictures, np.array([_class(names[index]) for index in chosen], np.int64)


def _class(name: str | int) -> int:
    return INDEX[name] if isinstance(name, str) else name


def picture_of(name: str | int, bank: Bank, rng: np.random.Generator) -> Picture:
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
    wild = rng.uniform(0.1, 1.0)
    return written(glyph.ink, usual_height(label, rng) * 1.12, rng, None, wild, any_pen(rng, wild))


_MARK_HEIGHTS = {"-": 0.06, "_": 0.06, ".": 0.1, ",": 0.2, "'": 0.25, ":": 0.45, "+": 0.45}
_MARK_MIDDLES = {"_": 0.9, ".": 0.82, ",": 0.85, "'": 0.2}


def _mark(glyph: Glyph, label: str, rng: np.random.Generator) -> Plane:
    height = _MARK_HEIGHTS.get(label, 0.75) * rng.uniform(0.7, 1.3)
    return written(glyph.ink, height * 1.12, rng, _MARK_MIDDLES.get(label, 0.5), 0.5)


def _glyph(label: str, bank: Bank, rng: np.random.Generator) -> Glyph:
    sources = bank.by_label[label]
    weights = np.array([_WEIGHTS[source] for source in sources])
    chosen = sources[list(sources)[int(rng.choice(len(weights), p=weights / weights.sum()))]]
    return chosen[int(rng.integers(len(chosen)))]


def _around(ink: Plane, bank: Bank, rng: np.random.Generator, chance: float, longest: float = 1.0) -> Plane:
    """With the dirt of a cell: remains of its borders, strokes of the neighbours."""
    if rng.random() < chance:
        ink = with_remains(ink, rng, longest)
    if rng.random() < chance:
        other = _glyph(str(rng.choice(list(DIGITS + UPPER))), bank, rng)
        ink = with_neighbour(ink, written(other.ink, 0.75, rng), rng)
    return ink


def _struck(bank: Bank, rng: np.random.Generator) -> Plane:
    below = written(_glyph(str(rng.choice(list(DIGITS + UPPER))), bank, rng).ink, rng.uniform(0.6, 0.9), rng)
    if rng.random() < 0.65:
        return scratched(below, rng)
    # a thin letter under another is that other one, so only broad ones count as overwritten
    above = written(_glyph(str(rng.choice(list("23456789ABEGHKMNQRSWXZ"))), bank, rng).ink, rng.uniform(0.6, 0.9), rng)
    columns = min(below.shape[1], above.shape[1])
    return np.maximum(below[:, :columns], above[:, :columns])
