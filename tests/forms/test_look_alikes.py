"""With every form at hand to choose from, a page is taken for the form it is, or for none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.locate import Located, locate
from ocr.page import Page
from ocr.printing.blanks import PX_PER_MM
from ocr.readings import Gray
from ocr.template.checking import check_folder
from ocr.template.loading import TemplateSet, load_templates
from ocr.template.starting import start_template
from tests.forms.foreign import FORMS, HERE, page_of

SHIPPED = HERE.parents[1] / "templates"
PAGES = {
    "bank/Page_01.tif": "customer-reference",
    "bank/Page_02.tif": "account-application",
    "bank/Page_03.tif": "card-application",
    "bank/Page_04.tif": None,
    "formscanner/samples/Test/Test/T00001.jpg": "answer-sheet",
    "formscanner/samples/Test/Test/T00002.jpg": "answer-sheet",
    "formscanner/samples/Questionnaire/Questionnaire/Q00001.jpg": "questionnaire",
    "formscanner/samples/Questionnaire/Questionnaire/Q00002.jpg": "questionnaire",
    "openmcr/test/end-to-end/75q-core-1/input/scanned_page (1).png": "sheet-75",
    "openmcr/test/end-to-end/75q-core-1/input/scanned_page (9).png": "sheet-75",
    "openmcr/test/end-to-end/low-resolution/input/example.png": "sheet-75",
    "omrchecker/samples/sample6/doc-scans/sample_roll_01.jpg": "answer-booklet",
    "omrchecker/samples/sample1/MobileCamera/sheet1.jpg": None,
    "omrchecker/samples/sample2/AdrianSample/adrian_omr.png": "five-questions",
    "omrchecker/samples/sample3/colored-thick-sheet/rgb-100-gsm.jpg": "hundred-sixty",
    "omrchecker/samples/sample4/IMG_20201116_143512.jpg": "response-card",
    "omrchecker/samples/sample5/ScanBatch1/camscanner-1.jpg": None,
}


@pytest.fixture(scope="module")
def everything(foreign: Callable[[str], TemplateSet]) -> TemplateSet:
    sets = (foreign(""), load_templates(HERE / "bank"), load_templates(SHIPPED))
    return TemplateSet(tuple(entry for known in sets for entry in known.entries))


def name_of(page: Page, templates: TemplateSet) -> str | None:
    located = locate(page, templates)
    return located.template.name if isinstance(located, Located) else None


@pytest.mark.parametrize("file", PAGES)
def test_a_real_page_is_taken_for_what_it_is(file: str, everything: TemplateSet) -> None:
    assert name_of(page_of(FORMS / file), everything) == PAGES[file]


@pytest.mark.parametrize("number", [1, 2])
def test_two_pages_of_one_survey_are_told_apart(number: int, everything: TemplateSet) -> None:
    assert name_of(page_of(FORMS / "quexf/doc/filled/test_filled_1.pdf", number), everything) == f"survey-{number}"


@pytest.mark.parametrize("absent", ["sheet-75", "answer-sheet", "questionnaire", "survey-1", "card-application"])
def test_a_page_whose_form_is_not_known_is_taken_for_no_other(absent: str, everything: TemplateSet) -> None:
    others = TemplateSet(tuple(entry for entry in everything.entries if entry[0].name != absent))
    file = next((file for file, name in PAGES.items() if name == absent), "quexf/doc/filled/test_filled_1.pdf")
    assert name_of(page_of(FORMS / file), others) is None


def version(folder: Path, moved: int) -> Gray:
    """A page of text with a table that stands `moved` mm lower in the later version of the form."""
    page = np.full((297 * PX_PER_MM, 210 * PX_PER_MM), 255, np.uint8)
    random = np.random.default_rng(7)
    for row in range(24):
        words = "".join(chr(97 + letter) if letter < 26 else " " for letter in random.integers(0, 29, 60))
        cv2.putText(page, words, (90, 120 + 42 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2, cv2.LINE_AA)
    for row in range(5):
        top = (210 + moved + 9 * row) * PX_PER_MM
        cv2.rectangle(page, (150, top), (1050, top + 8 * PX_PER_MM), 0, 2)
    cv2.imwrite(str(folder / f"version-{moved}.png"), page)
    return page


def versions(folder: Path) -> Iterator[Gray]:
    for moved in (0, 12):
        yield version(folder, moved)
        start_template(folder / f"version-{moved}.png", folder / f"designs/version-{moved}")


def test_two_versions_of_a_form_without_a_code_are_refused_rather_than_confused(tmp_path: Path) -> None:
    pages = list(versions(tmp_path))
    templates = load_templates(tmp_path / "designs")
    for moved, page in zip((0, 12), pages, strict=True):
        assert name_of(Page("page", 1, page), templates) in (f"version-{moved}", None)
        alone = load_templates(tmp_path / f"designs/version-{moved}")
        assert name_of(Page("page", 1, page), alone) == f"version-{moved}"


def test_the_check_names_forms_of_one_folder_that_look_alike(tmp_path: Path) -> None:
    list(versions(tmp_path))
    count, problems = check_folder(tmp_path / "designs")
    assert count == 2
    assert {problem.file.parent.name for problem in problems} == {"version-0", "version-12"}
    assert all("nearly that of version-" in str(problem) for problem in problems)
    assert check_folder(tmp_path / "designs/version-0") == (1, [])
