"""Sheets full of fields of every kind, each laid out anew, filled in by writers and fonts kept apart, and scanned.

The half of the writers, fonts and subscribers that the curves are fitted to is never the half that is reported on.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_path
from PIL import ImageFont

from ocr.handprint.cells import quantile
from ocr.printing import print_forms
from ocr.readings import Gray, Value
from ocr.template.loading import TemplateSet
from ocr.template.model import Box, CombField, FormField, HandprintField, Template, TextField
from samples.answers import Answer
from samples.filling import Paper, fill
from samples.scanning import scanned
from training.fields import Hand, hands, values
from training.glyphs import Glyph, load_all
from training.lines import Line, german, names
from training.scanning import CELL, any_pen, written

Part = Literal["validation", "test"]
"""``validation`` to fit on, ``test`` to report on."""
DEGRADATIONS = (
    "clean", "skew", "upside-down", "lying", "jpeg", "speckle", "fade", "fold", "one-bit", "feeder", "photo",
)  # fmt: skip
_DPI = (150, 200, 200, 240, 300, 300)
_LEFT, _RIGHT, _TOP, _BOTTOM, _ROW = 22.0, 188.0, 24.0, 272.0, 11.5
_TRUETYPE = Path("/usr/share/fonts/truetype")
_FONTS: Mapping[Part, tuple[str, ...]] = {
    "validation": ("lato/Lato-Regular", "liberation/LiberationSans-Regular", "dejavu/DejaVuSans"),
    "test": ("liberation/LiberationSerif-Regular", "dejavu/DejaVuSerif", "liberation/LiberationMono-Regular",
             "lato/Lato-Medium"),
}  # fmt: skip
_SUBSCRIBERS = Path(__file__).parents[1] / "samples/subscribers.csv"
_SIGNERS: Mapping[Part, tuple[str, ...]] = {"validation": ("021",), "test": ("024",)}
_SPLIT, _BLANK_FIELDS = 3, 0.12


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scanned sheet, its design, and what is written in each field."""

    templates: TemplateSet
    image: Gray
    truth: Mapping[str, Value]
    degradation: str
    dpi: int


@dataclass(frozen=True, slots=True)
class Hands:
    """All that one part of the writers left: characters by writer, whole lines, signatures; empty without the data."""

    digits: tuple[dict[str, list[Glyph]], ...]
    upper: tuple[dict[str, list[Glyph]], ...]
    lines: tuple[Line, ...]
    signatures: tuple[Gray, ...]


@cache
def hands_of(data: Path, part: Part) -> Hands:
    """The writers of `part` in the folder `data` (shared/data); Raises OSError when it is not there."""
    found = hands(load_all(data), part)
    lines = [*names(data / "handprint/name_fields"), *german(data / "handwriting/dhsd_german")]
    own = [line for line in lines if line.part == part]
    files = [f for f in sorted((data / "signatures/data").rglob("*.[pP][nN][gG]")) if f.parent.name in _SIGNERS[part]]
    pictures = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]
    signatures = tuple(np.asarray(picture, np.uint8) for picture in pictures if picture is not None)
    return Hands(tuple(found["digits"]), tuple(found["upper"]), tuple(own), signatures)


@cache
def _people(part: Part) -> tuple[dict[str, str], ...]:
    with _SUBSCRIBERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(row for n, row in enumerate(rows) if (n % _SPLIT == 0) == (part == "validation"))


def make_sheet(data: Path, part: Part, seed: int) -> Sheet:
    """The sheet number `seed` of `part`; the same number gives the same sheet."""
    rng, random_ = np.random.default_rng((seed, part == "test")), random.Random(f"{part}/{seed}")
    degradation, dpi = DEGRADATIONS[seed % len(DEGRADATIONS)], random_.choice(_DPI)
    template = _design(random_)
    paper = Paper(_blank(template, dpi), dpi, random_)
    writers = hands_of(data, part)
    truth: dict[str, Value] = {}
    marks: dict[str, Answer] = {}
    for name, field in template.fields.items():
        marks[name] = Answer(field.kind, None, "none")
        if random_.random() < _BLANK_FIELDS:
            truth[name] = [] if field.kind == "choice" else False if field.kind in ("tick", "signature") else ""
            marks[name] = Answer(field.kind, truth[name], "none")
        elif isinstance(field, CombField):
            truth[name] = _fill_comb(paper, field, _value(name, part, rng), name.startswith("name"), writers, rng)
        elif isinstance(field, HandprintField):
            truth[name] = _fill_line(paper, field, writers, rng)
        elif isinstance(field, TextField):
            truth[name] = _fill_text(paper, field, name, part, random_)
        elif field.kind == "signature" and random_.random() < 0.6:
            truth[name] = True
            _lay(paper, writers.signatures[int(rng.integers(len(writers.signatures)))], field.box, rng)
        else:
            marks[name] = _marked(field, random_)
            truth[name] = marks[name].value
    fill(paper, template, marks, random_.getrandbits(20))
    image = scanned(paper.image, degradation, f"{part}/{seed}")
    return Sheet(TemplateSet(((template, Path(), "sheet"),)), image, truth, degradation, dpi)


