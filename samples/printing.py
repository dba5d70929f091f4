"""Sheets on their way out: printed for one subscriber, as a PDF or as the pixels of the paper."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from pdf2image import convert_from_path

from commands.print_forms import printed_values
from ocr.codes.reference import Reference, sign
from ocr.printing import Person, print_forms
from ocr.readings import Gray
from ocr.template.loading import TemplateSet, load_templates
from ocr.template.model import Template
from samples.plans import Sheet

HERE = Path(__file__).parent
_NOT_OUR_KEY = b"somebody else's key"


@dataclass(frozen=True, slots=True)
class Office:
    """What the sender of the mailings knows: its forms, its subscribers and the key of each campaign."""

    templates: TemplateSet
    people: tuple[Mapping[str, str], ...]
    keys: Mapping[str, bytes]


def office(people: tuple[Mapping[str, str], ...]) -> Office:
    """The sample campaigns and our own designs, with these subscribers."""
    campaigns = yaml.safe_load((HERE / "campaigns.yaml").read_text(encoding="utf-8"))
    keys = {entry["code"]: bytes.fromhex(entry["signing_key"]) for entry in campaigns}
    return Office(load_templates(HERE.parent / "templates"), people, keys)


def addressed(sheet: Sheet, template: Template, house: Office) -> Person:
    """What is printed on the sheet; a form without a campaign names nobody."""
    row = dict(house.people[sheet.row])
    if sheet.campaign is None:
        return Person(Reference(template.code), printed_values(row))
    key = _NOT_OUR_KEY if sheet.trouble == "forged-reference" else house.keys[sheet.campaign]
    return Person(sign(Reference(template.code, sheet.campaign, row["id"]), key), printed_values(row))


def on_paper(template: Template, person: Person | None, language: str, dpi: int) -> Gray:
    """The printed sheet, or the blank form without a person, as (h, w) gray pixels."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "form.pdf"
        print_forms(template, [person] if person else [], language=language, out=pdf)
        return np.array(convert_from_path(pdf, dpi=dpi, grayscale=True)[0], dtype=np.uint8)
