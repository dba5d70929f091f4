"""A starting form.yaml for somebody's blank form: its page, its marks, and the fields that it seems to ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import yaml

from ocr.fields.engine import EngineMissingError
from ocr.page import Page, Unreadable
from ocr.pages import open_pages
from ocr.printing.blanks import PX_PER_MM
from ocr.proposing.meaning import meaning_of
from ocr.proposing.proposal import Proposal, propose
from ocr.proposing.ticks import Proposed
from ocr.readings import Gray
from ocr.template.areas import grown, overlap
from ocr.template.document import FORM
from ocr.template.form_fields import PdfField, form_fields
from ocr.template.found_marks import aruco_marks, square_marks, tidy
from ocr.template.model import STANDARD_SIZES, Box

_GUESSED_DPI = 300.0
_LEAST_PX = 200
_COMB_CELL_MM = 3.0
_LINE_MM = 8.0
_APART_MM = 0.02
_COUNTRIES = {"en": "GB", "sv": "SE", "da": "DK", "nb": "NO", "nn": "NO", "cs": "CZ", "et": "EE", "sl": "SI",
              "el": "GR", "uk": "UA", "ja": "JP", "ko": "KR", "zh": "CN"}  # fmt: skip
"""Where a language's code is not its country's."""


class BlankError(Exception):
    """A blank that no design can be started from; the text says why."""


@dataclass(frozen=True, slots=True)
class Started:
    """What was written: the method of registration, and how many fields are proposed."""

    form: Path
    marks: str
    fields: int


def start_template(blank: Path, directory: Path, *, language: str = "en", number: int = 1) -> Started:
    """Writes form.yaml and blank.png for page `number` of `blank` (PDF or picture) into the new folder `directory`.

    Raises BlankError for a file without that page, and FileExistsError rather than overwrite a design.
    """
    if (directory / FORM).exists():
        raise FileExistsError(f"{directory / FORM} is there already; give another folder")
    page = _page(blank, number)
    scale = _px_per_mm(page)
    size = _standard((page.image.shape[1] / scale[0], page.image.shape[0] / scale[1]))
    marks = aruco_marks(page.image, scale, size) or square_marks(page.image, scale, size) or _print(language)
    declared = _declared(form_fields(blank, number), size)
    try:
        proposal = propose(
            blank, number, page.image, size, language=language, marks=_boxes(marks, size), declared=declared
        )
    except EngineMissingError as error:
        raise BlankError(f"Its labels cannot be read. {error}") from error
    directory.mkdir(parents=True, exist_ok=True)
    _write_blank(page.image, size, directory / "blank.png")
    text = _form(blank, directory.resolve().name, size, marks, proposal, language)
    (directory / FORM).write_text(text, encoding="utf-8")
    return Started(directory / FORM, str(marks["method"]), proposal.count)


def _page(blank: Path, number: int) -> Page:
    for page in open_pages(blank, wanted=[number]):
        if isinstance(page, Unreadable):
            raise BlankError(f"{blank}: {page.reason}")
        if min(page.image.shape) < _LEAST_PX:
            raise BlankError(f"{blank}: The picture is only {min(page.image.shape)} pixels narrow. Scan it at 300 dpi.")
        return page
    raise BlankError(f"{blank} has no page {number}")


def _boxes(marks: dict[str, Any], size: tuple[float, float]) -> list[Box]:
    """Where the marks stand, so that nothing is proposed on them."""
    if marks["method"] == "squares":
        return [(x, y, w, h) for x, y, w, h in marks["squares"]]
    if marks["method"] == "aruco":
        side, near = marks["size"], marks["margin"]
        return [(x, y, side, side) for x in (near, size[0] - near - side) for y in (near, size[1] - near - side)]
    return []


def _px_per_mm(page: Page) -> tuple[float, float]:
    x, y = page.dpi or (_GUESSED_DPI, _GUESSED_DPI)
    return x / 25.4, y / 25.4


def _standard(size: tuple[float, float]) -> tuple[float, float]:
    """The standard size when the page has one, rounding to whole pixels apart."""
    near = [known for known in STANDARD_SIZES.values() if max(abs(a - b) for a, b in zip(size, known, strict=True)) < 1]
    return near[0] if near else size


def _page_size(size: tuple[float, float]) -> dict[str, Any]:
    names = [name for name, known in STANDARD_SIZES.items() if known == size]
    return {"size": names[0]} if names else dict(zip(("width", "height"), tidy(size), strict=True))


def _print(language: str) -> dict[str, Any]:
    return {"method": "print", "blanks": {language: "blank.png"}}


def _declared(found: list[PdfField], size: tuple[float, float]) -> list[Proposed]:
    """The PDF's own fields; one that leaves the page or lies on another is left out."""
    fields: dict[str, Proposed] = {}
    taken: list[Box] = []
    # boxes that share an edge overlap when they are written to the hundredth
    for field in (replace(one, box=grown(one.box, -_APART_MM)) for one in found):
        box = field.box
        outside = box[0] < 0 or box[1] < 0 or box[0] + box[2] > size[0] or box[1] + box[3] > size[1]
        if outside or any(overlap(box, other) for other in taken):
            continue
        taken.append(box)
        name = _short(field.name) or f"field_{len(fields) + 1}"
        if field.type == "radio":
            fields[name] = _with_button(fields.get(name), name, field)
            continue
        while name in fields:
            name += "_"
        fields[name] = Proposed(name, _field(field), (box,))
    return list(fields.values())


