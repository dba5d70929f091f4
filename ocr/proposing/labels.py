"""Which words label which shape: those nearest to it, left of it or above, for ticks on the side that the form uses."""

from __future__ import annotations

from collections.abc import Iterable

from ocr.proposing.words import Phrase
from ocr.template.areas import grown, overlap
from ocr.template.model import Box

_ABOVE_MM, _BELOW_MM, _LEFT_MM = 9.0, 5.0, 90.0
_LEFT_COST, _TOUCHING_MM = 0.2, 0.4
"""A label may stand far to the left of its line, but one above it is meant first."""
_BESIDE_MM = 45.0
_HEAD_MM = 25.0
_LONGEST = 100


def label_of(box: Box, phrases: list[Phrase], *, below: bool = False) -> str:
    """The words in the box's corner, left of it, above it or, where `below`, under it."""
    ranked = [
        (distance, phrase) for phrase in phrases for distance in (_distance(box, phrase.box, below),) if distance > 0
    ]
    return tidy(min(ranked, key=lambda pair: pair[0])[1].text) if ranked else ""


def _distance(box: Box, words: Box, below: bool) -> float:
    """How far the words are, in mm; 0 for those that do not label the box. Far above counts as farther than left."""
    x, y, w, h = box
    left, top, width, height = words
    if overlap(grown(box, -_TOUCHING_MM), words):
        return 0.1 if left - x < 0.5 * w and top - y < 0.5 * h else 0.0
    level = min(y + h, top + height) - max(y, top)
    gap = x - left - width
    if level > 0.4 * min(h, height) and 0 <= gap < _LEFT_MM:
        # of two labels left of a line, one over the other, the lower one stands on it
        return 0.2 + _LEFT_COST * (gap + abs(y + h - top - height))
    starts_here = left - x < 0.6 * w and left + width > x - 1
    over, under = y - top - height, top - y - h
    if starts_here and -0.7 < over < _ABOVE_MM:
        return max(0.2, 0.5 + over)
    if below and starts_here and -0.7 < under < _BELOW_MM:
        return max(0.2, 0.4 + under)
    return 0.0


def beside(box: Box, phrases: list[Phrase], *, right: bool, others: Iterable[Box] = ()) -> tuple[Phrase, float] | None:
    """The nearest words at the height of a tick box on one side, with their distance in mm, no `others` between."""
    x, y, w, h = box
    found: list[tuple[float, Phrase]] = []
    for phrase in phrases:
        left, top, width, height = phrase.box
        level = min(y + h, top + height) - max(y, top)
        gap = left - x - w if right else x - left - width
        if level > 0.35 * min(h, height) and -0.6 < gap < _BESIDE_MM:
            between = (x + w, y, gap, h) if right else (x - gap, y, gap, h)
            if gap <= 0 or not any(overlap(grown(between, -0.1), other) for other in others):
                found.append((max(gap, 0.01), phrase))
    if not found:
        return None
    gap, phrase = min(found, key=lambda pair: pair[0])
    return phrase, gap


def head_of(box: Box, phrases: list[Phrase]) -> str:
    """The nearest words above a block of boxes."""
    x, y, w, _ = box
    over = [
        phrase
        for phrase in phrases
        if 0 <= y - phrase.box[1] - phrase.box[3] + 0.5 < _HEAD_MM
        and min(x + w, phrase.box[0] + phrase.box[2]) - max(x, phrase.box[0]) > 0.5 * min(w, phrase.box[2])
        and len(phrase.text) > 2
    ]
    return tidy(max(over, key=lambda phrase: phrase.box[1]).text) if over else ""


def column_head(box: Box, phrases: list[Phrase]) -> str:
    """The words over a column of boxes, of one line or two."""
    x, y, w, _ = box
    over = [
        phrase
        for phrase in phrases
        if 0 < y - phrase.box[1] - phrase.box[3] + 0.5 < 14
        and abs(phrase.box[0] + phrase.box[2] / 2 - x - w / 2) < max(4.0, phrase.box[2] / 2)
        and phrase.box[2] < 40
    ]
    if not over:
        return ""
    low = max(phrase.box[1] for phrase in over)
    near = [phrase for phrase in over if low - phrase.box[1] < 2 * phrase.box[3]]
    return tidy(" ".join(phrase.text for phrase in sorted(near, key=lambda phrase: phrase.box[1])))


def tidy(text: str) -> str:
    """The label without leaders and signs at its ends."""
    return " ".join(text.split()).strip(" .:_*-–…·|").strip()[:_LONGEST]
