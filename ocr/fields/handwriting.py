"""Comb and handprint fields read by the handprint nets: cut now, one inference for the characters of many pages.

Without cells two readers look at a line: its characters one by one, and the line as a whole. What both say counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rapidfuzz.distance import Hamming
from typing_extensions import TypeIs

from ocr.fields.crops import cut, pixel_box
from ocr.fields.text import Agreed, country_models, read_texts, typed_reading
from ocr.fields.typed import is_typed, joined, with_stops
from ocr.fields.writing import Writing, prepare
from ocr.handprint.calibration import Calibration, load
from ocr.handprint.classes import BLANK, CLASSES, DIGITS, LOW, LOWER, LOWER_ACCENTED, Mask, allowed, characters, mask_of
from ocr.handprint.comb import Cell, cut_cells
from ocr.handprint.dates import best_dates
from ocr.handprint.lattice import Lattice, best, best_that, luhn
from ocr.handprint.line import Steps, best_texts, line_picture, read_lines, within
from ocr.handprint.net import HERE, Probabilities, as_capitals, classify, inked, version
from ocr.handprint.phones import is_phone
from ocr.handprint.spaced import Character, cut_line
from ocr.handprint.words import in_context, plausible
from ocr.readings import Alternative, Gray, PixelBox, Reading, Status
from ocr.registration.result import Matrix
from ocr.template.model import CombField, FormField, HandprintField

_AROUND_MM = 1.5
_LINE_AROUND_MM = 0.8
_PX_PER_MM = 12.0
_SURE = 0.99
_STRUCK = 0.5
_CAPITALS, _NUMBERS = ("upper", "alnum"), ("digits", "phone", "date")
_UNSAID, _TOGETHER = 0.004, 0.3
_POINT = frozenset({"US", "GB", "IE", "CA", "AU", "IN"})
"""Countries that write a decimal point; the others write a comma."""
WrittenField = CombField | HandprintField


@dataclass(frozen=True, slots=True)
class Handwritten:
    """A field's characters: `pictures` (n, 32, 32) of its written cells, and which of all `cells` those are.

    `struck` says that a line runs through the field; `lines` are its lines as a whole where it has no cells, and `low`
    tells which of its characters are marks by their height. `typed` is for Tesseract, where a machine has written.
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
        typed = prepare(name, field, image, matrix) if _machine_wrote([found[at] for at in written], field) else None
        return Handwritten(name, field, country, pictures, written, field.cells, struck, crop, box, typed=typed)
    bands = [(band, line) for band in np.array_split(crop, field.lines) if (line := cut_line(band, _PX_PER_MM))]
    machine = bool(bands) and all(_machine_wrote(line, field) for _, line in bands)
    typed = prepare(name, field, image, matrix) if machine else None
    single = bands[0][1] if len(bands) == 1 else ()
    places = tuple(int(at) for at in np.cumsum([1 + character.after_space for character in single]) - 1)
    pictures = _stacked([character.picture for character in single])
    lines = tuple(line_picture(band) for band, _ in bands)
    cells, low = max(places, default=-1) + 1, tuple(character.low for character in single)
    return Handwritten(name, field, country, pictures, places, cells, False, crop, box, lines, low, typed)


def _machine_wrote(found: Sequence[Cell | Character], field: WrittenField) -> bool:
    return is_typed([one.top for one in found], [one.bottom for one in found], field.charset)


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
    machines = _machines(fields)
    return [
        _reading(one, own, [next(lines) for _ in one.lines], machine)
        for one, own, machine in zip(fields, rows, machines, strict=True)
    ]


def _machines(fields: Sequence[Handwritten]) -> list[Agreed | None]:
    """What Tesseract reads in the fields where somebody has typed."""
    found = iter(read_texts([(one.typed, country_models(one.country)) for one in fields if one.typed is not None]))
    return [None if one.typed is None else next(found) for one in fields]


def _masks(one: Handwritten) -> Mask:
    """What each picture can be; without cells, how high it stands tells a full stop from a letter."""
    held = _mask(one)
    low = held & mask_of(LOW)
    marks = np.array(one.low, np.bool_)
    if not len(marks) or not (low[:BLANK]).any():
        return np.tile(held, (len(one.pictures), 1))
    high = held & ~mask_of(LOW) | mask_of("")
    return np.asarray(np.where(marks[:, None], low, high), dtype=np.bool_)


