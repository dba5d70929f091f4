"""Printed text: the lines of many fields and pages go to Tesseract together, its answers become readings."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.fields.engine import NOTHING, Recognised, engine
from ocr.fields.writing import Writing, WritingField
from ocr.handprint.classes import characters
from ocr.readings import Reading, Status
from ocr.template.model import CombField, TextField

WRITTEN_MODELS = "deu swe"
"""Tesseract's models for words, the quicker first, whatever language a form speaks: names come from everywhere.

One cannot spell å and é, the other ü and ß: the second reads what the first may have misread for want of a letter.
"""
_LACKS = {"swe": "üÜß", "deu": "åÅéÉ", "eng": "äöüßåÄÖÜÅÉ"}
"""Letters of our countries that are not in a model's own list of characters."""
_WHITELIST = {"digits": "0123456789", "phone": "0123456789+-/() ", "date": "0123456789-./ "}
_TORN = 0.55
_ALONE = 0.90
"""The first model's confidence from which the second need not be asked; without its own letters it rarely has it."""
_DOTS = {
    "i": 1, "j": 1, "ä": 2, "ö": 2, "ü": 2, "Ä": 2, "Ö": 2, "Ü": 2,
    "!": 1, "?": 1, ":": 1, ";": 1, '"': 1, "%": 1,
}  # fmt: skip
_RINGED = "åÅéÉ"
"""Their ring or accent is seen apart from the letter or not."""
_NO_DATE, _STRUCK_AT_MOST = 0.3, 0.5
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%y%m%d", "%y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d. %m. %Y",
    "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d %m %Y", "%d%m%Y", "%m/%d/%Y",
)  # fmt: skip
_DIRT = "\"'`‘’‚“”„«»,:;|_~=*·— "
"""What specks beside a line are read as; no value starts or ends with it."""
_YEARS = range(1900, 2101)
_ACCENTS = str.maketrans("éÉ", "ëË")
"""No model here has ë, and each reads it as é without a doubt."""
_ACCENTED = 0.75
_ACCENTED_CAPITALS, _BARE_CAPITALS = frozenset("ÅÄÖÜÉ"), frozenset("AOUE")


@dataclass(frozen=True, slots=True)
class Agreed:
    """One field's text as Tesseract's models agree on it, and what else a model read."""

    text: str
    confidence: float
    others: tuple[str, ...] = ()


def read_writings(writings: Sequence[tuple[Writing, str]]) -> list[Reading]:
    """Reads the writings, each with its page's Tesseract models (``deu swe``), of one page or of many.

    Raises EngineMissingError when Tesseract or one of its models is not installed.
    """
    return [_reading(writing, one) for (writing, _), one in zip(writings, read_texts(writings), strict=True)]


def typed_reading(writing: Writing, found: Agreed) -> Reading:
    """The reading of a field made for a hand in which somebody has typed."""
    return _reading(writing, found)


def read_texts(writings: Sequence[tuple[Writing, str]]) -> list[Agreed]:
    """What Tesseract reads in the writings, in few calls; nothing in empty ones."""
    answers: dict[int, list[tuple[str, Recognised]]] = defaultdict(list)
    written = {index: _models(*item) for index, item in enumerate(writings) if not item[0].empty}
    _ask({index: models[0] for index, models in written.items()}, writings, answers)
    doubted = {index: models[1] for index, models in written.items() if len(models) > 1}
    doubted = {index: model for index, model in doubted.items() if _may_lack(writings[index][0], answers[index][0][1])}
    _ask(doubted, writings, answers)
    return [_agreed(answers[index]) for index in range(len(writings))]


def _ask(
    asked: dict[int, str],
    writings: Sequence[tuple[Writing, str]],
    answers: dict[int, list[tuple[str, Recognised]]],
) -> None:
    """Adds to the `answers` what each writing's model reads, in one call for each model and charset."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, model in asked.items():
        groups[model, _whitelist(writings[index][0])].append(index)
    for (model, whitelist), indexes in groups.items():
        for index, answer in zip(indexes, _read([writings[i][0] for i in indexes], model, whitelist), strict=True):
            answers[index].append((model, answer))


def _may_lack(writing: Writing, read: Recognised) -> bool:
    """Whether letters may have been misread for want of the right one: unsure, or with other dots than on paper."""
    return (
        read.confidence < _ALONE
        or any(line.dots is None for line in writing.lines)
        or _dots_off(writing, read.text, most=2)
    )


def _dots_off(writing: Writing, text: str, *, most: int) -> bool:
    """Whether the letters of the text bear more or fewer dots and accents than those on paper.

    `most` is 2 where the dots of ä, ö and ü are seen apart; with 1 they may have run together.
    """
    expected = [_DOTS.get(one, 0) for one in text]
    seen = sum(line.dots or 0 for line in writing.lines)
    rings = sum(one in _RINGED for one in text)
    return not sum(min(dots, most) for dots in expected) <= seen <= sum(expected) + rings


def _models(writing: Writing, models: str) -> list[str]:
    if writing.field.charset == "email":
        return ["eng"]
    # every model reads numbers alike, and one that is at work needs no more memory
    return models.split() if writing.field.charset in ("text", "upper") else models.split()[:1]


def _whitelist(writing: Writing) -> str:
    """The characters the field can hold; print is in either case, and cells hold what their charset says."""
    if isinstance(writing.field, TextField) or writing.field.charset == "text":
        return _WHITELIST.get(writing.field.charset, "")
    return characters(writing.field.charset)


def _read(writings: list[Writing], model: str, whitelist: str) -> list[Recognised]:
    lines = [line.picture for writing in writings for line in writing.lines]
    read = iter(engine().read_lines(lines, model=model, whitelist=whitelist))
    return [_joined([next(read) for _ in writing.lines]) for writing in writings]


def _joined(lines: list[Recognised]) -> Recognised:
    """A field's lines; one without any letter was dirt."""
    written = [(text, line.confidence) for line in lines if (text := line.text.rstrip(_DIRT).lstrip(_DIRT + ".-"))]
    if not written:
        return NOTHING
    return Recognised("\n".join(text for text, _ in written), min(confidence for _, confidence in written))


