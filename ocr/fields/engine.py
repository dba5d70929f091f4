"""Tesseract as a line reader: many line pictures, one process.

A call costs about 100 ms before it reads anything, so lines are pages of one TIFF: each is read on its own (page
segmentation mode 7), and none can spoil the layout of another.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytesseract
from PIL import Image

from ocr.readings import Gray

_NEEDED = "tesseract-ocr tesseract-ocr-deu tesseract-ocr-swe"


class EngineMissingError(Exception):
    """Tesseract or one of its models is not installed, so no page can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """`text` of one line or field; `confidence` 0..1 is the worst word's, as Tesseract gives it."""

    text: str
    confidence: float


NOTHING = Recognised("", 0.0)


@cache
def engine_version() -> str:
    """``tesseract/5.3.0``. Raises EngineMissingError where Tesseract is not installed."""
    try:
        return f"tesseract/{pytesseract.get_tesseract_version().public}"
    except pytesseract.TesseractNotFoundError as error:
        raise _missing() from error


def read_lines(lines: Sequence[Gray], *, model: str, whitelist: str = "") -> list[Recognised]:
    """The text of each line picture (black on white, some white around it) with one Tesseract `model` (``deu``).

    A line at which Tesseract fails is read as nothing, and the others all the same. Raises EngineMissingError when
    Tesseract or the model is not installed.
    """
    if not lines:
        return []
    config = "--psm 7" + (f' -c tessedit_char_whitelist="{whitelist}"' if whitelist else "")
    try:
        return _read_together(lines, model, config)
    except pytesseract.TesseractNotFoundError as error:
        raise _missing() from error
    except pytesseract.TesseractError as error:
        if "language" in str(error) or "traineddata" in str(error):
            raise EngineMissingError(
                f"Tesseract lacks its model {model}. Run: apt install tesseract-ocr-{model}"
            ) from error
    if len(lines) == 1:
        return [NOTHING]
    half = len(lines) // 2
    return [
        read for part in (lines[:half], lines[half:]) for read in read_lines(part, model=model, whitelist=whitelist)
    ]


def _read_together(lines: Sequence[Gray], model: str, config: str) -> list[Recognised]:
    # the Debian build runs OpenMP threads that cost 4.6 times the CPU and gain nothing
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with tempfile.TemporaryDirectory(prefix="replyflow-") as folder:
        file = Path(folder) / "lines.tif"
        first, *rest = (Image.fromarray(line) for line in lines)
        first.save(file, save_all=True, append_images=rest)
        table = pytesseract.image_to_data(str(file), lang=model, config=config, output_type="dict")
    words: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for page, text, confidence in zip(table["page_num"], table["text"], table["conf"], strict=True):
        # a speck reads as a full stop or a bar; no value has a word of these alone
        if any(character.isalnum() for character in text):
            words[page - 1].append((text.strip(), max(float(confidence), 0.0) / 100))
    return [_joined(words[number]) if words[number] else NOTHING for number in range(len(lines))]


def _joined(words: list[tuple[str, float]]) -> Recognised:
    return Recognised(" ".join(text for text, _ in words), min(confidence for _, confidence in words))


def _missing() -> EngineMissingError:
    return EngineMissingError(f"Tesseract is not installed; printed text cannot be read. Run: apt install {_NEEDED}")
