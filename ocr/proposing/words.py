"""The print on a blank: words with their places, from the PDF's own text, or else by Tesseract."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytesseract
from PIL import Image

from ocr.fields.crops import PX_PER_MM, Mask
from ocr.fields.engine import engine_missing, model_missing
from ocr.pages.sniff import sniff
from ocr.proposing.sheet import Sheet
from ocr.readings import Gray
from ocr.template.areas import grown, overlap
from ocr.template.model import Box

_MM = 25.4 / 72
_MODELS = {"en": "eng", "de": "deu", "sv": "swe"}
_LEAST_CONFIDENCE = 30
_LINE_MM = 7.0
_WORD_GAP, _PHRASE_GAP = 0.28, 1.1
"""Of the height of the letters: what parts words, and what parts labels that stand side by side."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that belong together, with their box in mm."""

    text: str
    box: Box


def find_phrases(
    blank: Path, number: int, sheet: Sheet, shapes: list[Box], language: str
) -> tuple[list[Phrase], list[Phrase]]:
    """The words of page `number` (from 1), and the same joined to labels; what is printed in `shapes` is left out.

    Raises EngineMissingError where Tesseract or its model is needed and missing.
    """
    words = _own_words(blank, number) or _read_words(sheet, shapes, _MODELS.get(language, "eng"))
    return words, _joined(words)


def _own_words(blank: Path, number: int) -> list[Phrase]:
    """Words of the PDF's text layer, built from the places of its characters; none for a picture or a scan."""
    if sniff(blank) != "pdf":
        return []
    document = pdfium.PdfDocument(blank)
    try:
        page = document[number - 1]
        if page.get_rotation():
            return []
        left, _, _, top = page.get_cropbox()
        text = page.get_textpage()
        characters = [
            Phrase(character, ((x1 - left) * _MM, (top - y2) * _MM, (x2 - x1) * _MM, (y2 - y1) * _MM))
            for index in range(text.count_chars())
            for x1, y1, x2, y2 in (text.get_charbox(index, loose=True),)
            for character in (text.get_text_range(index, 1),)
        ]
    finally:
        document.close()
    return [word for word in _spelt(characters) if word.box[2] > 0 and word.box[3] > 0]


def _spelt(characters: Iterable[Phrase]) -> list[Phrase]:
    words: list[list[Phrase]] = [[]]
    for character in characters:
        if not character.text.strip() or not character.text.isprintable():
            words.append([])
            continue
        if words[-1] and not _follows(words[-1][-1].box, character.box, _WORD_GAP):
            words.append([])
        words[-1].append(character)
    return [_one(word, "") for word in words if word]


def _read_words(sheet: Sheet, shapes: list[Box], model: str) -> list[Phrase]:
    # Tesseract takes lines and boxes for letters, and letters near them for nothing
    image = sheet.image.copy()
    image[_longer(sheet.across, _LINE_MM, upright=False) | _longer(sheet.down, _LINE_MM, upright=True)] = 255
    for shape in shapes:
        x, y, w, h = (round(side * PX_PER_MM) for side in grown(shape, 0.4))
        image[max(y, 0) : y + h, max(x, 0) : x + w] = 255
    table = _layout(image, model)
    words = []
    for text, confidence, *sides in zip(
        *(table[key] for key in ("text", "conf", "left", "top", "width", "height")), strict=True
    ):
        box = tuple(side / PX_PER_MM for side in sides)
        if float(confidence) >= _LEAST_CONFIDENCE and any(c.isalnum() for c in text) and box[3] < 15:
            words.append(Phrase(text.strip(), (box[0], box[1], box[2], box[3])))
    return words


def _layout(image: Gray, model: str) -> dict[str, list[Any]]:
    # the Debian build runs OpenMP threads that cost 4.6 times the CPU and gain nothing
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        table: dict[str, list[Any]] = pytesseract.image_to_data(
            Image.fromarray(image), lang=model, config="--psm 11 --dpi 300", output_type="dict"
        )
    except pytesseract.TesseractNotFoundError as error:
        raise engine_missing() from error
    except pytesseract.TesseractError as error:
        raise model_missing(model) from error
    return table


def _longer(lines: Mask, least_mm: float, *, upright: bool) -> Mask:
    """The lines of at least `least_mm`, which no letter has, a little thicker than they are."""
    length = round(least_mm * PX_PER_MM)
    kernel = np.ones((length, 1) if upright else (1, length), np.uint8)
    long = cv2.morphologyEx(lines.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return np.asarray(cv2.dilate(long, np.ones((3, 3), np.uint8)) > 0)


def _joined(words: list[Phrase]) -> list[Phrase]:
    """Words side by side with no more than a space between them, line by line."""
    waiting = sorted((word for word in words if _is_said(word)), key=lambda word: word.box[0])
    rows: list[list[Phrase]] = []
    for word in waiting:
        row = next((row for row in rows if _follows(row[-1].box, word.box, _PHRASE_GAP)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    return sorted((_one(row, " ") for row in rows), key=lambda phrase: (round(phrase.box[1]), phrase.box[0]))


def _is_said(word: Phrase) -> bool:
    return any(character.isalnum() for character in word.text)


def _follows(one: Box, other: Box, gap: float) -> bool:
    """Whether `other` goes on where `one` ends, on the same line and at most `gap` heights away."""
    height = max(one[3], other[3])
    level = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return level > 0.5 * min(one[3], other[3]) and -0.5 * height < other[0] - one[0] - one[2] < gap * height


def _one(parts: list[Phrase], between: str) -> Phrase:
    left, top = min(part.box[0] for part in parts), min(part.box[1] for part in parts)
    right, bottom = (max(part.box[i] + part.box[i + 2] for part in parts) for i in (0, 1))
    return Phrase(between.join(part.text for part in parts), (left, top, right - left, bottom - top))


def paragraphs(phrases: list[Phrase]) -> set[Phrase]:
    """The phrases that go on in a line below them or above: running text, which labels nothing."""
    ordered = sorted(phrases, key=lambda phrase: phrase.box[1])
    running: set[Phrase] = set()
    for one, other in pairwise(ordered):
        long = min(len(one.text), len(other.text)) > 25
        if long and abs(one.box[0] - other.box[0]) < 2 and other.box[1] - one.box[1] < 2.2 * one.box[3]:
            running |= {one, other}
    return running


def is_lettering(ring: Box, words: list[Phrase]) -> bool:
    """Whether a circle is the o of a word."""
    middle = grown(ring, -ring[2] / 4)
    return any(
        len(word.text) > 1 and any(c.isalnum() for c in word.text) and overlap(word.box, middle) for word in words
    )
