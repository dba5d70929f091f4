"""Comb and handprint fields read by the handprint nets: cut now, one inference for the characters of many pages.

Without cells two readers look at a line: its characters one by one, and the line as a whole. What both say counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from typing_extensions import TypeIs

from ocr.fields.crops import cut, pixel_box
from ocr.handprint.calibration import Calibration, load
from ocr.handprint.classes import (
    BLANK,
    CLASSES,
    DIGITS,
    INDEX,
    LOW,
    LOWER,
    LOWER_ACCENTED,
    STRUCK,
    Mask,
    allowed,
    characters,
    mask_of,
)
from ocr.handprint.comb import cut_cells
from ocr.handprint.dates import best_dates
from ocr.handprint.lattice import Lattice, best, best_that, luhn
from ocr.handprint.line import Steps, best_texts, line_picture, read_lines, within
from ocr.handprint.net import HERE, Probabilities, as_capitals, classify, inked, version
from ocr.handprint.phones import is_phone
from ocr.handprint.spaced import cut_line, without_marks
from ocr.handprint.words import agreed, in_context
from ocr.readings import Alternative, Gray, PixelBox, Reading, Status
from ocr.registration.result import Matrix
from ocr.template.model import CombField, FormField, HandprintField

_AROUND_MM = 1.5
_LINE_AROUND_MM = 0.8
_PX_PER_MM = 12.0
_SURE = 0.99
_STRUCK = 0.5
_SAID = 12
"""Texts that each reader of a line without cells brings to the vote."""
_CAPITALS, _NUMBERS = ("upper", "alnum"), ("digits", "phone", "date")
_DIRT = 0.1
"""What stands low in a line and is larger than a speck is that much less often nothing than in a cell."""
_POINT = frozenset({"US", "GB", "IE", "CA", "AU", "IN"})
"""Countries that write a decimal point; the others write a comma."""
WrittenField = CombField | HandprintField


@dataclass(frozen=True, slots=True)
class Handwritten:
    """A field's characters: `pictures` (n, 32, 32) of its written cells, and which of all `cells` those are.

    `struck` says that a line runs through the field; `lines` are its lines as a whole where it has no cells, and `low`
    tells which of its characters are marks by their height.
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


def is_handwritten(field: FormField) -> TypeIs[WrittenField]:
    """Whether people write into it by hand; a prefilled comb is printed text until someone corrects it."""
    return isinstance(field, HandprintField) or (isinstance(field, CombField) and field.prefill is None)


def prepare_handwriting(name: str, field: WrittenField, country: str, image: Gray, matrix: Matrix) -> Handwritten:
    """Cuts the field out of the page and its characters out of the field."""
    around = _AROUND_MM if isinstance(field, CombField) else _LINE_AROUND_MM
    crop = cut(image, matrix, field.box, around).image
    box = pixel_box(matrix, field.box)
    if isinstance(field, CombField):
        found = cut_cells(crop, around, field.cells, _PX_PER_MM)
        written = tuple(at for at, cell in enumerate(found) if not cell.empty)
        struck = any(cell.struck for cell in found)
        pictures = _stacked([found[at].picture for at in written])
        return Handwritten(name, field, country, pictures, written, field.cells, struck, crop, box)
    bands = [(band, line) for band in np.array_split(crop, field.lines) if (line := cut_line(band, _PX_PER_MM))]
    single = bands[0][1] if len(bands) == 1 else ()
    places = tuple(int(at) for at in np.cumsum([1 + character.after_space for character in single]) - 1)
    pictures = _stacked([character.picture for character in single])
    # the line net knows marks in numbers alone; in words the cell net tells them by their height
    bare = bool(single) and field.charset not in ("date", "phone")
    lines = tuple(line_picture(without_marks(band, line) if bare else band) for band, line in bands)
    cells, low = max(places, default=-1) + 1, tuple(character.low for character in single)
    return Handwritten(name, field, country, pictures, places, cells, False, crop, box, lines, low)


def _stacked(pictures: list[Gray]) -> Gray:
    return np.stack(pictures) if pictures else np.zeros((0, 32, 32), np.uint8)


