"""Templates for real forms of other people: their blanks stay where the data are and are drawn when a test asks."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium

from ocr.page import Page
from ocr.pages import open_pages
from ocr.printing.blanks import PX_PER_MM
from ocr.readings import Gray, PageReading
from ocr.template.loading import load_template

HERE = Path(__file__).parent
FORMS = HERE.parents[2] / "shared/data/forms"


@dataclass(frozen=True)
class Blank:
    """The file (below shared/data/forms) and the page of it that show a form blank.

    Where nobody has a blank, a photo of a filled one will do: its four `corners` in px, clockwise from the top left.
    """

    file: str
    page: int = 1
    corners: tuple[tuple[float, float], ...] = ()


BLANKS = {
    "openmcr/sheet-75": Blank("openmcr/src/assets/multiple_choice_sheet_75q.pdf"),
    "openmcr/sheet-150": Blank("openmcr/src/assets/multiple_choice_sheet_150q.pdf"),
    "formscanner/answer-sheet": Blank("formscanner/samples/Test/Test/Test.pdf"),
    "formscanner/questionnaire": Blank("formscanner/samples/Questionnaire/Questionnaire/Questionnaire.pdf"),
    "quexf/survey-1": Blank("quexf/doc/test_original.pdf"),
    "quexf/survey-2": Blank("quexf/doc/test_original.pdf", 2),
    "omrchecker/answer-booklet": Blank("omrchecker/samples/sample6/reference.png"),
    "omrchecker/response-card": Blank(
        "omrchecker/samples/sample4/IMG_20201116_143512.jpg",
        corners=((294, 233), (1943, 58), (2182, 2445), (479, 2579)),
    ),
    "omrchecker/hundred-sixty": Blank(
        "omrchecker/samples/sample3/xeroxed-thin-sheet/grayscale-80-gsm.jpg",
        corners=((383, 299), (1299, 381), (1164, 1742), (194, 1596)),
    ),
    "omrchecker/five-questions": Blank(
        "omrchecker/samples/sample2/AdrianSample/adrian_omr_2.png",
        corners=((23, 52), (300, 52), (301, 406), (24, 410)),
    ),
}


def page_of(file: Path, number: int = 1) -> Page:
    page = next(iter(open_pages(file, wanted=[number])))
    assert isinstance(page, Page), page.reason
    return page


def with_blank(form: str, folder: Path) -> None:
    """Copies the design `form` into the new `folder` and draws its blank picture there."""
    shutil.copytree(HERE / form, folder)
    blank = BLANKS[form]
    size = load_template(folder).page.mm
    pixels = (round(size[0] * PX_PER_MM), round(size[1] * PX_PER_MM))
    image = _drawn(FORMS / blank.file, blank.page)
    if blank.corners:
        flat = np.array([(0, 0), (pixels[0], 0), pixels, (0, pixels[1])], np.float32)
        image = cv2.warpPerspective(
            image, cv2.getPerspectiveTransform(np.array(blank.corners, np.float32), flat), pixels
        )
    cv2.imwrite(str(folder / "blank.png"), cv2.resize(image, pixels, interpolation=cv2.INTER_AREA))


def _drawn(file: Path, number: int) -> Gray:
    """pdfium draws in a blink what takes poppler ten seconds."""
    if file.suffix != ".pdf":
        return page_of(file, number).image
    document = pdfium.PdfDocument(file)
    try:
        return np.array(document[number - 1].render(scale=2 * PX_PER_MM * 25.4 / 72, grayscale=True).to_pil())
    finally:
        document.close()


@dataclass
class Tally:
    """How the choices of some pages were read: `sure` with status ok or empty, the rest is for a person."""

    sure: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, reading: PageReading, truth: Mapping[str, list[str]]) -> None:
        """Compares every choice named in `truth` (the options that are marked) with what was read."""
        assert reading.registered, f"{reading.file}: {reading.reason}"
        for name, marked in truth.items():
            read = reading[name]
            if read.status in ("ok", "empty"):
                self.sure += 1
                if read.value != marked:
                    self.wrong.append(f"{reading.file} {name}: read {read.value}, marked {marked}")
            else:
                self.asked += 1

    @property
    def share(self) -> float:
        """Of the choices, those that no person is asked about."""
        return self.sure / (self.sure + self.asked)
