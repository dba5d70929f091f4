"""What is printed is what is read: the same form.yaml, the same millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from pdf2image import convert_from_path

from ocr.codes.finding import find_codes
from ocr.codes.reference import Reference, sign
from ocr.page import Page
from ocr.printing import Person, print_forms
from ocr.printing.codes import code_modules
from ocr.reader import read_page
from ocr.registration.aruco import find_markers, marker_corners
from ocr.template.areas import field_areas
from ocr.template.loading import load_template, load_templates
from ocr.template.model import ArucoMarks, ChoiceField, CodeField, TextField

TEMPLATES = Path(__file__).parents[3] / "templates"
ROW = {"name": "Nils Quist", "street_and_number": "Storgatan 3", "postcode_and_city": "11455 Stockholm"}
NAMES = sorted(path.parent.name for path in TEMPLATES.glob("*/form.yaml"))


def printed(name: str, folder: Path, language: str = "en") -> np.ndarray:
    template = load_template(TEMPLATES / name)
    reference = sign(Reference(template.code, "C1", "S1"), b"a key of sixteen")
    print_forms(template, [Person(reference, ROW)], language=language, out=folder / "form.pdf")
    return np.array(convert_from_path(folder / "form.pdf", dpi=200, grayscale=True)[0])


def edges(box: Sequence[float]) -> np.ndarray:
    x, y, w, h = box
    return np.array([x, y, x + w, y + h])


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_form_is_found_again_with_its_boxes_in_every_language(name: str, tmp_path: Path) -> None:
    templates = load_templates(TEMPLATES)
    template = load_template(TEMPLATES / name)
    declared = {area.location[1]: area.box for area in field_areas(template) if area.location[-2:-1] != ("options",)}
    for language in template.languages:
        reading = read_page(Page("x", 1, printed(name, tmp_path, language)), templates)
        assert (reading.template, reading.registered) == (name, True), reading.reason
        assert reading.residual_mm is not None
        assert reading.residual_mm < 0.2
        read = {
            f.name: f.box for f in reading.fields if not isinstance(template.fields[f.name], CodeField | ChoiceField)
        }
        assert read
        for field, box in read.items():
            assert np.abs(edges(box) * 25.4 / 200 - edges(declared[field])).max() < 0.3, (field, language)


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


@pytest.mark.parametrize("name", [n for n in NAMES if n != "withdrawal"])
def test_a_form_with_pen_strokes_over_one_code_is_still_identified(name: str, tmp_path: Path) -> None:
    image = printed(name, tmp_path)
    field = next(f for f in load_template(TEMPLATES / name).fields.values() if isinstance(f, CodeField))
    x, y, w, h = np.array(field.boxes[0]) * 200 / 25.4
    for share in (0.2, 0.5, 0.8):
        ends = (int(x - 8), int(y + h * share)), (int(x + w + 8), int(y + h * (1 - share)))
        cv2.line(image, *ends, 30, 5)
    region = (int(x - 16), int(y - 16), int(w + 32), int(h + 32))
    assert find_codes(image, formats=[field.format], region=region) == ()
    reading = read_page(Page("x", 1, image), load_templates(TEMPLATES))
    reference = next(f for f in reading.fields if f.kind == "code")
    assert str(reference.value).startswith("RF1.")
    assert (reading.template, reference.status) == (name, "ok")


def test_modules_are_at_least_half_a_millimetre_for_a_reference_of_sixty_characters() -> None:
    for name in NAMES:
        for field in load_template(TEMPLATES / name).fields.values():
            if isinstance(field, CodeField):
                modules = code_modules("a" * 60, field.format).shape[0]
                assert min(box[2] / modules for box in field.boxes) >= 0.5


def test_a_qr_code_carries_enough_correction_for_a_signature_across_it() -> None:
    modules = code_modules("RF1.RET1.C26A.S000001.ABCDEFGHIJKLMNOP", "qr")
    picture = np.pad(np.kron(~modules, np.ones((4, 4), np.uint8)) * 255, 16, constant_values=255).astype(np.uint8)
    assert [code.ec_level for code in zxingcpp.read_barcodes(picture)] == ["Q"]


def test_a_reference_too_long_for_the_code_is_refused_rather_than_printed_too_fine(tmp_path: Path) -> None:
    template = load_template(TEMPLATES / "feedback-card")
    person = Person(Reference("FBK1", "a-campaign-whose-code-is-far-too-long-for-a-small-card", "S000001-" * 6), ROW)
    with pytest.raises(ValueError, match="shorten the campaign's code"):
        print_forms(template, [person], language="en", out=tmp_path / "x.pdf")


def words_on(file: Path) -> dict[str, tuple[float, float, float, float]]:
    """Text of each object on the first page with its box in mm from the top left."""
    page = pdfium.PdfDocument(file)[0]
    height = page.get_height()
    text = page.get_textpage()
    boxes = [text.get_rect(n) for n in range(text.count_rects())]
    mm = 25.4 / 72
    return {
        text.get_text_bounded(left, bottom, right, top).strip(): (
            left * mm, (height - top) * mm, (right - left) * mm, (top - bottom) * mm
        )
        for left, bottom, right, top in boxes
    }  # fmt: skip


LONG = "Maximiliana Alexandra Freifrau von Hohenstein-Auersberg"


@pytest.mark.parametrize(("value", "shown"), [("Nils Quist", "Nils Quist"), (LONG, LONG), ("Karl " * 40, "Karl Karl")])
def test_a_prefilled_value_never_leaves_its_box(value: str, shown: str, tmp_path: Path) -> None:
    template = load_template(TEMPLATES / "retention-offer")
    print_forms(template, [Person(Reference("RET1"), {"name": value})], language="en", out=tmp_path / "x.pdf")
    field = template.fields["name"]
    assert isinstance(field, TextField)
    found = {text: box for text, box in words_on(tmp_path / "x.pdf").items() if text.startswith(shown)}
    (text,) = found
    x, y, w, h = found[text]
    assert text == value or text.endswith("…")
    assert field.box[0] <= x
    assert x + w <= field.box[0] + field.box[2]
    assert field.box[1] <= y
    assert y + h <= field.box[1] + field.box[3]


def test_a_prefilled_number_longer_than_its_comb_ends_in_an_ellipsis(tmp_path: Path) -> None:
    template = load_template(TEMPLATES / "renewal-card")
    person = Person(Reference("REN1"), {"customer_number": "1234567890"})
    print_forms(template, [person], language="en", out=tmp_path / "x.pdf")
    joined = "".join(words_on(tmp_path / "x.pdf"))
    assert "7…" in joined.replace(" ", "")
    assert "8" not in joined.replace("YYYYMMDD", "")


def test_the_same_input_prints_the_same_bytes(tmp_path: Path) -> None:
    template = load_template(TEMPLATES / "retention-offer")
    for name in ("a.pdf", "b.pdf"):
        print_forms(template, [Person(Reference("RET1"), ROW)], language="sv", out=tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


ANNEX_I_B = {
    "en": (
        "Model withdrawal form",
        "(complete and return this form only if you wish to withdraw from the contract)",
        "I/We (*) hereby give notice that I/We (*) withdraw from my/our (*) contract of sale of the following goods "
        "(*)/for the provision of the following service (*),",
        "Ordered on (*)/received on (*),",
        "Name of consumer(s),",
        "Address of consumer(s),",
        "Signature of consumer(s) (only if this form is notified on paper),",
        "Date",
        "(*) Delete as appropriate.",
    ),
    "de": (
        "Muster-Widerrufsformular",
        "(Wenn Sie den Vertrag widerrufen wollen, dann füllen Sie bitte dieses Formular aus und senden Sie es zurück.)",
        "Hiermit widerrufe(n) ich/wir (*) den von mir/uns (*) abgeschlossenen Vertrag über den Kauf der folgenden "
        "Waren (*)/die Erbringung der folgenden Dienstleistung (*)",
        "Bestellt am (*)/erhalten am (*)",
        "Name des/der Verbraucher(s)",
        "Anschrift des/der Verbraucher(s)",
        "Unterschrift des/der Verbraucher(s) (nur bei Mitteilung auf Papier)",
        "Datum",
        "(*) Unzutreffendes streichen.",
    ),
}


@pytest.mark.parametrize("language", ANNEX_I_B)
def test_the_withdrawal_form_has_the_wording_of_the_directive(language: str, tmp_path: Path) -> None:
    print_forms(load_template(TEMPLATES / "withdrawal"), [], language=language, out=tmp_path / "x.pdf")
    text = " ".join(pdfium.PdfDocument(tmp_path / "x.pdf")[0].get_textpage().get_text_range().split())
    places = [text.find(item) for item in ANNEX_I_B[language]]
    assert -1 not in places, places
    assert places == sorted(places)


def test_a_language_the_form_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not in fi"):
        print_forms(load_template(TEMPLATES / "withdrawal"), [], language="fi", out=tmp_path / "x.pdf")


def test_somebody_elses_form_is_never_printed(tmp_path: Path) -> None:
    template = load_template(Path(__file__).parents[2] / "forms/bank/card-application")
    with pytest.raises(ValueError, match="never printed"):
        print_forms(template, [], language="en", out=tmp_path / "x.pdf")
