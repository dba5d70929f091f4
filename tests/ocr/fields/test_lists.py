"""Free handwriting read against a list, and with another reader where one is installed."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from ocr.fields.handwriting import read_handwriting
from ocr.fields.handwritten import prepare_handwriting
from ocr.fields.second import second_reader
from ocr.handprint.wordlist import WordList, make_list
from ocr.readings import Reading
from ocr.template.model import CombField, HandprintField

BOX = (10.0, 10.0, 70.0, 8.0)
TOWN = HandprintField(kind="handprint", box=BOX, role="city", charset="upper")
STREET = HandprintField(kind="handprint", box=BOX, role="street")
CELLS = CombField(kind="comb", box=BOX, cells=10, charset="upper")
TOWNS = make_list([("Malmö", 3), ("Göteborg", 4), ("Västerås", 1), ("Lund", 1)], "cities/1")
SURE = 0.95
needs_another = pytest.mark.skipif(find_spec("rapidocr") is None, reason="the extra freehand is not installed")


def written(paper, field, text: str, words: WordList | None = None, *, apart: float = 4.4) -> Reading:
    sheet = paper((90, 30))
    if isinstance(field, CombField):
        for cell in range(field.cells + 1):
            sheet.line((10 + 7 * cell, 10), (10 + 7 * cell, 18), width=0.2)
    for at, character in enumerate(text):
        sheet.type(character, (12 if isinstance(field, CombField) else 11) + at * apart, 14, height=5.5)
    return read_handwriting([prepare_handwriting("f", field, "SE", sheet.image, sheet.matrix, words)])[0]


def test_a_town_of_the_list_is_read_and_the_list_is_named(paper) -> None:
    reading = written(paper, TOWN, "MALMO", TOWNS)
    assert reading.value == "MALMÖ"
    assert reading.reader.split()[-1] == "cities/1"
    assert written(paper, TOWN, "MALMO").value == "MALMO"


def test_a_town_that_both_readers_of_a_line_see_is_as_sure_with_a_list_as_without(paper) -> None:
    free, listed = written(paper, TOWN, "LUND"), written(paper, TOWN, "LUND", TOWNS)
    assert (free.value, listed.value) == ("LUND", "LUND")
    assert listed.confidence >= free.confidence > 0.9


def test_a_town_that_is_not_in_the_list_is_asked_about(paper) -> None:
    reading = written(paper, TOWN, "YSTAD", TOWNS)
    assert reading.value == "YSTAD"
    assert reading.confidence < SURE


def test_the_cells_of_a_comb_are_read_against_a_list(paper) -> None:
    assert written(paper, CELLS, "GOTEBORG", apart=7).value == "GOTEBORG"
    listed = written(paper, CELLS, "GOTEBORG", TOWNS, apart=7)
    assert listed.value == "GÖTEBORG"
    assert listed.confidence > SURE
    other = written(paper, CELLS, "NORRBYN", TOWNS, apart=7)
    assert other.value == "NORRBYN"
    assert other.confidence < SURE


def test_an_empty_field_stays_empty_whatever_the_list_holds(paper) -> None:
    assert (written(paper, TOWN, "", TOWNS).value, written(paper, TOWN, "", TOWNS).status) == ("", "empty")


def test_a_house_number_is_read_beside_a_street_of_the_list(paper) -> None:
    streets = make_list([("Storgatan", 2), ("Skolgatan", 1), ("Ringvägen", 1)])
    reading = written(paper, STREET, "STORGATAM 17", streets)
    assert reading.value.endswith(" 17")
    assert "STORGATAN 17" in [text for text, _ in reading.alternatives]
    assert reading.confidence < SURE


@needs_another
def test_the_other_reader_reads_a_line_and_says_who_it_is() -> None:
    reader = second_reader()
    assert reader is not None
    assert reader.version.startswith("rapidocr/")
    assert reader.read([np.full((90, 400), 250, np.uint8)]) == [""]


@needs_another
def test_the_other_reader_has_a_share_in_doubtful_lines_alone(paper) -> None:
    assert "rapidocr" in written(paper, STREET, "O0Il1 5S").reader
    assert "rapidocr" not in written(paper, CELLS, "QUJX", apart=7).reader


def test_the_other_reader_is_not_loaded_before_a_line_asks_for_it() -> None:
    code = "import sys, ocr.reader, ocr.fields.second; sys.exit('rapidocr' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
