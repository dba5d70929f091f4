"""What is printed is what is read: the same form.yaml, the same millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pdf2image import convert_from_path

from ocr.codes.finding import find_codes
from ocr.codes.reference import Reference, sign
from ocr.page import Page
from ocr.printing import Person, print_forms
from ocr.reader import read_page
from ocr.registration.aruco import find_markers, marker_corners
from ocr.template.loading import load_template, load_templates
from ocr.template.model import ArucoMarks, CodeField

TEMPLATES = Path(__file__).parents[3] / "templates"
ROW = {"name": "Nils Quist", "street_and_number": "Storgatan 3", "postcode_and_city": "11455 Stockholm"}
NAMES = sorted(path.parent.name for path in TEMPLATES.glob("*/form.yaml"))


def printed(name: str, folder: Path, language: str = "en") -> np.ndarray:
    template = load_template(TEMPLATES / name)
    reference = sign(Reference(template.code, "C1", "S1"), b"a key of sixteen")
    print_forms(template, [Person(reference, ROW)], language=language, out=folder / "form.pdf")
    return np.array(convert_from_path(folder / "form.pdf", dpi=200, grayscale=True)[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_form_is_found_again_in_every_language(name: str, tmp_path: Path) -> None:
    templates = load_templates(TEMPLATES)
    for language in load_template(TEMPLATES / name).languages:
        reading = read_page(Page("x", 1, printed(name, tmp_path, language)), templates)
        assert (reading.template, reading.registered) == (name, True), reading.reason
        assert reading.residual_mm is not None
        assert reading.residual_mm < 0.2


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_form_reads_as_unanswered(name: str, tmp_path: Path) -> None:
    reading = read_page(Page("x", 1, printed(name, tmp_path)), load_templates(TEMPLATES))
    answers = [f for f in reading.fields if f.kind in ("tick", "choice", "signature", "handprint")]
    assert answers
    assert {f.name: f.status for f in answers if f.status != "empty"} == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_is_readable_at_200_dpi_in_each_of_its_places(name: str, tmp_path: Path) -> None:
    template = load_template(TEMPLATES / name)
    image = printed(name, tmp_path)
    for field in template.fields.values():
        if isinstance(field, CodeField):
            assert len(field.boxes) == 2
            for x, y, w, h in field.boxes:
                region = (int((x - 2) / 0.127), int((y - 2) / 0.127), int((w + 4) / 0.127), int((h + 4) / 0.127))
                texts = [code.text for code in find_codes(image, formats=[field.format], region=region)]
                assert [text.startswith(f"RF1.{template.code}.C1.S1.") for text in texts] == [True]


@pytest.mark.parametrize("name", [n for n in NAMES if n != "withdrawal"])
def test_markers_are_printed_where_the_form_declares_them(name: str, tmp_path: Path) -> None:
    template = load_template(TEMPLATES / name)
    assert isinstance(template.marks, ArucoMarks)
    found = {marker.id: (marker.corners + 0.5) * 25.4 / 200 for marker in find_markers(printed(name, tmp_path))}
    assert set(found) == set(template.marks.ids)
    for number, corners in marker_corners(template).items():
        assert np.abs(found[number] - corners).max() < 0.15


def test_a_long_reference_is_readable_in_a_square_data_matrix(tmp_path: Path) -> None:
    template = load_template(TEMPLATES / "renewal-card")
    reference = sign(Reference("REN1", "renewal-card", "S000123"), b"a key of sixteen")
    print_forms(template, [Person(reference, ROW)], language="en", out=tmp_path / "form.pdf")
    image = np.array(convert_from_path(tmp_path / "form.pdf", dpi=200, grayscale=True)[0])
    assert [code.text for code in find_codes(image, formats=["datamatrix"])] == [reference.text] * 2


def test_the_same_input_prints_the_same_bytes(tmp_path: Path) -> None:
    template = load_template(TEMPLATES / "retention-offer")
    for name in ("a.pdf", "b.pdf"):
        print_forms(template, [Person(Reference("RET1"), ROW)], language="sv", out=tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_a_language_the_form_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not in fi"):
        print_forms(load_template(TEMPLATES / "withdrawal"), [], language="fi", out=tmp_path / "x.pdf")


def test_somebody_elses_form_is_never_printed(tmp_path: Path) -> None:
    template = load_template(Path(__file__).parents[2] / "forms/bank/card-application")
    with pytest.raises(ValueError, match="never printed"):
        print_forms(template, [], language="en", out=tmp_path / "x.pdf")