def _with_button(group: Proposed | None, name: str, field: PdfField) -> Proposed:
    options = dict(group.data["options"]) if group else {}
    option = _name(field.value)
    if option in options or not option:
        option = f"option_{len(options) + 1}"
    options[option] = {"box": tidy(field.box)}
    return Proposed(name, {"kind": "choice", "options": options}, (*(group.boxes if group else ()), field.box))


def _field(field: PdfField) -> dict[str, Any]:
    label = {"label": field.label} if field.label else {}
    required = {"required": True} if field.required else {}
    box = tidy(field.box)
    if field.type in ("tick", "signature"):
        return {"kind": field.type, **label, **required, "box": box}
    kind = "comb" if field.cells and box[2] / field.cells >= _COMB_CELL_MM else "text"
    meaning = meaning_of(f"{field.label} {field.name.replace('_', ' ')}", kind)
    if kind == "comb":
        return {"kind": kind, **label, **meaning, **required, "cells": field.cells, "box": box}
    lines = {"lines": max(1, int(box[3] // _LINE_MM))} if field.multiline else {}
    return {"kind": kind, **label, **meaning, **required, **lines, "box": box}


def _form(
    blank: Path, name: str, size: tuple[float, float], marks: dict[str, Any], proposal: Proposal, language: str
) -> str:
    named = _name(name) or "my-form"
    example = {"example": {"kind": "text", "box": tidy(_middle(size))}}
    form = {
        "name": named,
        "code": (re.sub(r"[^A-Z0-9]", "", named.upper()) + "XX")[:8],
        "title": named,
        "country": _country(language, size),
        "languages": [language],
        "printable": False,
        "page": _page_size(size),
        "marks": marks,
        "fields": proposal.fields or ({} if proposal.grids else example),
    }
    if proposal.grids:
        form["grids"] = proposal.grids
    if not form["fields"]:
        del form["fields"]
    todo = "Check each field below" if proposal.count else "Replace the example below by the boxes of the form"
    head = f"# Started from {blank.name}. {todo}: kind, role, rules (docs/templates.md); lengths are mm.\n"
    head += "# Dates, phones and postcodes are read as written in the country.\n"
    return head + yaml.safe_dump(form, sort_keys=False, allow_unicode=True, default_flow_style=None, width=118)


def _country(language: str, size: tuple[float, float]) -> str:
    """Where such a form is most likely filled in."""
    if size == STANDARD_SIZES["Letter"]:
        return "US"
    return _COUNTRIES.get(language, language.upper())


def _middle(size: tuple[float, float]) -> Box:
    return size[0] * 0.3, size[1] * 0.5, size[0] * 0.4, min(10.0, size[1] * 0.1)


def _write_blank(image: Gray, size: tuple[float, float], file: Path) -> None:
    pixels = (round(size[0] * PX_PER_MM), round(size[1] * PX_PER_MM))
    small = cv2.resize(image, pixels, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(file), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _short(declared: str) -> str:
    """The last part of a name such as ``form1[0].page1[0].name[0]``, as design programs make them; others whole."""
    own = re.sub(r"\[\d+\]", "", declared).rsplit(".", 1)[-1] if "[" in declared else declared
    return _name(own)


def _name(text: str) -> str:
    """The text with what a name in form.yaml may not hold taken out."""
    return re.sub(r"^[^A-Za-z0-9]+", "", re.sub(r"[^A-Za-z0-9_.+/ -]+", "_", text)).strip()[:80]
