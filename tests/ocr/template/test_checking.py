"""A check of a design finds everything that is wrong with it, each with its line and field, in one go."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.template.checking import check_folder

TEMPLATES = Path(__file__).parents[3] / "templates"


def broken(folder: Path, *changes: tuple[str, str], name: str = "retention-offer") -> Path:
    """A copy of a shipped design with each `old` replaced by its `new` once."""
    target = folder / name
    shutil.copytree(TEMPLATES / name, target)
    text = (target / "form.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (target / "form.yaml").write_text(text, encoding="utf-8")
    return target


OVERLAP = ("box: [28, 142, 4.6, 4.6]", "box: [28, 129, 4.6, 4.6]")
OFF_PAGE = ("box: [84, 220, 102, 16]", "box: [184, 220, 102, 16]")
FAULTS = {
    "overlapping fields": (*OVERLAP, "fields.offer.options.phone.box", "overlaps consent"),
    "a box off the page": (*OFF_PAGE, "fields.signature.box", "leaves the page of 210 x 297 mm"),
    "a code too small": ("[160, 24, 22, 22]", "[160, 24, 15, 15]", "fields.reference.boxes.0", "200 dpi"),
    "a QR code that is not square": ("[160, 24, 22, 22]", "[150, 24, 32, 22]", "fields.reference.boxes.0", "square"),
    "print in a quiet zone": (
        "rect: [24, 104, 162, 33]",
        "rect: [24, 48, 162, 33]",
        "fields.reference.boxes.0",
        "white",
    ),
    "a field in a quiet zone": ("box: [140, 62, 42, 6]", "box: [140, 48, 42, 6]", "fields.reference.boxes.0", "white"),
    "a code at the page's edge": ("[160, 250, 22, 22]", "[187, 240, 22, 22]", "fields.reference.boxes.1", "page ends"),
    "a text too long for its box": (
        "de: Ihr Mobilfunkanbieter",
        "de: Ihr Anbieter für Handys und Tablets und vieles mehr in ganz Schweden",
        "print.2.text.de",
        "mm high",
    ),
    "a word too wide for its box": (
        "text: Nordtel, box: [30, 24, 70, 9]",
        "text: Nordtel, box: [30, 24, 20, 9]",
        "print.1.text",
        "mm wide",
    ),
    "a label that leaves the page": (
        "sv: Underskrift",
        "sv: " + "Underskrift " * 9,
        "fields.signature.label.sv",
        "leaves the page",
    ),
    "a label over another field": (
        "de: Datum (JJJJMMTT)",
        "de: " + "Datum der Unterschrift " * 3,
        "fields.signed_on.label.de",
        "runs into the label of signature",
    ),
    "an option's label over a field": (
        "box: [28, 118.2, 4.6, 4.6]",
        "box: [60, 108.7, 4.6, 4.6]",
        "fields.offer.options.discount.label.en",
        "runs into offer.data",
    ),
    "a text over a field": (
        "box: [24, 208, 162, 6]",
        "box: [24, 221, 162, 6]",
        "print.11.text.en",
        "runs into signed_on",
    ),
    "a list that is not there": ("words: cities", "words: towns", "fields.new_city.words", "no towns.txt beside"),
    "a field over a mark": ("box: [24, 190, 78, 8]", "box: [10, 10, 8, 8]", "fields.new_street.box", "overlaps a mark"),
    "marks outside the page": ("size: 9, margin: 9", "size: 9, margin: 205", "marks.margin", "leaves the page"),
    "a line off the page": (
        "line: [24, 157, 186, 157]",
        "line: [24, 157, 286, 157]",
        "print.8.line",
        "leaves the page",
    ),
    "a key written twice": ("  signed_on:", "  signature:", "fields.signature", "written twice"),
    "an option without a box": ("box: [28, 118.2, 4.6, 4.6]", "label: x", "fields.offer.options.data.label", "twice"),
    "a missing key": ("        box: [28, 118.2, 4.6, 4.6]\n", "", "fields.offer.options.data", "'box' is missing"),
    "an unknown language": ("languages: [en, de, sv]", "languages: [en, de, sv, xx]", "languages.3", "ISO 639-1"),
    "a missing text": (
        "{en: Signature, de: Unterschrift, sv: Underskrift}",
        "{en: Signature, sv: Underskrift}",
        "fields.signature.label",
        "no text in de",
    ),
    "a text in a language of no form": (
        "{en: Signature,",
        "{fi: Allekirjoitus, en: Signature,",
        "fields.signature.label.fi",
        "not fi",
    ),
    "an option without its offer": (
        "  discount: {label",
        "  rebate: {label",
        "fields.offer.options.discount",
        "no offer",
    ),
    "an offer that nobody can tick": ("  discount: {label", "  rebate: {label", "offers.rebate", "nobody can tick"),
    "a print item of no kind": (
        "{line: [24, 157, 186, 157]",
        "{stroke: [24, 157, 186, 157]",
        "print.8",
        "a text with its box",
    ),
    "markers that do not differ": ("ids: [0, 1, 2, 3]", "ids: [0, 1, 2, 2]", "marks.ids", "must differ"),
    "markers that do not exist": ("ids: [0, 1, 2, 3]", "ids: [0, 1, 2, 300]", "marks.ids", "0 to 249"),
    "cells too narrow": ("cells: 13", "cells: 40", "fields.new_phone.cells", "less than 3 mm"),
    "a separator outside the comb": (
        "separators: [4, 6]",
        "separators: [4, 8]",
        "fields.signed_on.separators",
        "1 to 7",
    ),
    "a critical code": ("format: qr", "format: qr, critical: true", "fields.reference.critical", "nobody is asked"),
    "a code that cannot hold a reference": ("format: qr", "format: ean13", "fields.reference", "cannot carry"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_its_line_and_field(fault: str, tmp_path: Path) -> None:
    old, new, field, message = FAULTS[fault]
    folder = broken(tmp_path, (old, new))
    found = [p for p in check_folder(folder)[1] if p.field == field and message in p.message]
    assert found, [str(p) for p in check_folder(folder)[1]]
    key = field.split(".")[-1]
    lines = (folder / "form.yaml").read_text(encoding="utf-8").splitlines()
    assert found[0].file == folder / "form.yaml"
    assert key in lines[found[0].line - 1] or key.isdigit()


def test_all_faults_of_all_forms_are_told_in_one_go(tmp_path: Path) -> None:
    broken(tmp_path, OVERLAP, OFF_PAGE)
    broken(tmp_path, ("kind: tick", "kind: blob"), ("size: A5", "size: A99"), name="feedback-card")
    broken(tmp_path, ("page: {size: A4}", "page: {size: A4"), name="withdrawal")
    forms, problems = check_folder(tmp_path)
    told = {(p.file.parent.name, p.field) for p in problems}
    assert forms == 3
    assert {
        ("retention-offer", "fields.offer.options.phone.box"), ("retention-offer", "fields.signature.box"),
        ("feedback-card", "fields.consent.kind"), ("feedback-card", "page.size"), ("withdrawal", ""),
    } <= told  # fmt: skip


def test_a_yaml_mistake_names_its_line(tmp_path: Path) -> None:
    folder = broken(tmp_path, ("    kind: tick", "    kind: [tick"))
    (problem,) = check_folder(folder)[1]
    line = (folder / "form.yaml").read_text(encoding="utf-8").splitlines().index("    kind: [tick") + 1
    assert "not YAML" in problem.message
    assert 0 <= problem.line - line <= 1


@pytest.mark.parametrize("name", sorted(path.parent.name for path in TEMPLATES.glob("*/form.yaml")))
def test_a_shipped_design_has_no_problem(name: str) -> None:
    assert check_folder(TEMPLATES / name) == (1, [])


def test_the_shipped_designs_can_be_told_apart() -> None:
    assert check_folder(TEMPLATES)[1] == []


def test_somebody_elses_forms_have_no_problem_either() -> None:
    assert check_folder(Path(__file__).parents[2] / "forms/bank") == (3, [])


def test_a_missing_blank_is_refused_with_the_command_that_draws_it(tmp_path: Path) -> None:
    folder = broken(tmp_path, ("blank-sv.png", "blank-none.png"), name="withdrawal")
    (problem,) = check_folder(folder)[1]
    assert problem.field == "marks.blanks.sv"
    assert "template blank" in problem.message


@pytest.mark.parametrize(("rows", "message"), [(400, "another shape"), (None, "no picture")])
def test_a_blank_that_is_not_the_page_is_refused(rows: int | None, message: str, tmp_path: Path) -> None:
    folder = broken(tmp_path, name="withdrawal")
    if rows is None:
        (folder / "blank-de.png").write_bytes(b"no picture")
    else:
        cv2.imwrite(str(folder / "blank-de.png"), np.full((rows, 400), 255, np.uint8))
    (problem,) = check_folder(folder)[1]
    assert problem.field == "marks.blanks.de"
    assert message in problem.message


def test_designs_that_share_a_code_or_markers_are_refused(tmp_path: Path) -> None:
    broken(tmp_path, ("name: retention-offer", "name: twin"))
    shutil.copytree(TEMPLATES / "retention-offer", tmp_path / "the-original")
    told = {(p.field, p.line > 1) for p in check_folder(tmp_path)[1]}
    assert told == {("code", True), ("marks.ids", True)}
