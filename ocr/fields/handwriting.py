"""Comb and handprint fields read by the handprint nets: cut now, one inference for the characters of many pages.

Without cells two readers look at a line: its characters one by one, and the line as a whole. What both say counts.
Where they are not sure, a list of what the field can say and another reader are heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from rapidfuzz.distance import Hamming

from ocr.fields.engine import engine
from ocr.fields.handwritten import CAPITALS, POINT, Handwritten, characters_of, masks_of
from ocr.fields.second import second_reader
from ocr.fields.text import WRITTEN_MODELS, Agreed, read_texts, typed_reading
from ocr.fields.typed import joined, with_stops
from ocr.handprint.calibration import Calibration, load
from ocr.handprint.classes import (
    BLANK,
    CLASSES,
    INDEX,
)
from ocr.handprint.dates import best_dates
from ocr.handprint.evidence import Evidence, is_numbered, near, weighed
from ocr.handprint.lattice import Lattice, best, best_that, luhn
from ocr.handprint.line import Steps, best_texts, read_lines, within
from ocr.handprint.net import HERE, Probabilities, as_capitals, classify, inked, version
from ocr.handprint.phones import is_phone
from ocr.handprint.wordlist import WordList
from ocr.handprint.words import agreed, in_context
from ocr.readings import Alternative, Reading, Status
from ocr.template.model import CombField

_STRUCK = 0.5
_NO_DOUBT = 0.99
"""From this on no second reader is asked."""
_SAID = 12
"""Texts that each reader of a line without cells brings to the vote."""
_NUMBERS = ("digits", "phone", "date")
_DIRT = 0.1
"""What stands low in a line and is larger than a speck is that much less often nothing than in a cell."""
_NUMBER_AT_MOST = 0.95
"""A list makes a street sure, but not the house number beside it."""
_BOTH = 7.0
"""The other reader reads the same in 67 % of the lines that ours reads rightly, and in 10 % of those it does not."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read before lists and other readers are asked: `steps` are those of the only line, `letters` what the
    characters say that are no low marks."""

    texts: tuple[Alternative, ...] = ()
    struck: bool = False
    cells: Lattice | None = None
    steps: Steps | None = None
    letters: Lattice | None = None


def read_handwriting(fields: Sequence[Handwritten]) -> list[Reading]:
    """Reads the fields, of one page or of many, in one inference for all cells and one for lines of like length."""
    if not fields:
        return []
    masks = [masks_of(one) for one in fields]
    found = inked(classify(np.concatenate([one.pictures for one in fields]), np.concatenate(masks)))
    rows = np.split(found, np.cumsum([len(one.pictures) for one in fields])[:-1])
    lines = iter(read_lines([line for one in fields for line in one.lines]))
    machines = _machines(fields, rows)
    return [
        _reading(one, own, [next(lines) for _ in one.lines], machine)
        for one, own, machine in zip(fields, rows, machines, strict=True)
    ]


def _machines(fields: Sequence[Handwritten], rows: Sequence[Probabilities]) -> list[Agreed | None]:
    """What Tesseract reads in the fields where somebody has typed; in cells only what the net is not sure of."""
    asked = [
        one.typed if not isinstance(one.field, CombField) or own.max(axis=1, initial=0.0).prod() < _NO_DOUBT else None
        for one, own in zip(fields, rows, strict=True)
    ]
    found = iter(read_texts([(typed, WRITTEN_MODELS) for typed in asked if typed]))
    return [None if typed is None else next(found) for typed in asked]


def _reading(one: Handwritten, rows: Probabilities, lines: list[Steps], machine: Agreed | None) -> Reading:
    kind = one.field.kind
    if not one.written and not lines:
        return Reading(one.name, kind, "", 0.995, "empty", one.box, version(), (), (), one.crop)
    joint = _are_joined(one, machine)
    found = _found(one, rows, lines, machine if joint else None)
    texts, reader = _helped(one, found, machine)
    text, confidence = texts[0] if texts else ("", 0.0)
    confidence = min(confidence, _STRUCK) if found.struck else confidence
    status: Status = "ok" if text and not found.struck else "doubtful"
    notes = ("struck_out",) if found.struck else ()
    reading = Reading(one.name, kind, text, confidence, status, one.box, reader, texts, notes, one.crop)
    # what a list is for has been weighed against it, the machine's text among the evidence
    return reading if machine is None or one.words is not None else _or_typed(one, reading, machine, joint=joint)


def _or_typed(one: Handwritten, reading: Reading, machine: Agreed, *, joint: bool) -> Reading:
    """The reading of a line that a machine wrote: Tesseract's, unless both were asked together or ours is surer."""
    if one.typed is None or isinstance(one.field, CombField):
        return reading
    typed = typed_reading(one.typed, machine)
    if joint:
        # a sign in two pieces beside letters in one: as many characters by chance, but not the same ones
        return reading if Hamming.distance(str(reading.value), "".join(machine.text.split())) <= 1 else typed
    return typed if typed.confidence >= reading.confidence else reading


def _are_joined(one: Handwritten, machine: Agreed | None) -> bool:
    """Whether both readers are asked character by character: in cells, and in mail addresses cut as Tesseract reads
    them; other words Tesseract reads better alone."""
    if machine is None:
        return False
    if isinstance(one.field, CombField):
        return True
    return one.field.charset == "email" and len(one.written) == len("".join(machine.text.split()))


