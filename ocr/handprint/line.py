"""Hand-printed words without cells: their characters' probabilities along a line, and its best texts."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.handprint.cells import darkness, ink_level
from ocr.handprint.classes import BLANK, CHARACTERS, STRUCK
from ocr.handprint.net import session
from ocr.readings import Alternative, Gray

HEIGHT, WIDEST = 32, 512
SPACE = STRUCK
"""The line net's class of a space; its BLANK is the nothing between characters (CTC)."""
STEP = 4
"""Px of a line picture for each row of probabilities."""

Steps = NDArray[np.float64]
"""(steps, CLASSES) logs of probabilities along a line."""
_FOLDED = str.maketrans("abcdefghijklmnopqrstuvwxyzåäöüé", "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖÜÉ")


def line_picture(gray: Gray) -> Gray:
    """A field's crop, with one line of writing, as the net takes it: (32, width), ink 255 on 0."""
    dark = darkness(gray)
    level = max(ink_level(dark), 0.1)
    ink = cv2.convertScaleAbs(dark, alpha=1 / level)
    width = min(WIDEST, max(16, round(ink.shape[1] * HEIGHT / ink.shape[0] / STEP) * STEP))
    way = cv2.INTER_AREA if ink.shape[0] > HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, (width, HEIGHT), interpolation=way), dtype=np.uint8)


def read_lines(pictures: Sequence[Gray]) -> list[Steps]:
    """Log probabilities along each line; one inference for lines of about the same width."""
    found: dict[int, Steps] = {}
    for group in _alike([picture.shape[1] for picture in pictures]):
        width = max(pictures[i].shape[1] for i in group)
        stack = np.stack([np.pad(pictures[i], ((0, 0), (0, width - pictures[i].shape[1]))) for i in group])
        (logits,) = session("lines.onnx").run(None, {"lines": stack[:, None].astype(np.float32) / 255})
        for i, rows in zip(group, logits, strict=True):
            own = rows[: pictures[i].shape[1] // STEP].astype(np.float64)
            found[i] = own - np.logaddexp.reduce(own, axis=1, keepdims=True)
    return [found[i] for i in range(len(pictures))]


def _alike(widths: list[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        if groups and widths[i] <= 1.25 * widths[groups[-1][0]] and len(groups[-1]) < 16:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def within(steps: Steps, characters: str) -> Steps:
    """The same line read as of these characters only (and spaces); capitals take their small letters' share."""
    held = np.full_like(steps, -30.0)
    held[:, [BLANK, SPACE]] = steps[:, [BLANK, SPACE]]
    for index, character in enumerate(CHARACTERS):
        target = character if character in characters else character.translate(_FOLDED)
        if target in characters:
            to = CHARACTERS.index(target)
            held[:, to] = np.logaddexp(held[:, to], steps[:, index])
    return np.asarray(held - np.logaddexp.reduce(held, axis=1, keepdims=True), dtype=np.float64)


@dataclass(slots=True)
class _Ends:
    """Log probabilities of a prefix that ends in nothing, and of one that ends in its last character."""

    nothing: float = -np.inf
    character: float = -np.inf

    @property
    def both(self) -> float:
        return _either(self.nothing, self.character)


def _either(one: float, other: float) -> float:
    """The log of the sum of two probabilities; on single numbers many times quicker than numpy's."""
    low, high = min(one, other), max(one, other)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def best_texts(steps: Steps, count: int = 5, beam: int = 12) -> tuple[Alternative, ...]:
    """The most probable texts with their probabilities (CTC prefix beam search)."""
    prefixes: dict[tuple[int, ...], _Ends] = {(): _Ends(nothing=0.0)}
    for row in steps:
        likely = [int(i) for i in np.argsort(-row)[:6] if row[i] > -9]
        grown: dict[tuple[int, ...], _Ends] = {}
        for prefix, ends in prefixes.items():
            for index in likely:
                _extend(grown, prefix, ends, index, float(row[index]))
        prefixes = dict(heapq.nlargest(beam, grown.items(), key=lambda item: item[1].both))
    ranked: dict[str, float] = {}
    for prefix, ends in prefixes.items():
        text = " ".join("".join(" " if i == SPACE else CHARACTERS[i] for i in prefix).split())
        ranked[text] = ranked.get(text, 0.0) + float(np.exp(ends.both))
    return tuple(heapq.nlargest(count, ranked.items(), key=lambda item: item[1]))


def _extend(grown: dict[tuple[int, ...], _Ends], prefix: tuple[int, ...], ends: _Ends, index: int, p: float) -> None:
    same = grown.setdefault(prefix, _Ends())
    if index == BLANK:
        same.nothing = _either(same.nothing, ends.both + p)
        return
    longer = grown.setdefault((*prefix, index), _Ends())
    if prefix and prefix[-1] == index:
        same.character = _either(same.character, ends.character + p)
        longer.character = _either(longer.character, ends.nothing + p)
    else:
        longer.character = _either(longer.character, ends.both + p)


def probability(steps: Steps, text: str) -> float:
    """The net's probability that the line says `text` (CTC over all alignments); 0 for unknown characters."""
    if any(character not in CHARACTERS + " " for character in text):
        return 0.0
    labels = [SPACE if character == " " else CHARACTERS.index(character) for character in text]
    if not labels:
        return float(np.exp(steps[:, BLANK].sum()))
    padded = np.full(2 * len(labels) + 1, BLANK)
    padded[1::2] = labels
    skips = np.zeros(len(padded), np.bool_)
    skips[3::2] = padded[3::2] != padded[1:-2:2]
    reached = np.full(len(padded), -np.inf)
    reached[:2] = steps[0, padded[:2]]
    for row in steps[1:, padded]:
        one = np.concatenate([[-np.inf], reached[:-1]])
        two = np.where(skips, np.concatenate([[-np.inf, -np.inf], reached[:-2]]), -np.inf)
        reached = np.logaddexp(np.logaddexp(reached, one), two) + row
    return float(np.exp(np.logaddexp.reduce(reached[-2:])))


def best_known(
    steps: Steps, values: Sequence[str], weights: Sequence[float] | None = None, count: int = 5, outside: float = 0.02
) -> tuple[Alternative, ...]:
    """The most probable of the known `values`; those nearest to the free readings are looked at closely.

    `outside` is how often people write a value that is not among them.
    """
    near: dict[int, float] = {}
    for text, _ in best_texts(steps, 3):
        for _, distance, index in process.extract(text, values, scorer=Levenshtein.distance, limit=24):
            near[index] = distance
    if not near:
        return ()
    usual = 1 / len(values) if weights is None else sum(w * w for w in weights) / sum(weights) ** 2
    share = {i: 1 / len(values) if weights is None else weights[i] / sum(weights) for i in near}
    read = {i: probability(steps, values[i]) for i in near}
    odds = {i: (1 - outside) * share[i] * read[i] for i in near}
    whole = sum(odds.values()) + outside * usual * max(1 - sum(read.values()), 0.0)
    top = heapq.nlargest(count, odds, key=odds.__getitem__)
    return tuple((values[i], odds[i] / whole) for i in top) if whole > 0 else ()
