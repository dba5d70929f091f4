"""Forms without codes or marks whose print is so much the same that their pages would be refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from ocr.registration.features import FINE, NEARLY, describe, register_print
from ocr.registration.result import NotRegistered
from ocr.template.document import Problem, read_document
from ocr.template.model import CodeField, PrintMarks, Template

Design = tuple[Template, Path]


def look_alikes(designs: Sequence[Design]) -> list[Problem]:
    """A problem for each form of `designs` whose blank fits another's print nearly as well as its own."""
    bare = [(template, folder) for template, folder in designs if _is_known_by_print_alone(template)]
    problems: list[Problem] = []
    for one, other in itertools.permutations(bare, 2):
        if any(_fits_nearly(picture, one, other) for picture in _blanks(one)):
            reason = f"its print is nearly that of {other[0].name}; without a code, pages of both are refused"
            problems.append(read_document(one[1]).problem(("marks", "blanks"), reason))
    return problems


def _is_known_by_print_alone(template: Template) -> bool:
    named = any(isinstance(field, CodeField) and field.content != "free" for field in template.fields.values())
    return isinstance(template.marks, PrintMarks) and not named


def _blanks(design: Design) -> Iterator[Path]:
    template, folder = design
    assert isinstance(template.marks, PrintMarks)
    yield from (folder / file for file in template.marks.blanks.values() if (folder / file).is_file())


def _fits_nearly(picture: Path, own: Design, other: Design) -> bool:
    image = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return False
    seen = describe(np.asarray(image, dtype=np.uint8), FINE)
    itself, stranger = (register_print(*design, seen, image.shape[:2]) for design in (own, other))
    if isinstance(itself, NotRegistered) or isinstance(stranger, NotRegistered):
        return False
    return stranger[0].marks > NEARLY * itself[0].marks