def _mask(one: Handwritten) -> Mask:
    # without cells to forbid it, people write amounts with their decimals
    if isinstance(one.field, HandprintField) and one.field.charset == "digits":
        return mask_of(DIGITS + ("." if one.country in _POINT else ","))
    if one.field.charset in _CAPITALS:
        written = LOWER + LOWER_ACCENTED + (LOW if isinstance(one.field, HandprintField) else "")
        return allowed(one.field.charset) | mask_of(written)
    return allowed(one.field.charset)


def _reading(one: Handwritten, rows: Probabilities, lines: list[Steps], machine: Agreed | None) -> Reading:
    kind, reader = one.field.kind, version()
    if not one.written and not lines:
        return Reading(one.name, kind, "", 0.995, "empty", one.box, reader, (), (), one.crop)
    joint = _are_joined(one, machine)
    texts, struck = _of_cells(one, rows, machine if joint else None) if one.written else ((), one.struck)
    if lines and not (texts and (_is_date(one) or joint)):
        texts = _agreed(texts, _of_lines(one, lines)) if texts else _of_lines(one, lines)
    text, confidence = texts[0] if texts else ("", 0.0)
    confidence = min(confidence, _STRUCK) if struck else confidence
    status: Status = "ok" if text and confidence >= _SURE else "doubtful"
    notes = ("struck_out",) if struck else ()
    reading = Reading(one.name, kind, text, confidence, status, one.box, reader, texts, notes, one.crop)
    if machine is None or one.typed is None or isinstance(one.field, CombField):
        return reading
    typed = typed_reading(one.typed, machine)
    if joint:
        # a sign in two pieces beside letters in one: as many characters by chance, but not the same ones
        return reading if Hamming.distance(text, "".join(machine.text.split())) <= 1 else typed
    return typed if typed.confidence >= reading.confidence else reading


def _are_joined(one: Handwritten, machine: Agreed | None) -> bool:
    """Whether both readers are asked character by character: in cells, and in mail addresses cut as Tesseract reads
    them; other words Tesseract reads better alone."""
    if machine is None:
        return False
    if isinstance(one.field, CombField):
        return True
    return one.field.charset == "email" and len(one.written) == len("".join(machine.text.split()))


def _of_cells(one: Handwritten, rows: Probabilities, machine: Agreed | None) -> tuple[tuple[Alternative, ...], bool]:
    """The texts of the characters one by one, the first with its calibrated probability; whether they are struck."""
    cells = np.zeros((one.cells, CLASSES), np.float32)
    cells[:, BLANK] = 1.0
    cells[list(one.written)] = as_capitals(rows) if one.field.charset in _CAPITALS else rows
    if machine is not None:
        stopped = isinstance(one.field, CombField) and one.field.charset == "email"
        cells = joined(with_stops(cells) if stopped else cells, machine.text)
    lattice = Lattice(cells)
    kind, texts = _checked(one, lattice, Lattice(cells[list(one.written)]))
    if not texts:
        kind = "digits" if one.field.charset in _NUMBERS else "upper"
        texts = best(in_context(lattice) if one.field.charset in ("text", "alnum") else lattice)
    if one.field.charset == "email":
        texts = tuple((text.replace(" ", ""), p) for text, p in texts)
    curve = _curve(kind)
    sure = tuple((text, curve(p) if n == 0 else p) for n, (text, p) in enumerate(texts))
    return sure, one.struck or lattice.struck > _STRUCK


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
    found = [best_texts(within(steps, characters(one.field.charset))) for steps in lines]
    if len(found) == 1:
        return found[0]
    return (("\n".join(texts[0][0] for texts in found), float(np.prod([texts[0][1] for texts in found]))),)


def _agreed(cells: tuple[Alternative, ...], lines: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """What both readers say is likelier than what either says alone, though they may err together."""
    one, other = dict(cells), dict(lines)
    odds = {
        text: (one.get(text, 0.0) + _UNSAID) * (other.get(text, 0.0) + _UNSAID) * plausible(text)
        for text in one | other
    }
    neither = _TOGETHER * max(1 - sum(one.values()), 0.05) * max(1 - sum(other.values()), 0.05)
    whole = sum(odds.values()) + neither
    return tuple((text, p / whole) for text, p in sorted(odds.items(), key=lambda pair: -pair[1])[:5])


@cache
def _curve(kind: str) -> Calibration:
    return load(HERE / "calibration.json", kind)
