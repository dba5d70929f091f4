"""Hand-printed words without cells: their characters' probabilities along a line, and its best texts."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handprint.cells import darkness, ink_level
from ocr.handprint.classes import BLANK, CHARACTERS, INDEX, STRUCK
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


def likelihoods(steps: Steps, texts: Sequence[str]) -> NDArray[np.float64]:
    """The net's probability of each text, (n,), as a log (CTC over all alignments); -inf for unknown characters."""
    known = [all(character in INDEX or character == " " for character in text) for text in texts]
    labels = np.full((len(texts), 2 * max(map(len, texts), default=0) + 1), BLANK)
    for row, text, whole in zip(labels, texts, known, strict=True):
        if whole:
            row[1 : 2 * len(text) : 2] = [INDEX.get(character, SPACE) for character in text]
    skips = np.zeros(labels.shape)
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    best = steps.max(axis=1)
    chances = np.exp(steps - best[:, None])
    reached = np.zeros(labels.shape)
    reached[:, :2] = chances[0][labels[:, :2]]
    for row in chances[1:]:
        grown = reached.copy()
        grown[:, 1:] += reached[:, :-1]
        grown[:, 2:] += reached[:, :-2] * skips[:, 2:]
        reached = grown * row[labels]
    ends = 2 * np.array([len(text) for text in texts], np.intp)
    rows = np.arange(len(texts))
    found = np.where(known, reached[rows, ends] + np.where(ends > 0, reached[rows, ends - 1], 0.0), 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(found) + best.sum(), dtype=np.float64)
