"""Fields that people write into, cut into their characters: what of the page the handprint readers see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import TypeIs

from ocr.fields.crops import cut, pixel_box
from ocr.fields.typed import is_typed
from ocr.fields.writing import Writing, prepare
from ocr.handprint.classes import (
    BLANK,
    DIGITS,
    LOW,
    LOWER,
    LOWER_ACCENTED,
    STRUCK,
    Mask,
    allowed,
    characters,
    mask_of,
)
from ocr.handprint.comb import Cell, cut_cells
from ocr.handprint.line import line_picture
from ocr.handprint.spaced import Character, cut_line, without_marks
from ocr.handprint.wordlist import WordList
from ocr.readings import Gray, PixelBox
from ocr.registration.result import Matrix
from ocr.template.model import CombField, FormField, HandprintField

_AROUND_MM = 1.5
_LINE_AROUND_MM = 0.8
_PX_PER_MM = 12.0
CAPITALS = ("upper", "alnum")
"""Charsets whose small letters are read as capitals."""
POINT = frozenset({"US", "GB", "IE", "CA", "AU", "IN"})
"""Countries that write a decimal point; the others write a comma."""
WrittenField = CombField | HandprintField


@dataclass(frozen=True, slots=True)
class Handwritten:
    """A field's characters: `pictures` (n, 32, 32) of its written cells, and which of all `cells` those are.

    `struck` says that a line runs through the field; `lines` are its lines as a whole where it has no cells, and `low`
    tells which of its characters are marks by their height. `typed` is for Tesseract, where a machine has written;
    `words` lists what is mostly written here.
    """

    name: str
    field: WrittenField
    country: str
    pictures: Gray
    written: tuple[int, ...]
    cells: int
    struck: bool
    crop: Gray
    box: PixelBox
    lines: tuple[Gray, ...] = ()
    low: tuple[bool, ...] = ()
    typed: Writing | None = None
    words: WordList | None = None


def is_handwritten(field: FormField) -> TypeIs[WrittenField]:
    """Whether people write into it by hand; a prefilled comb is printed text until someone corrects it."""
    return isinstance(field, HandprintField) or (isinstance(field, CombField) and field.prefill is None)


def prepare_handwriting(
    name: str, field: WrittenField, country: str, image: Gray, matrix: Matrix, words: WordList | None = None
) -> Handwritten:
    """Cuts the field out of the page and its characters out of the field."""
    around = _AROUND_MM if isinstance(field, CombField) else _LINE_AROUND_MM
    crop = cut(image, matrix, field.box, around).image
    made, by_machine = _prepared(name, field, country, crop, pixel_box(matrix, field.box), words)
    return replace(made, typed=prepare(name, field, image, matrix)) if by_machine else made


def _prepared(
    name: str, field: WrittenField, country: str, crop: Gray, box: PixelBox, words: WordList | None
) -> tuple[Handwritten, bool]:
    """The field cut into its characters, and whether a machine wrote them."""
    if isinstance(field, CombField):
        found = cut_cells(crop, _AROUND_MM, field.cells, _PX_PER_MM)
        written = tuple(at for at, cell in enumerate(found) if not cell.empty)
        struck = any(cell.struck for cell in found)
        pictures = _stacked([found[at].picture for at in written])
        made = Handwritten(name, field, country, pictures, written, field.cells, struck, crop, box, words=words)
        return made, _machine_wrote([found[at] for at in written], field)
    bands = [(band, line) for band in np.array_split(crop, field.lines) if (line := cut_line(band, _PX_PER_MM))]
    by_machine = bool(bands) and all(_machine_wrote(line, field) for _, line in bands)
    single = bands[0][1] if len(bands) == 1 else ()
    places = tuple(int(at) for at in np.cumsum([1 + character.after_space for character in single]) - 1)
    pictures = _stacked([character.picture for character in single])
    # the line net knows marks in numbers alone; in words the cell net tells them by their height
    bare = bool(single) and field.charset not in ("date", "phone")
    lines = tuple(line_picture(without_marks(band, line) if bare else band) for band, line in bands)
    cells, low = max(places, default=-1) + 1, tuple(character.low for character in single)
    made = Handwritten(name, field, country, pictures, places, cells, False, crop, box, lines, low, words=words)
    return made, by_machine


def _machine_wrote(found: Sequence[Cell | Character], field: WrittenField) -> bool:
    return is_typed([one.top for one in found], [one.bottom for one in found], field.charset)


def _stacked(pictures: list[Gray]) -> Gray:
    return np.stack(pictures) if pictures else np.zeros((0, 32, 32), np.uint8)


def masks_of(one: Handwritten) -> Mask:
    """What each picture can be; without cells, how high it stands tells a full stop from a letter."""
    held = _mask(one)
    low = held & mask_of(LOW)
    marks = np.array(one.low, np.bool_)
    if not len(marks) or not (low[:BLANK]).any():
        return np.tile(held, (len(one.pictures), 1))
    high = held & ~mask_of(LOW) | mask_of("")
    low[STRUCK] = False
    return np.asarray(np.where(marks[:, None], low, high), dtype=np.bool_)


def _mask(one: Handwritten) -> Mask:
    # without cells to forbid it, people write amounts with their decimals
    if isinstance(one.field, HandprintField) and one.field.charset == "digits":
        return mask_of(DIGITS + ".,")
    if one.field.charset in CAPITALS:
        written = LOWER + LOWER_ACCENTED + (LOW if isinstance(one.field, HandprintField) else "")
        return allowed(one.field.charset) | mask_of(written)
    return allowed(one.field.charset)


def characters_of(one: Handwritten) -> str:
    """What is written here; without cells to forbid it, people write amounts with their decimals."""
    amount = isinstance(one.field, HandprintField) and one.field.charset == "digits"
    return characters(one.field.charset) + (("." if one.country in POINT else ",") if amount else "")