def _agreed(answers: list[tuple[str, Recognised]]) -> Agreed:
    """What the models agree on. Where they do not, one that lacks the other's letter had no choice and is overruled;
    else the surer one's text, no surer than a coin.
    """
    if not answers:
        return Agreed("", 0.0)
    (best_model, best), *rest = sorted(answers, key=lambda answer: -answer[1].confidence)
    text, confidence = best.text, best.confidence
    for model, other in rest:
        merged = _merged((best_model, text), (model, other.text))
        if merged is None:
            others = tuple(dict.fromkeys(one.text for _, one in answers if one.text not in ("", text)))
            return Agreed(text, min(confidence, _TORN), others)
        if merged != text:
            text, confidence = merged, other.confidence if merged == other.text else min(confidence, other.confidence)
    return Agreed(text, confidence)


def _merged(one: tuple[str, str], other: tuple[str, str]) -> str | None:
    """Letter by letter the text of the model that could have written either letter; None where both could."""
    (model, text), (other_model, other_text) = one, other
    if len(text) != len(other_text):
        return None
    letters = []
    for a, b in zip(text, other_text, strict=True):
        a_had_choice, b_had_choice = b not in _LACKS.get(model, ""), a not in _LACKS.get(other_model, "")
        if a != b and a_had_choice == b_had_choice:
            return None
        letters.append(a if a == b or a_had_choice else b)
    return "".join(letters)


def _reading(writing: Writing, found: Agreed) -> Reading:
    field = writing.field
    reader = engine().version
    notes = ("struck_out",) if writing.struck_out and isinstance(field, TextField) else ()
    if writing.empty:
        return Reading(writing.name, field.kind, "", 0.995, "empty", writing.box, reader, (), (), writing.crop)
    text = _tidy(found.text, field)
    confidence, doubted = found.confidence, bool(found.others or notes)
    if field.charset == "date" and not _is_date(text):
        confidence, doubted = min(confidence, _NO_DATE), True
    others = found.others
    if field.charset in ("text", "upper") and (accented := text.translate(_ACCENTS)) != text:
        confidence, doubted, others = min(confidence, _ACCENTED), True, (*others, accented)
    # an accent grown onto its capital makes it taller, and both models may read the capital alone
    if any(line.dots is None for line in writing.lines):
        accents_missed = _lacks_an_accent(text)
    else:
        accents_missed = field.charset in ("text", "upper") and _dots_off(writing, text, most=1)
    if accents_missed:
        confidence, doubted = min(confidence, _ACCENTED), True
    if notes:
        confidence, doubted = min(confidence, _STRUCK_AT_MOST), True
    status: Status = "ok" if text and not doubted else "doubtful"
    rest = max(0.0, 1 - confidence) / (len(others) + 1)
    alternatives = ((text, confidence), *((other, rest) for other in others)) if text else ()
    return Reading(
        writing.name, field.kind, text, confidence, status, writing.box, reader, alternatives, notes, writing.crop
    )


def _lacks_an_accent(text: str) -> bool:
    """Whether it has capitals that may have borne an accent, and none that does."""
    return bool(_BARE_CAPITALS & set(text)) and not _ACCENTED_CAPITALS & set(text)


def _tidy(text: str, field: WritingField) -> str:
    """Cells have no spaces, and no value starts or ends with what a speck or a fold looks like."""
    if field.charset == "digits" or (isinstance(field, CombField) and field.charset != "text"):
        text = text.replace(" ", "")
    if field.charset in ("date", "digits"):
        return text.strip(" .-/")
    # an address has no blanks, and is the same in either case
    return re.sub(r"\s", "", text).lower() if field.charset == "email" else text


def _is_date(text: str) -> bool:
    """Whether such a day of a living person's time exists, in any usual way of writing it."""
    for way in _DATES:
        try:
            day = dt.datetime.strptime(text, way)  # noqa: DTZ007  # only the year is looked at
        except ValueError:
            continue
        if day.year in _YEARS:
            return True
    return False