def read_handwriting(fields: Sequence[Handwritten]) -> list[Reading]:
    """Reads the fields, of one page or of many, in one inference for all cells and one for lines of like length."""
    if not fields:
        return []
    masks = [_masks(one) for one in fields]
    found = inked(classify(np.concatenate([one.pictures for one in fields]), np.concatenate(masks)))
    rows = np.split(found, np.cumsum([len(one.pictures) for one in fields])[:-1])
    lines = iter(read_lines([line for one in fields for line in one.lines]))
    return [_reading(one, own, [next(lines) for _ in one.lines]) for one, own in zip(fields, rows, strict=True)]


def _masks(one: Handwritten) -> Mask:
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
    if one.field.charset in _CAPITALS:
        written = LOWER + LOWER_ACCENTED + (LOW if isinstance(one.field, HandprintField) else "")
        return allowed(one.field.charset) | mask_of(written)
    return allowed(one.field.charset)


def _reading(one: Handwritten, rows: Probabilities, lines: list[Steps]) -> Reading:
    kind, reader = one.field.kind, version()
    if not one.written and not lines:
        return Reading(one.name, kind, "", 0.995, "empty", one.box, reader, (), (), one.crop)
    texts, struck, letters = _of_cells(one, rows) if one.written else ((), one.struck, Lattice(rows))
    if lines and not (texts and _is_date(one)):
        texts = agreed(texts, letters, _of_lines(one, lines)) if texts else _of_lines(one, lines)
    text, confidence = texts[0] if texts else ("", 0.0)
    confidence = min(confidence, _STRUCK) if struck else confidence
    status: Status = "ok" if text and confidence >= _SURE else "doubtful"
    notes = ("struck_out",) if struck else ()
    return Reading(one.name, kind, text, confidence, status, one.box, reader, texts, notes, one.crop)


def _of_cells(one: Handwritten, rows: Probabilities) -> tuple[tuple[Alternative, ...], bool, Lattice]:
    """The texts of the characters one by one, the first with its calibrated probability; whether they are struck.

    The last is what the characters say that are no low marks.
    """
    cells = np.zeros((one.cells, CLASSES), np.float32)
    cells[:, BLANK] = 1.0
    rows = as_capitals(rows) if one.field.charset in _CAPITALS else rows
    cells[list(one.written)] = _marked(one, rows)
    lattice = Lattice(cells)
    kind, texts = _checked(one, lattice, Lattice(cells[list(one.written)]))
    if not texts:
        kind = "digits" if one.field.charset in _NUMBERS else "upper"
        lattice = in_context(lattice) if one.field.charset in ("text", "alnum") else lattice
        texts = best(lattice, _SAID)
    curve = _curve(kind)
    sure = tuple((text, curve(p) if n == 0 else p) for n, (text, p) in enumerate(texts))
    letters = [at for n, at in enumerate(one.written) if not (one.low and one.low[n])]
    return sure, one.struck or lattice.struck > _STRUCK, Lattice(lattice.cells[letters])


def _marked(one: Handwritten, rows: Probabilities) -> Probabilities:
    """The rows of a line without cells: what stands low is a mark or dirt, and of the decimal marks the country's."""
    if not one.low:
        return rows
    found = rows.copy()
    found[np.array(one.low), BLANK] *= _DIRT
    if one.field.charset == "digits":
        own, other = (INDEX[mark] for mark in (".," if one.country in _POINT else ",."))
        found[:, own] += found[:, other]
        found[:, other] = 0
    return np.asarray(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _is_date(one: Handwritten) -> bool:
    return one.field.charset == "date" or any(rule.endswith("date") for rule in one.field.rules)


def _checked(one: Handwritten, lattice: Lattice, written: Lattice) -> tuple[str, tuple[Alternative, ...]]:
    """The likeliest values that can exist, where many misreadings cannot; and the curve of such values."""
    rules = one.field.rules
    if _is_date(one):
        return "checked", best_dates(written, one.country)
    if "customer_number" in rules:
        return "checked", best_that(lattice, luhn)
    if "phone" in rules:
        return "phone", best_that(lattice, is_phone(one.country))
    return "", ()


def _of_lines(one: Handwritten, lines: list[Steps]) -> tuple[Alternative, ...]:
    found = [best_texts(within(steps, characters(one.field.charset)), _SAID) for steps in lines]
    if len(found) == 1:
        return found[0]
    return (("\n".join(texts[0][0] for texts in found), float(np.prod([texts[0][1] for texts in found]))),)


@cache
def _curve(kind: str) -> Calibration:
    return load(HERE / "calibration.json", kind)
