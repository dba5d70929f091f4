"""Pages to readings: find the form, read its fields, say how long each step took."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from ocr.by_hand import PERSON, find, typed_code
from ocr.certainty.evidence import Scan, scan_of
from ocr.certainty.judging import judged
from ocr.certainty.thresholds import Thresholds
from ocr.fields.codes import read_code
from ocr.fields.handwriting import read_handwriting
from ocr.fields.handwritten import Handwritten, is_handwritten, prepare_handwriting
from ocr.fields.marks import read_choice, read_tick_field
from ocr.fields.signature import read_signature
from ocr.fields.text import WRITTEN_MODELS, read_writings
from ocr.fields.writing import Writing, prepare
from ocr.locate import Located
from ocr.page import Page, Unreadable
from ocr.pages import Limits, open_pages
from ocr.readings import PageReading, Reading
from ocr.registration.result import NotRegistered
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, CodeField, SignatureField, StampField, Template, TickField

_PAGES_A_CALL = 8
"""Pages whose text goes to Tesseract together; more would hold more images in memory and gain little."""


@dataclass(frozen=True, slots=True)
class _HalfRead:
    """A page with everything read but its text."""

    reading: PageReading
    template: Template | None = None
    scan: Scan | None = None
    writings: tuple[tuple[Writing, str], ...] = ()
    handwritten: tuple[Handwritten, ...] = ()


def read_page(
    page: Page, templates: TemplateSet, *, fixed: str | None = None, thresholds: Thresholds | None = None
) -> PageReading:
    """All readings of one page, or the reason why it was not read."""
    return read_pages([page], templates, fixed=fixed, thresholds=thresholds)[0]


def read_pages(
    pages: Sequence[Page | Unreadable],
    templates: TemplateSet,
    *,
    fixed: str | None = None,
    thresholds: Thresholds | None = None,
) -> list[PageReading]:
    """Reads pages together: their printed text goes to Tesseract in one call for each language and charset."""
    least = thresholds or Thresholds()
    halves = [_half_read(page, templates, fixed) for page in pages]
    writings = [item for half in halves for item in half.writings]
    handwritten = [item for half in halves for item in half.handwritten]
    texts, text_ms = _shared(lambda: read_writings(writings))
    hands, hand_ms = _shared(lambda: read_handwriting(handwritten))
    done = []
    for half in halves:
        own = list(islice(texts, len(half.writings))), list(islice(hands, len(half.handwritten)))
        spent = {"text": text_ms * len(own[0]), "handprint": hand_ms * len(own[1])}
        done.append(_whole(half, [*own[0], *own[1]], spent, least))
    return done


def _shared(read: Callable[[], list[Reading]]) -> tuple[Iterator[Reading], float]:
    """What `read` gives, and the milliseconds it took for each of them."""
    started = time.perf_counter()
    found = read()
    return iter(found), (time.perf_counter() - started) * 1000 / max(len(found), 1)


def read_file(
    path: Path,
    templates: TemplateSet,
    *,
    fixed: str | None = None,
    name: str | None = None,
    wanted: Collection[int] | None = None,
    limits: Limits | None = None,
    thresholds: Thresholds | None = None,
) -> Iterator[PageReading]:
    """The readings of every page of a file, in order; never more than a few page images in memory."""
    opened = open_pages(path, name=name, wanted=wanted, limits=limits or Limits())
    while some := list(islice(opened, _PAGES_A_CALL)):
        yield from read_pages(some, templates, fixed=fixed, thresholds=thresholds)


def _half_read(page: Page | Unreadable, templates: TemplateSet, fixed: str | None) -> _HalfRead:
    if isinstance(page, Unreadable):
        return _HalfRead(PageReading(page.file, page.number, reason=page.reason))
    located = find(page, templates, fixed=fixed)
    if isinstance(located, NotRegistered):
        residual = located.residual_mm
        return _HalfRead(PageReading(page.file, page.number, reason=located.reason, residual_mm=residual))
    readings, writings, handwritten, ms = _fields(page, located, templates)
    template, registration = located.template, located.registration
    reading = PageReading(
        page.file, page.number, template.name, templates.hash_of(template.name), located.language, True, None,
        registration.method, _known(registration.residual_mm), registration.rotation, tuple(readings),
        {"open": page.open_ms, **located.ms, **ms},
    )  # fmt: skip
    scan = scan_of(page.image, registration)
    return _HalfRead(reading, template, scan, tuple(writings), tuple(handwritten))


def _fields(
    page: Page, located: Located, templates: TemplateSet
) -> tuple[list[Reading], list[tuple[Writing, str]], list[Handwritten], dict[str, float]]:
    image, matrix = page.image, located.registration.matrix
    readings: list[Reading] = []
    writings: list[tuple[Writing, str]] = []
    handwritten: list[Handwritten] = []
    ms = {"ticks": 0.0, "signature": 0.0, "text": 0.0, "handprint": 0.0}
    for name, field in located.template.fields.items():
        started = time.perf_counter()
        step = "text"
        if isinstance(field, CodeField):
            step = "codes"
            typed = page.by_hand.code if field.content == "reference" else None
            readings.append(
                typed_code(name, field, image, matrix, typed)
                if typed
                else read_code(name, field, image, matrix, located.codes)
            )
        elif isinstance(field, TickField):
            step = "ticks"
            readings.append(read_tick_field(name, field, image, matrix))
        elif isinstance(field, ChoiceField):
            step = "ticks"
            readings.append(read_choice(name, field, image, matrix))
        elif isinstance(field, SignatureField | StampField):
            step = "signature"
            readings.append(read_signature(name, field, image, matrix))
        elif is_handwritten(field):
            step = "handprint"
            words = templates.words_of(located.template.name, field)
            handwritten.append(prepare_handwriting(name, field, located.template.country, image, matrix, words))
        else:
            writings.append((prepare(name, field, image, matrix), WRITTEN_MODELS))
        ms[step] = ms.get(step, located.ms.get(step, 0.0)) + (time.perf_counter() - started) * 1000
    return readings, writings, handwritten, ms


def _known(residual_mm: float) -> float | None:
    return None if math.isnan(residual_mm) else residual_mm


def _whole(half: _HalfRead, texts: list[Reading], spent: dict[str, float], least: Thresholds) -> PageReading:
    template, scan = half.template, half.scan
    if template is None or scan is None:
        return half.reading
    by_name = {reading.name: reading for reading in (*half.reading.fields, *texts)}
    sure = tuple(
        # what a person typed is no score that a curve could judge
        by_name[name] if by_name[name].reader == PERSON else judged(by_name[name], field, scan, least, template.name)
        for name, field in template.fields.items()
    )
    ms = {**half.reading.ms, **{step: half.reading.ms.get(step, 0.0) + value for step, value in spent.items()}}
    return replace(half.reading, fields=sure, ms=ms)
