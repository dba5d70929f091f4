"""Tesseract as a command, through pytesseract: many line pictures, one process.

A call costs about 100 ms before it reads anything, so lines are pages of one TIFF: each is read on its own (page
segmentation mode 7), and none can spoil the layout of another.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytesseract
from PIL import Image

from ocr.fields.engine import NOTHING, Recognised, engine_missing, joined, model_missing
from ocr.readings import Gray


class TesseractCommand:
    """The engine where tesserocr is not installed. Raises EngineMissingError where Tesseract is not either."""

    def __init__(self) -> None:
        try:
            self.version = f"tesseract/{pytesseract.get_tesseract_version().public}"
        except pytesseract.TesseractNotFoundError as error:
            raise engine_missing() from error

    def read_lines(self, lines: Sequence[Gray], *, model: str, whitelist: str = "") -> list[Recognised]:
        """See `Engine`. A line at which Tesseract fails is read as nothing, and the others all the same."""
        if not lines:
            return []
        config = "--psm 7" + (f' -c tessedit_char_whitelist="{whitelist}"' if whitelist else "")
        try:
            return _read_together(lines, model, config)
        except pytesseract.TesseractNotFoundError as error:
            raise engine_missing() from error
        except pytesseract.TesseractError as error:
            if "language" in str(error) or "traineddata" in str(error):
                raise model_missing(model) from error
        if len(lines) == 1:
            return [NOTHING]
        half = len(lines) // 2
        parts = (lines[:half], lines[half:])
        return [read for part in parts for read in self.read_lines(part, model=model, whitelist=whitelist)]


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
        words[page - 1].append((text, max(float(confidence), 0.0) / 100))
    return [joined(words[number]) for number in range(len(lines))]
