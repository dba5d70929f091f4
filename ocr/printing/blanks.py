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

BLANK_DPI = 150


def draw_blanks(directory: Path) -> list[Path]:
    """Writes each blank the form names, as 150 dpi gray PNG. Raises ValueError for a form that has marks."""
    template = load_template(directory)
    if not isinstance(template.marks, PrintMarks):
        raise ValueError(f"{template.name} has marks; it needs no blank pictures")
    written = []
    for language, file in template.marks.blanks.items():
        with tempfile.TemporaryDirectory() as folder:
            pdf = Path(folder) / "blank.pdf"
            print_forms(template, [], language=language, out=pdf)
            picture = np.asarray(convert_from_path(pdf, dpi=BLANK_DPI, grayscale=True)[0])
        # 16 levels of gray keep the letters smooth and the file a third as large
        path = directory / file
        cv2.imwrite(str(path), (picture // 17 * 17).astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        written.append(path)
    return written
