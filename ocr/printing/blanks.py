"""Blank pictures of our own forms without marks, one for each language."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from pdf2image import convert_from_path

from ocr.printing.forms import print_forms
from ocr.template.loading import load_template
from ocr.template.model import PrintMarks

PX_PER_MM = 6
"""152.4 dpi: a whole number of pixels on every standard page, so that pixels and millimetres agree to the edge."""


def draw_blanks(directory: Path) -> list[Path]:
    """Writes each blank the form names (gray PNG, `PX_PER_MM`). Raises ValueError for a form that has marks."""
    template = load_template(directory)
    if not isinstance(template.marks, PrintMarks):
        raise ValueError(f"{template.name} has marks; it needs no blank pictures")
    written = []
    size = tuple(round(side * PX_PER_MM) for side in template.page.mm)
    for language, file in template.marks.blanks.items():
        with tempfile.TemporaryDirectory() as folder:
            pdf = Path(folder) / "blank.pdf"
            print_forms(template, [], language=language, out=pdf)
            picture = np.asarray(convert_from_path(pdf, size=size, grayscale=True)[0])
        # 16 levels of gray keep the letters smooth and the file a third as large
        path = directory / file
        cv2.imwrite(str(path), (picture // 17 * 17).astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        written.append(path)
    return written
