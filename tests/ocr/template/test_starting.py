"""A design is started from a blank form, with what the blank itself tells: page, marks, declared fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pdf2image import convert_from_path
from PIL import Image
from reportlab.lib.pagesizes import A5, letter
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ocr.page import Page
from ocr.printing import print_forms
from ocr.reader import read_page
from ocr.template.checking import check_folder
from ocr.template.form_fields import form_fields
from ocr.template.loading import load_template, load_templates
from ocr.template.starting import BlankError, start_template

TEMPLATES = Path(__file__).parents[3] / "templates"


def shipped(name: str, folder: Path) -> Path:
    print_forms(load_template(TEMPLATES / name), [], language="en", out=folder / f"{name}.pdf")
    return folder / f"{name}.pdf"


def started(blank: Path, folder: Path) -> dict[str, Any]:
    """The form.yaml that is written, after it has passed the check."""
    start_template(blank, folder)
    assert check_folder(folder) == (1, [])
    form: dict[str, Any] = yaml.safe_load((folder / "form.yaml").read_text(encoding="utf-8"))
    return form


def declared_form(file: Path) -> Path:
    """A PDF with fields of its own: a name, a comb of 8, two radio buttons, a tick, and a field over another."""
    canvas = Canvas(str(file), pagesize=A5)
    form = canvas.acroForm
    canvas.drawString(20 * mm, 195 * mm, "Change of address")
    form.textfield(name="full name", tooltip="Your name", x=20 * mm, y=170 * mm, width=80 * mm, height=8 * mm)
    form.textfield(name="again", x=22 * mm, y=171 * mm, width=10 * mm, height=4 * mm)
    form.textfield(
        name="number", x=20 * mm, y=150 * mm, width=48 * mm, height=8 * mm, maxlen=8, fieldFlags="comb required"
    )
    for value, x in (("home", 20), ("work", 60)):
        form.radio(name="place", value=value, x=x * mm, y=130 * mm, size=5 * mm)
    form.checkbox(name="agree", x=20 * mm, y=110 * mm, size=5 * mm)
    canvas.save()
    return file


def test_aruco_markers_are_found_by_themselves(tmp_path: Path) -> None:
    form = started(shipped("renewal-card", tmp_path), tmp_path / "card")
    assert form["page"] == {"size": "A5-landscape"}
    assert form["marks"]["ids"] == [4, 5, 6, 7]
    assert form["marks"]["size"] == pytest.approx(8, abs=0.1)
    assert form["marks"]["margin"] == pytest.approx(8, abs=0.1)


def test_solid_squares_are_found_by_themselves(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "squares.pdf"), pagesize=(210 * mm, 297 * mm))
    canvas.drawString(60 * mm, 250 * mm, "A form of somebody else")
    for x, y in ((10, 282), (195, 282), (10, 10), (195, 10), (150, 10)):
        canvas.rect(x * mm, y * mm, 5 * mm, 5 * mm, fill=1, stroke=0)
    canvas.save()
    form = started(tmp_path / "squares.pdf", tmp_path / "form")
    assert form["marks"]["method"] == "squares"
    found = sorted([round(side) for side in square] for square in form["marks"]["squares"])
    assert found == [[10, 10, 5, 5], [10, 282, 5, 5], [150, 282, 5, 5], [195, 10, 5, 5], [195, 282, 5, 5]]


def test_a_form_without_marks_is_recognised_by_its_print_at_once(tmp_path: Path) -> None:
    blank = shipped("withdrawal", tmp_path)
    form = started(blank, tmp_path / "form")
    assert form["marks"] == {"method": "print", "blanks": {"en": "blank.png"}}
    scan = convert_from_path(blank, dpi=200, grayscale=True)[0]
    scan.save(tmp_path / "scan.png", dpi=(200, 200))
    import numpy as np

    reading = read_page(Page("scan", 1, np.array(scan)), load_templates(tmp_path / "form"))
    assert (reading.template, reading.registered) == ("form", True)


def test_fields_that_the_pdf_declares_are_proposed(tmp_path: Path) -> None:
    form = started(declared_form(tmp_path / "declared.pdf"), tmp_path / "form")
    fields = form["fields"]
    assert set(fields) == {"full name", "number", "place", "agree"}
    name = dict(fields["full name"])
    assert name.pop("box") == pytest.approx([20, 32, 80, 8], abs=0.1)
    assert name == {"kind": "text", "label": "Your name", "role": "name"}
    assert (fields["number"]["kind"], fields["number"]["cells"], fields["number"]["required"]) == ("comb", 8, True)
    assert set(fields["place"]["options"]) == {"home", "work"}
    assert fields["agree"]["kind"] == "tick"


def test_declared_fields_that_share_an_edge_pass_the_check_under_their_own_names(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "table.pdf"), pagesize=A5)
    canvas.drawString(20 * mm, 195 * mm, "Expenses")
    for row in range(6):
        name = f"form1[0].page1[0].amount{row}[0]"
        canvas.acroForm.textfield(
            name=name, x=20.003 * mm, y=(150 - row * 4.233) * mm, width=60 * mm, height=4.233 * mm
        )
    canvas.save()
    assert set(started(tmp_path / "table.pdf", tmp_path / "form")["fields"]) == {f"amount{row}" for row in range(6)}


@pytest.mark.parametrize(
    ("size", "language", "country"), [(A5, "de", "DE"), (A5, "en", "GB"), (A5, "sv", "SE"), (letter, "en", "US")]
)
def test_dates_are_read_as_in_the_country_that_language_and_paper_tell(
    size: tuple[float, float], language: str, country: str, tmp_path: Path
) -> None:
    canvas = Canvas(str(tmp_path / "blank.pdf"), pagesize=size)
    canvas.drawString(20 * mm, 195 * mm, "Name")
    canvas.line(50 * mm, 195 * mm, 120 * mm, 195 * mm)
    canvas.save()
    start_template(tmp_path / "blank.pdf", tmp_path / "form", language=language)
    assert load_template(tmp_path / "form").country == country


def test_the_places_of_declared_fields_are_millimetres_from_the_top_left(tmp_path: Path) -> None:
    boxes = {field.name: field.box for field in form_fields(declared_form(tmp_path / "declared.pdf"))}
    assert boxes["number"] == pytest.approx((20, 210 - 158, 48, 8), abs=0.1)


def test_a_scan_starts_a_design_as_well(tmp_path: Path) -> None:
    scan = convert_from_path(shipped("feedback-card", tmp_path), dpi=200, grayscale=True)[0]
    scan.save(tmp_path / "scan.png", dpi=(200, 200))
    assert started(tmp_path / "scan.png", tmp_path / "form")["page"] == {"size": "A5"}


def test_a_design_is_never_overwritten(tmp_path: Path) -> None:
    blank = shipped("feedback-card", tmp_path)
    start_template(blank, tmp_path / "form")
    (tmp_path / "form/form.yaml").write_text("mine")
    with pytest.raises(FileExistsError, match="already"):
        start_template(blank, tmp_path / "form")
    assert (tmp_path / "form/form.yaml").read_text() == "mine"


def test_a_picture_too_small_for_a_form_is_refused(tmp_path: Path) -> None:
    Image.new("L", (3000, 3), 255).save(tmp_path / "strip.png")
    with pytest.raises(BlankError, match="only 3 pixels narrow"):
        start_template(tmp_path / "strip.png", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_no_form_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_text("Dear Sirs")
    with pytest.raises(BlankError, match="neither a PDF nor a picture"):
        start_template(tmp_path / "letter.pdf", tmp_path / "form")
    assert not (tmp_path / "form").exists()
