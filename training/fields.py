"""Whole comb fields written by one unseen writer each, printed, scanned, cut and read: field accuracy and calibration.

``python -m training.fields --data ../shared/data --part test`` prints accuracies; ``--fit`` writes calibration.json.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.certainty.shares import expected_calibration_error
from ocr.fields.crops import PX_PER_MM
from ocr.handprint.calibration import Calibration, isotonic, load
from ocr.handprint.classes import BLANK, LOWER, allowed, mask_of
from ocr.handprint.comb import cut_cells
from ocr.handprint.dates import best_dates
from ocr.handprint.lattice import Lattice, best, best_that, luhn
from ocr.handprint.net import HERE, as_capitals, classify, inked
from ocr.handprint.phones import is_phone
from ocr.template.model import Charset
from training.glyphs import Glyph, Part, load_all
from training.scanning import CELL, Pen, Picture, Plane, any_pen, degraded, written

MARGIN_MM = 1.5
_CURVES = {"phone": "phone", "postcode": "digits", "date": "checked", "customer": "checked", "name": "upper"}
"""The curve of each kind; checked values are those of which most misreadings are impossible."""
_KINDS: dict[str, tuple[Charset, int]] = {
    "phone": ("digits", 10), "date": ("digits", 8), "postcode": ("digits", 5), "customer": ("digits", 10),
    "name": ("upper", 14),
}  # fmt: skip


Hands = list[dict[str, list[Glyph]]]
"""Writers: label -> glyphs of one writer (or of one source without writers)."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How one person writes a field: height of the characters as a share of the cell's, and the pen."""

    height: float
    pen: Pen


@dataclass(frozen=True, slots=True)
class Written:
    crop: Picture
    text: str
    kind: str


def values(kind: str, rng: np.random.Generator) -> str:
    """A random value as people write it into a field of this kind."""
    if kind == "date":
        return f"{rng.integers(1, 29):02}{rng.integers(1, 13):02}{rng.integers(1930, 2010)}"
    if kind == "customer":
        body = "".join(str(d) for d in rng.integers(0, 10, 9))
        return next(body + str(d) for d in range(10) if luhn(body + str(d)))
    if kind == "name":
        return "".join(rng.choice(list("AEIOULNRSTDMKGHBPVJFCWYXQZ"), int(rng.integers(4, 12))))
    if kind == "phone":
        return f"07{rng.choice(list('02369'))}" + "".join(str(d) for d in rng.integers(0, 10, 7))
    return "".join(str(d) for d in rng.integers(0, 10, _KINDS[kind][1]))