def _marked(field: FormField, random_: random.Random) -> Answer:
    pencil = random_.random() < 0.1
    if field.kind == "choice":
        options = list(field.options)
        chosen = random_.choice(options)
        over = (random_.choice([o for o in options if o != chosen]),) if random_.random() < 0.06 else ()
        return Answer("choice", [chosen], "hand", over, pencil)
    if field.kind == "tick":
        return Answer("tick", True, "hand", (), pencil)
    return Answer("signature", True, "hand")


_COMBS: Mapping[str, dict[str, Any]] = {
    "phone": {"charset": "phone", "rules": ["phone"], "cells": 12},
    "date": {"charset": "digits", "rules": ["date_plausible"], "cells": 8},
    "postcode": {"charset": "digits", "rules": ["postcode"], "cells": 5},
    "customer": {"charset": "digits", "rules": ["customer_number"], "cells": 10},
    "name": {"charset": "upper", "cells": 12},
}
_HANDPRINTS = ("upper", "upper", "upper", "upper", "text")
_TEXTS = ("text", "text", "text", "digits", "email", "date")


def _design(random_: random.Random) -> Template:
    """Rows of fields of random kinds and sizes, as many as the page holds."""
    fields: dict[str, dict[str, Any]] = {}
    y = _TOP
    while y < _BOTTOM:
        x, tall = _LEFT, random_.uniform(6.5, 8.5)
        while (made := _field(random_, x, y, tall)) is not None:
            kind, spec, width = made
            fields[f"{kind}-{len(fields)}"] = spec
            x += width + random_.uniform(3, 7)
        y += _ROW
    marks = {"method": "aruco", "ids": [0, 1, 2, 3], "size": 9, "margin": 9}
    return Template.model_validate({
        "name": "sheet", "code": "SHEET", "title": "Sheet", "country": "SE", "page": {"size": "A4"}, "marks": marks,
        "fields": fields,
    })  # fmt: skip


def _field(random_: random.Random, x: float, y: float, tall: float) -> tuple[str, dict[str, Any], float] | None:
    kind = random_.choice([*_COMBS, "name", "hand", "hand", "hand", "text", "text", "tick", "choice", "sign"])
    if kind in _COMBS:
        spec: dict[str, Any] = {"kind": "comb", **_COMBS[kind]}
        width = spec["cells"] * random_.uniform(4.6, 6.2)
    elif kind == "hand":
        spec = {"kind": "handprint", "charset": random_.choice(_HANDPRINTS)}
        width, tall = random_.uniform(55, 85), min(tall, 8.0)
    elif kind == "text":
        width, tall = random_.uniform(70, 90), 6.0
        spec = {"kind": "text", "charset": random_.choice(_TEXTS)}
    elif kind in ("tick", "choice"):
        spec = _boxes(kind, x, y, random_.uniform(3.8, 5.0), random_.randint(2, 5), random_)
        width = 5.0 if kind == "tick" else len(spec["options"]) * 12.0
    else:
        spec, width, tall = {"kind": "signature"}, random_.uniform(40, 60), 9.5
    if x + width > _RIGHT:
        return None
    return kind, spec if "options" in spec or "box" in spec else spec | {"box": [x, y, width, tall]}, width


def _boxes(kind: str, x: float, y: float, side: float, count: int, random_: random.Random) -> dict[str, Any]:
    if kind == "tick":
        return {"kind": "tick", "box": [x, y, side, side]}
    options = {f"o{n}": {"box": [x + 12.0 * n, y, side, side]} for n in range(count)}
    return {"kind": "choice", "options": options, "shape": random_.choice(["square", "square", "circle"])}


def _blank(template: Template, dpi: int) -> Gray:
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "sheet.pdf"
        print_forms(template, [], language="en", out=pdf)
        return np.array(convert_from_path(pdf, dpi=dpi, grayscale=True)[0], dtype=np.uint8)


def _value(name: str, part: Part, rng: np.random.Generator) -> str:
    """What is written into the comb of this name: a postcode that exists, a date of Sweden's, or any such value."""
    kind = name.partition("-")[0]
    if kind == "postcode":
        swedes = [person for person in _people(part) if person["country"] == "SE"]
        return swedes[int(rng.integers(len(swedes)))]["postcode"].replace(" ", "")
    text = values(kind, rng)
    return f"{text[4:]}{text[2:4]}{text[:2]}" if kind == "date" else text


def _fill_comb(
    paper: Paper, field: CombField, value: str, letters: bool, hands_: Hands, rng: np.random.Generator
) -> str:
    writers = hands_.upper if letters else hands_.digits
    labels = writers[int(rng.integers(len(writers)))]
    text = "".join(c for c in value if c in labels)
    x, y, w, h = field.box
    pitch, off = w / field.cells, rng.uniform(-0.4, 0.4, 2)
    hand, dark = Hand(rng.uniform(0.5, 0.85), any_pen(rng, 0.6)), float(rng.uniform(0.45, 0.95))
    for at, character in enumerate(text):
        glyph = labels[character][int(rng.integers(len(labels[character])))]
        middle = (x + (at + 0.5) * pitch + off[0], y + h / 2 + off[1])
        _write(paper, glyph, middle, h, hand, dark, rng)
    return text


