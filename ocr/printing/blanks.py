"""Blank pictures of our own forms without marks, one for each language."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from pdf2image import convert_from_path

from ocr.printing.forms import print_forms
from ocr.readings import Gray
from ocr.template.loading import load_template
from ocr.template.model import PrintMarks, SquareMarks, Template

PX_PER_MM = 6
"""152.4 dpi: a whole number of pixels on every standard page, so that pixels and millimetres agree to the edge."""


def draw_blanks(directory: Path) -> list[Path]:
    """Writes each blank the form names (gray PNG, `PX_PER_MM`). Raises ValueError for a form that has marks."""
    template = load_template(directory)
    if not isinstance(template.marks, PrintMarks):
        raise ValueError(f"{template.name} has marks; it needs no blank pictures")
    written = []
    for language, file in template.marks.blanks.items():
        path = directory / file
        cv2.imwrite(str(path), _drawn(template, language), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        written.append(path)
    return written


def blank_of(template: Template, directory: Path, language: str) -> Gray | None:
    """The blank form, printed in `language` where it has that; None for somebody else's form without a picture."""
    marks = template.marks
    if isinstance(marks, PrintMarks):
        name = marks.blanks.get(language) or next(iter(marks.blanks.values()))
    else:
        name = marks.blank if isinstance(marks, SquareMarks) and marks.blank else ""
    if name:
        picture = cv2.imread(str(directory / name), cv2.IMREAD_GRAYSCALE)
        return None if picture is None else np.asarray(picture, dtype=np.uint8)
    if not template.printable:
        return None
    return _drawn(template, language if language in template.languages else template.languages[0])


def _drawn(template: Template, language: str) -> Gray:
    size = tuple(round(side * PX_PER_MM) for side in template.page.mm)
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "blank.pdf"
        print_forms(template, [], language=language, out=pdf)
        picture = np.asarray(convert_from_path(pdf, size=size, grayscale=True)[0])
    # 16 levels of gray keep the letters smooth and the file a third as large
    return np.asarray(picture // 17 * 17, dtype=np.uint8)
