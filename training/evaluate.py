"""Accuracy per source and kind of character, on writers that the training has not seen."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch
from numpy.typing import NDArray

from ocr.handprint.classes import DIGITS, INDEX, LOWER, UPPER, mask_of
from training.glyphs import Glyph
from training.net import CellNet, as_input
from training.scanning import plain

_KINDS = {"digits": (DIGITS, DIGITS), "upper": (UPPER, UPPER), "alnum": (DIGITS + UPPER, DIGITS + UPPER), "lower": (LOWER, LOWER)}
"""Kind -> characters measured, characters that the field allows."""


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
    logits = logits_of(net, np.stack([plain(glyph.ink) for glyph in glyphs]))
    return right_shares(logits, glyphs)


def right_shares(logits: NDArray[np.float32], glyphs: list[Glyph]) -> dict[str, float]:
    right: dict[str, list[bool]] = defaultdict(list)
    for kind, (measured, held) in _KINDS.items():
        best = np.where(mask_of(held), logits, -np.inf).argmax(axis=1)
        for glyph, found in zip(glyphs, best, strict=True):
            if glyph.label in measured:
                right[f"{glyph.source} {kind}"].append(int(found) == INDEX[glyph.label])
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(right.items())}