def _found(one: Handwritten, rows: Probabilities, lines: list[Steps], machine: Agreed | None) -> _Found:
    held = [within(steps, characters_of(one)) for steps in lines]
    found = _of_cells(one, rows, machine) if one.written else _Found(struck=one.struck)
    texts = found.texts
    if lines and not (texts and (_is_date(one) or machine is not None)):
        texts = agreed(texts, found.letters or Lattice(rows), _of_lines(held)) if texts else _of_lines(held)
    return replace(found, texts=texts, steps=held[0] if len(held) == 1 else None)


def _of_cells(one: Handwritten, rows: Probabilities, machine: Agreed | None) -> _Found:
    """The texts of the characters one by one, the first with its calibrated probability; whether they are struck."""
    cells = np.zeros((one.cells, CLASSES), np.float32)
    cells[:, BLANK] = 1.0
    rows = as_capitals(rows) if one.field.charset in CAPITALS else rows
    cells[list(one.written)] = _marked(one, rows)
    if machine is not None:
        stopped = isinstance(one.field, CombField) and one.field.charset == "email"
        cells = joined(with_stops(cells) if stopped else cells, machine.text)
    lattice = Lattice(cells)
    heard, (kind, texts) = lattice, _checked(one, lattice, Lattice(cells[list(one.written)]))
    if not texts:
        kind = _kind(one)
        heard = in_context(lattice) if one.field.charset in ("text", "alnum") else lattice
        texts = best(heard, _SAID)
    if one.field.charset == "email":
        texts = tuple((text.replace(" ", ""), p) for text, p in texts)
    curve = _curve(kind)
    sure = tuple((text, curve(p) if n == 0 else p) for n, (text, p) in enumerate(texts))
    letters = [at for n, at in enumerate(one.written) if not (one.low and one.low[n])]
    return _Found(sure, one.struck or lattice.struck > _STRUCK, heard, letters=Lattice(heard.cells[letters]))


def _marked(one: Handwritten, rows: Probabilities) -> Probabilities:
    """The rows of a line without cells: what stands low is a mark or dirt, and of the decimal marks the country's."""
    if not one.low:
        return rows
    found = rows.copy()
    found[np.array(one.low), BLANK] *= _DIRT
    if one.field.charset == "digits":
        own, other = (INDEX[mark] for mark in (".," if one.country in POINT else ",."))
        found[:, own] += found[:, other]
        found[:, other] = 0
    return np.asarray(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _helped(one: Handwritten, found: _Found, machine: Agreed | None) -> tuple[tuple[Alternative, ...], str]:
    """The texts after the field's list and another reader were heard, and the names of all who had a share in them."""
    other, second = _second_opinion(one, found, machine)
    words = one.words if found.cells is not None or found.steps is not None else None
    if words is None and not other:
        return found.texts, version()
    own, p = found.texts[0] if found.texts else ("", 0.0)
    texts_read = tuple(dict.fromkeys([*dict(found.texts), *([other] if other else [])]))
    evidence = Evidence(texts_read, found.cells, found.steps, other)
    expected = near(words, evidence, capitals=one.field.charset in CAPITALS) if words is not None else {}
    curve = _curve(_kind(one) if found.steps is None else _way(words, other))
    texts = [
        (text, min(curve(share), _NUMBER_AT_MOST if is_numbered(text) else 1.0))
        for text, share in weighed(evidence, expected)
    ]
    if texts[0][0] == own and (words is None or own in expected):
        texts[0] = own, max(_confirmed(p) if other == own else p, texts[0][1])
    return tuple(texts), " ".join([version(), *second, *([words.version] if words is not None else [])])


def _second_opinion(one: Handwritten, found: _Found, machine: Agreed | None) -> tuple[str, list[str]]:
    """What another reader reads in a doubtful line, and its name; nothing where none is there or asked."""
    if machine is not None:
        return (_folded(machine.text, one), [engine().version]) if one.words is not None and machine.text else ("", [])
    doubtful = found.steps is not None and (not found.texts or found.texts[0][1] < _NO_DOUBT)
    second = second_reader() if doubtful and not _is_date(one) else None
    other = _folded(second.read([one.crop])[0], one) if second is not None else ""
    return other, [second.version] if second is not None and other else []


def _confirmed(p: float) -> float:
    """The probability of a text after another reader has read the same."""
    return _BOTH * p / (_BOTH * p + 1 - p)


def _kind(one: Handwritten) -> str:
    return "digits" if one.field.charset in _NUMBERS else "upper"


def _way(words: WordList | None, other: str) -> str:
    """The curve of lines for which there was a list, another reader's text, or both."""
    return ("free" if words is None else "listed") + ("_twice" if other else "")


def _folded(text: str, one: Handwritten) -> str:
    """What the other reader read, as this field can hold it."""
    text = text.upper() if one.field.charset in CAPITALS else text
    return "".join(character for character in text if character in characters_of(one) + " ").strip()


def _is_date(one: Handwritten) -> bool:
    return one.field.charset == "date" or any("date" in rule for rule in one.field.rules)


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


def _of_lines(lines: list[Steps]) -> tuple[Alternative, ...]:
    found = [best_texts(steps, _SAID) for steps in lines]
    if len(found) == 1:
        return found[0]
    return (("\n".join(texts[0][0] for texts in found), float(np.prod([texts[0][1] for texts in found]))),)


@cache
def _curve(kind: str) -> Calibration:
    return load(HERE / ("lists.json" if kind.startswith(("listed", "free")) else "calibration.json"), kind)