def _write(
    paper: Paper, glyph: Glyph, middle: tuple[float, float], height: float, hand: Hand, dark: float,
    rng: np.random.Generator,
) -> float:  # fmt: skip
    """Writes one character into a cell `height` mm high; the width of its ink in mm."""
    plane = written(np.pad(glyph.ink, 3), hand.height * rng.uniform(0.88, 1.12) * 1.1, rng, 0.5, 0.35, hand.pen)
    scale = height * paper.scale / CELL
    size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    _darken(paper, np.asarray(small, np.float32) * dark, middle)
    used = np.flatnonzero(small.max(axis=0) > 0.4)
    return float(used[-1] - used[0] + 1) / paper.scale if len(used) else 1.0


def _darken(paper: Paper, ink: NDArray[np.float32], middle: tuple[float, float]) -> None:
    rows, columns = ink.shape
    left, top = max(round(middle[0] * paper.scale - columns / 2), 0), max(round(middle[1] * paper.scale - rows / 2), 0)
    part = paper.image[top : top + rows, left : left + columns]
    part[:] = np.minimum(part, 255 * (1 - ink[: part.shape[0], : part.shape[1]])).astype(np.uint8)


def _fill_line(paper: Paper, field: HandprintField, hands_: Hands, rng: np.random.Generator) -> str:
    """A real line of writing, or words set from one writer's capitals, where block capitals are asked for."""
    if field.charset == "text" or rng.random() < 0.5:
        fitting = [line for line in hands_.lines if (line.source == "german") == (field.charset == "text")]
        line = fitting[int(rng.integers(len(fitting)))]
        _lay(paper, line.gray, field.box, rng)
        return line.text
    labels = hands_.upper[int(rng.integers(len(hands_.upper)))]
    words = [values("name", rng)[: int(rng.integers(3, 9))] for _ in range(int(rng.integers(1, 3)))]
    text = " ".join(word for word in ("".join(c for c in word if c in labels) for word in words) if word)
    x, y, w, h = field.box
    hand, dark = Hand(rng.uniform(0.5, 0.75), any_pen(rng, 0.6)), float(rng.uniform(0.45, 0.95))
    at, gap, done = x + 2.5, rng.uniform(0.4, 1.8), ""
    for character in text:
        if at > x + w - 5:
            break
        if character != " ":
            glyph = labels[character][int(rng.integers(len(labels[character])))]
            wide = _write(paper, glyph, (at + 1.5, y + h / 2), h, hand, dark, rng)
            at += wide + gap
        else:
            at += rng.uniform(3.5, 5.5)
        done += character
    return done.strip()


def _lay(paper: Paper, gray: Gray, box: Box, rng: np.random.Generator) -> None:
    """Lays the ink of a picture of paper into the box, as large as it fits."""
    level = max(float(quantile(gray, 0.8)), 1.0)
    ink = np.clip((0.9 - gray.astype(np.float32) / level) / 0.6, 0, 1)
    scale = min(0.92 * box[3] / ink.shape[0], 0.94 * box[2] / ink.shape[1]) * paper.scale
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    # thin strokes made smaller are as black as the pen that wrote them
    small = np.clip(small / max(float(quantile(small[small > 0.05], 0.8)), 0.1), 0, 1) if small.any() else small
    middle = (box[0] + size[0] / paper.scale / 2 + 1.0, box[1] + box[3] / 2)
    _darken(paper, np.asarray(small, np.float32) * float(rng.uniform(0.6, 0.95)), middle)


def _fill_text(paper: Paper, field: TextField, name: str, part: Part, random_: random.Random) -> str:
    person = random_.choice(_people(part))
    says: Mapping[str, Callable[[], str]] = {
        "digits": lambda: person["customer_number"],
        "email": lambda: person["email"] or "info@nordtel.example",
        "date": lambda: person["birth_date"],
        "text": lambda: random_.choice([
            f"{person['first_name']} {person['last_name']}", f"{person['street']} {person['house_number']}",
            f"{person['postcode']} {person['city']}",
        ]),
    }  # fmt: skip
    text = says[field.charset]()
    file, points = _TRUETYPE / f"{random_.choice(_FONTS[part])}.ttf", random_.uniform(8.5, 12)
    size = points * 25.4 / 72 * paper.scale
    font = ImageFont.truetype(str(file), round(size))
    while font.getlength(text) > field.box[2] * paper.scale * 0.97:
        font = ImageFont.truetype(str(file), int(font.size * 0.94))
    paper.text(text, (field.box[0] + 0.8, field.box[1] + field.box[3] / 2 + points * 0.125), font, "ls")
    return text
