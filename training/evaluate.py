"""Accuracy per source and kind of character, on writers that the training has not seen.

``python -m training.evaluate --data ../shared/data`` measures the committed nets, each in the fields that it reads.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ocr.handprint.classes import BLANK, CHARACTERS, DIGITS, INDEX, LOWER, UPPER, Mask, mask_of
from ocr.handprint.net import classify, inked
from training.glyphs import Glyph, load_all
from training.net import CellNet, as_input, loaded
from training.samples import bank_of
from training.scanning import plain, scanned, usual_height, written

_KINDS = {
    "digits": (DIGITS, DIGITS),
    "upper": (UPPER, UPPER),
    "alnum": (DIGITS + UPPER, DIGITS + UPPER),
    "lower": (LOWER, LOWER),
}
"""Kind -> characters measured, characters that the field allows."""
Scores = Callable[[Mask], NDArray[np.float32]]
"""The classes' scores of all pictures, (N, CLASSES), in a field that can hold these classes."""


def logits_of(net: CellNet, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, CLASSES) of pictures (N, 32, 32)."""
    net.eval()
    with torch.no_grad():
        parts = [net(as_input(torch.from_numpy(pictures[i : i + 512]))).numpy() for i in range(0, len(pictures), 512)]
    return np.concatenate(parts)


def accuracies(net: CellNet, glyphs: list[Glyph], most: int = 4000) -> dict[str, float]:
    """Share read right for each "source kind", in fields that allow that kind alone."""
    rng = np.random.default_rng(0)
    glyphs = [glyphs[i] for i in rng.permutation(len(glyphs))[:most]]
    return right_shares(_by(net, np.stack([plain(glyph.ink) for glyph in glyphs])), glyphs)


def _by(net: CellNet, pictures: NDArray[np.uint8]) -> Scores:
    logits = logits_of(net, pictures)
    return lambda held: np.where(held, logits, -np.inf)


def right_shares(scores: Scores, glyphs: list[Glyph]) -> dict[str, float]:
    right: dict[str, list[bool]] = defaultdict(list)
    for kind, (measured, held) in _KINDS.items():
        best = scores(mask_of(held)).argmax(axis=1)
        for glyph, found in zip(glyphs, best, strict=True):
            if glyph.label in measured:
                right[f"{glyph.source} {kind}"].append(int(found) == INDEX[glyph.label])
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(right.items())}


def confusions(scores: Scores, glyphs: list[Glyph], held: str, count: int = 25) -> list[tuple[str, str, int]]:
    """The most frequent mistakes among the characters `held`: written, read, how often."""
    best = scores(mask_of(held)).argmax(axis=1)
    pairs = Counter(
        (glyph.label, CHARACTERS[i] if i < len(CHARACTERS) else "blank" if i == BLANK else "struck")
        for glyph, i in zip(glyphs, best, strict=True)
        if glyph.label in held and INDEX[glyph.label] != i
    )
    return [(written, found, times) for (written, found), times in pairs.most_common(count)]


def _weights_or_committed(weights: Path | None, pictures: NDArray[np.uint8]) -> Scores:
    if weights is None:
        return lambda held: inked(classify(pictures, held))
    return _by(loaded(weights), pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="a .pt file; without it the committed net is measured")
    parser.add_argument("--source", default="", help="all of these sources, for a net trained without them")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    sources = given.source.split(",") if given.source else []
    glyphs = [g for g in load_all(given.data) if g.source in sources or (not sources and g.part == "test")]
    clean = np.stack([plain(glyph.ink) for glyph in glyphs])
    bank, rng = bank_of(glyphs), np.random.default_rng(3)
    sized = [glyph for labels in bank.by_label.values() for found in labels.values() for glyph in found]
    worn = np.stack([scanned(written(g.ink, usual_height(g.label, rng) * 1.12, rng, None, 0.35), rng) for g in sized])
    for name, pictures, order in (("clean", clean, glyphs), ("degraded", worn, sized)):
        scores = _weights_or_committed(given.weights, pictures)
        print(json.dumps({"scan": name, **right_shares(scores, order)}))
        if name == "clean":
            print(json.dumps({"confusions": confusions(scores, order, DIGITS + UPPER)}))


if __name__ == "__main__":
    main()
