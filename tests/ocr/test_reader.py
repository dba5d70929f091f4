"""Whole pages: every design, any side up, badly scanned; what is refused; many pages at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import ocr.fields.text
from ocr.codes.reference import Reference, sign
from ocr.fields.engine import engine
from ocr.page import Page, Unreadable
from ocr.printing import Person
from ocr.reader import read_file, read_page, read_pages
from ocr.template.loading import load_templates

DESIGNS = ("retention-offer", "renewal-card", "feedback-card", "withdrawal")
ROOT = Path(__file__).parents[2]
FORMS = ROOT.parent / "shared/data/forms"
OTHERS = (
    "quexf/doc/test_blank.pdf",
    "omrchecker/samples/sample1/MobileCamera/sheet1.jpg",
    "formscanner/samples/Questionnaire/Questionnaire/Q00001.jpg",
    "formscanner/samples/Test/Test/T00002.jpg",
    "openmcr/test/end-to-end/low-resolution/input/example.png",
)


def person(code: str, number: str = "S1", values: dict[str, str] | None = None) -> Person:
    values = values or {
        "name": "Götz Härdin", "street_and_number": "Sjövägen 54", "postcode_and_city": "41118 Göteborg",
        "customer_number": "10372597",
    }  # fmt: skip
    return Person(sign(Reference(code, "C26A", number), b"key"), values)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_blank_form_has_nothing_but_empty_fields_however_it_is_scanned(
    name: str, printed: Callable[..., np.ndarray], scan: Callable[[np.ndarray], np.ndarray], templates
) -> None:
    reading = read_page(Page("scan", 1, scan(printed(name))), templates)
    assert reading.template == name, reading.reason
    statuses = {field.name: field.status for field in reading.fields if field.kind != "code"}
    assert set(statuses.values()) == {"empty"}, statuses


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_print_tells_the_language_of_a_form_without_codes(language, printed, templates) -> None:
    reading = read_page(Page("scan", 1, printed("withdrawal", language)), templates)
    assert (reading.template, reading.language, reading.method) == ("withdrawal", language, "print")
    assert {field.status for field in reading.fields} == {"empty"}


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_is_read_any_side_up(name, quarters, printed, templates) -> None:
    image = np.ascontiguousarray(np.rot90(printed(name), quarters))
    reading = read_page(Page("scan", 1, image), templates)
    assert (reading.template, reading.rotation) == (name, -90 * quarters % 360)
    rows, columns = image.shape
    for field in reading.fields:
        x, y, w, h = field.box
        assert 0 <= x < x + w <= columns
        assert 0 <= y < y + h <= rows


def test_what_was_printed_for_a_person_is_read_back_from_bad_scans(printed, scan, templates) -> None:
    image = scan(printed("retention-offer", "sv", person("RET1")))
    reading = read_page(Page("scan", 1, image), templates)
    wanted = {"name": "Götz Härdin", "street": "Sjövägen 54", "city": "41118 Göteborg", "customer_number": "10372597"}
    assert {name: reading[name].value for name in wanted} == wanted
    assert reading["reference"].value == person("RET1").reference.text
    assert reading["reference"].status == "ok"


@pytest.mark.parametrize(("country", "name"), [("US", "Käthe Müller"), ("GB", "Björn Åkesson"), ("DE", "Håkan Järvi")])
def test_names_are_read_with_the_letters_of_other_countries(country, name, printed, tmp_path) -> None:
    """A form in English has subscribers called Müller as well, and a German one has Håkanssons."""
    (tmp_path / "retention-offer").mkdir()
    design = (ROOT / "templates/retention-offer/form.yaml").read_text(encoding="utf-8")
    assert "country: SE" in design
    (tmp_path / "retention-offer/form.yaml").write_text(design.replace("country: SE", f"country: {country}"))
    image = printed("retention-offer", "en", person("RET1", values={"name": name}))
    reading = read_page(Page("scan", 1, image), load_templates(tmp_path))
    assert reading["name"].value == name


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_a_page_with_nothing_on_it_is_refused_with_a_reason(gray, templates) -> None:
    reading = read_page(Page("scan", 1, np.full((2338, 1654), gray, np.uint8)), templates)
    assert (reading.registered, reading.template, reading.fields) == (False, None, ())
    assert reading.reason
    assert reading.reason.endswith(".")


def test_a_page_of_a_few_pixels_is_refused(templates) -> None:
    for shape in ((1, 1), (7, 900), (40, 30)):
        assert not read_page(Page("scan", 1, np.full(shape, 200, np.uint8)), templates).registered


def test_a_form_bent_out_of_place_is_refused_instead_of_read_shifted(printed, templates) -> None:
    image = printed("renewal-card")
    rows, columns = image.shape
    across, down = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    # one corner pulled inwards, as a crumpled sheet on a camera's table
    pull = np.clip((across / columns - 0.5) * (down / rows - 0.5) * 4, 0, 1) * 160
    bent = cv2.remap(image, across - pull, down, cv2.INTER_LINEAR, borderValue=255)
    reading = read_page(Page("scan", 1, np.asarray(bent)), templates)
    assert not reading.registered
    assert reading.residual_mm is not None
    assert reading.residual_mm > 0.6
    assert "mm" in (reading.reason or "")


@pytest.mark.parametrize("file", OTHERS)
def test_a_strangers_form_is_not_taken_for_one_of_ours(file, templates) -> None:
    if not (FORMS / file).exists():
        pytest.skip("shared/data/forms is not beside the checkout")
    readings = list(read_file(FORMS / file, templates))
    assert readings
    assert not [reading.template for reading in readings if reading.registered]


def test_a_strangers_squares_are_not_taken_for_a_banks() -> None:
    if not (FORMS / OTHERS[3]).exists():
        pytest.skip("shared/data/forms is not beside the checkout")
    from ocr.template.loading import load_templates

    bank = load_templates(Path(__file__).parents[1] / "forms/bank")
    assert not [reading for reading in read_file(FORMS / OTHERS[3], bank) if reading.registered]


def test_pages_of_a_pile_come_back_in_order_with_refusals_between_them(printed, templates, tmp_path) -> None:
    pages = [printed("renewal-card", "sv", person("REN1", f"S{n}")) for n in range(3)]
    pages.insert(1, np.full_like(pages[0], 255))
    first, *rest = (Image.fromarray(page) for page in pages)
    first.save(tmp_path / "pile.tif", save_all=True, append_images=rest, compression="tiff_lzw")
    readings = list(read_file(tmp_path / "pile.tif", templates))
    assert [(reading.page, reading.registered) for reading in readings] == [(1, True), (2, False), (3, True), (4, True)]
    references = [reading["reference"].value for reading in readings if reading.registered]
    assert [".S0." in references[0], ".S1." in references[1], ".S2." in references[2]] == [True] * 3
    assert [reading.page for reading in read_file(tmp_path / "pile.tif", templates, wanted=[3])] == [3]


def test_the_texts_of_many_pages_cost_one_call_for_each_model_and_kind(printed, templates, monkeypatch) -> None:
    calls = []
    real = engine()

    class Counted:
        version = real.version

        def read_lines(self, lines, **how):
            calls.append((how["model"], how["whitelist"], len(lines)))
            return real.read_lines(lines, **how)

    monkeypatch.setattr(ocr.fields.text, "engine", Counted)
    image = printed("retention-offer", "sv", person("RET1"))
    readings = read_pages([Page("scan", n, image) for n in (1, 2, 3)], templates)
    assert [reading["street"].value for reading in readings] == ["Sjövägen 54"] * 3
    first, numbers, *second = sorted(calls)
    assert (first, numbers) == (("deu", "", 9), ("deu", "0123456789", 3))
    assert [model for model, *_ in second] in ([], ["swe"])
    assert sum(count for *_, count in second) < 9


def test_an_unreadable_page_keeps_its_place_and_its_reason(printed, templates) -> None:
    pages = [Unreadable("scan", 1, "broken", "It is damaged."), Page("scan", 2, printed("feedback-card"))]
    broken, good = read_pages(pages, templates)
    assert (broken.registered, broken.reason) == (False, "It is damaged.")
    assert (good.template, good.page) == ("feedback-card", 2)