def hands(glyphs: list[Glyph], part: Part) -> dict[str, Hands]:
    """Writers who have enough characters, per kind of character."""
    by_writer: dict[tuple[str, str], dict[str, list[Glyph]]] = defaultdict(lambda: defaultdict(list))
    for glyph in glyphs:
        if glyph.part == part:
            by_writer[glyph.source, glyph.writer][glyph.label].append(glyph)
    found: dict[str, Hands] = {"digits": [], "upper": []}
    for labels in by_writer.values():
        if all(d in labels for d in "0123456789"):
            found["digits"].append(labels)
        if sum(c in labels for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 24:
            found["upper"].append(labels)
    return found


def draw(kind: str, writers: Hands, rng: np.random.Generator) -> Written:
    """One field: the comb printed a little off, its value written by one writer, scanned well or badly."""
    cells = _KINDS[kind][1]
    labels = writers[int(rng.integers(len(writers)))]
    text = "".join(c for c in values(kind, rng) if c in labels)
    pitch, height = round(rng.uniform(4.8, 6.5) * PX_PER_MM), round(rng.uniform(6.5, 8.5) * PX_PER_MM)
    around = round(MARGIN_MM * PX_PER_MM)
    ink = np.zeros((height + 2 * around, pitch * cells + 2 * around), np.float32)
    off = np.round(rng.uniform(-0.5, 0.5, 2) * PX_PER_MM).astype(int) + around
    _print_comb(ink, off, pitch, height, cells, rng)
    hand = Hand(rng.uniform(0.55, 0.85), any_pen(rng, 0.6))
    for at, character in enumerate(text):
        glyph = labels[character][int(rng.integers(len(labels[character])))]
        _write(ink, glyph, (off[0] + (at + 0.5) * pitch, off[1] + height / 2), height, hand, rng)
    return Written(degraded(ink, rng), text, kind)


def _print_comb(
    ink: Plane,
    off: np.ndarray[tuple[int], np.dtype[np.int64]],
    pitch: int,
    height: int,
    cells: int,
    rng: np.random.Generator,
) -> None:
    style, dark = rng.random(), float(rng.uniform(0.3, 1.0))
    if style < 0.15:
        return
    pen = int(rng.integers(2, 5))
    x, y = (int(v) for v in off)
    top = y if style < 0.8 else y + int(0.6 * height)
    for border in range(cells + 1):
        cv2.line(ink, (x + border * pitch, top), (x + border * pitch, y + height), dark, pen)
    for level in (y, y + height) if style < 0.8 else (y + height,):
        cv2.line(ink, (x, level), (x + cells * pitch, level), dark, pen)


def _write(
    ink: Plane,
    glyph: Glyph,
    at: tuple[float, float],
    height: int,
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    plane = written(np.pad(glyph.ink, 3), hand.height * rng.uniform(0.88, 1.12) * 1.1, rng, 0.5, 0.35, hand.pen)
    scale = height / CELL
    size = (round(plane.shape[1] * scale), height)
    plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
    top, left = round(at[1] - height / 2), round(at[0] - plane.shape[1] / 2)
    top, left = max(top, 0), max(left, 0)
    part = ink[top : top + plane.shape[0], left : left + plane.shape[1]]
    np.maximum(part, plane[: part.shape[0], : part.shape[1]], out=part)


def read(field: Written) -> tuple[Lattice, tuple[tuple[str, float], ...]]:
    """The field's lattice and the alternatives that its kind allows."""
    charset, cells = _KINDS[field.kind]
    found = cut_cells(field.crop, MARGIN_MM, cells, PX_PER_MM)
    held = allowed(charset) | mask_of(LOWER) if charset == "upper" else allowed(charset)
    probabilities = inked(classify(np.stack([cell.picture for cell in found]), held))
    if charset == "upper":
        probabilities = as_capitals(probabilities)
    for row, cell in zip(probabilities, found, strict=True):
        if cell.empty:
            row[:] = 0
            row[BLANK] = 1
    lattice = Lattice(probabilities)
    if field.kind == "date":
        return lattice, best_dates(lattice, "DE")
    if field.kind == "customer":
        return lattice, best_that(lattice, luhn)
    if field.kind == "phone":
        return lattice, best_that(lattice, is_phone("SE"))
    return lattice, best(lattice)


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: str
    right: bool
    exact_cells: float
    confidence: float


def outcomes(data: Path, part: Part, count: int, seed: int) -> list[Outcome]:
    """`count` fields of each kind, by writers of `part`, written, scanned and read."""
    writers, rng, found = hands(load_all(data), part), np.random.default_rng(seed), []
    for kind, (charset, _) in _KINDS.items():
        for _ in range(count):
            field = draw(kind, writers["upper" if charset == "upper" else "digits"], rng)
            lattice, texts = read(field)
            free = best(lattice, 1)[0][0] if texts else ""
            hits = sum(a == b for a, b in zip(free, field.text, strict=False)) / max(len(field.text), 1)
            text, p = texts[0] if texts else ("", 0.0)
            found.append(Outcome(kind, text == field.text, hits, p))
    return found


def automatic(confidences: NDArray[np.float64], right: NDArray[np.bool_], false_share: float) -> float:
    """The largest share of fields above a threshold of which at most `false_share` of all taken are wrong."""
    order = np.argsort(-confidences)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    taken = np.flatnonzero(wrong <= false_share)
    return float(taken[-1] + 1) / len(order) if len(taken) else 0.0


def report(found: list[Outcome], curves: dict[str, Calibration]) -> None:
    for kind in _KINDS:
        own = [one for one in found if one.kind == kind]
        right = np.array([one.right for one in own])
        raw = np.array([one.confidence for one in own])
        curve = curves.get(_CURVES[kind])
        sure = np.array([curve(score) for score in raw]) if curve else raw
        print(json.dumps({
            "kind": kind, "fields": len(own), "exact": round(float(right.mean()), 4),
            "cells": round(float(np.mean([one.exact_cells for one in own])), 4),
            "ece raw": round(expected_calibration_error(raw, right), 4),
            "ece": round(expected_calibration_error(sure, right), 4),
            "automatic at 0.2 % false": round(automatic(sure, right, 0.002), 4),
        }))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--fit", action="store_true", help="write calibration.json from these fields")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    found = outcomes(given.data, given.part, given.count, 11)
    file = HERE / "calibration.json"
    if given.fit:
        parts = {name: [one for one in found if _CURVES[one.kind] == name] for name in sorted(set(_CURVES.values()))}
        curves = {
            name: isotonic(np.array([one.confidence for one in own]), np.array([one.right for one in own]))
            for name, own in parts.items()
        }
        file.write_text(json.dumps({name: curve.as_json() for name, curve in curves.items()}, indent=1) + "\n")
    names = sorted(set(_CURVES.values())) if file.exists() else []
    report(found, {name: load(file, name) for name in names})


if __name__ == "__main__":
    main()
