"""Tesseract as a line reader: what it fails at costs that line alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytesseract
import pytest
from PIL import Image

from ocr.fields.engine import NOTHING, Engine, EngineMissingError, engine
from ocr.fields.tesseract_command import TesseractCommand
from ocr.fields.tesseract_library import TesseractLibrary, models_folder
from ocr.readings import Gray

BROKEN_WIDTH = 555


def line(text: str, width: int = 800) -> Gray:
    picture = np.full((100, width), 255, np.uint8)
    cv2.putText(picture, text, (30, 70), cv2.FONT_HERSHEY_SIMPLEX, 2, 0, 4)
    return picture


@pytest.fixture
def fails_at_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tesseract fails whenever the broken line is among those it is given."""
    read: Callable[..., Any] = pytesseract.image_to_data

    def failing(file: str, **options: Any) -> Any:
        with Image.open(file) as pages:
            for number in range(getattr(pages, "n_frames", 1)):
                pages.seek(number)
                if pages.width == BROKEN_WIDTH:
                    raise pytesseract.TesseractError(-6, "Aborted")
        return read(file, **options)

    monkeypatch.setattr(pytesseract, "image_to_data", failing)


@pytest.fixture(params=["command", "library"])
def reader(request: pytest.FixtureRequest) -> Engine:
    if request.param == "command":
        return TesseractCommand()
    folder = models_folder()
    assert folder is not None
    return TesseractLibrary(folder)


def test_lines_are_read_in_their_order(reader: Engine) -> None:
    read = reader.read_lines([line("12345"), line("6789")], model="eng")
    assert [one.text for one in read] == ["12345", "6789"]
    assert all(0.5 < one.confidence <= 1 for one in read)


def test_a_whitelist_holds_for_its_own_call_alone(reader: Engine) -> None:
    letters = [line("ABC")]
    read = reader.read_lines(letters, model="eng", whitelist="0123456789")[0].text
    assert all(character in "0123456789 " for character in read)
    assert reader.read_lines(letters, model="eng")[0].text == "ABC"


def test_a_line_reads_the_same_after_other_lines(reader: Engine) -> None:
    alone = reader.read_lines([line("Main Road 7")], model="eng")
    after = reader.read_lines([line("M4in R0ad 1"), line("111"), line("Main Road 7")], model="eng")
    assert after[-1] == alone[0]


def test_no_ink_is_nothing(reader: Engine) -> None:
    assert reader.read_lines([line("")], model="eng") == [NOTHING]


def test_a_missing_model_is_named_with_its_package(reader: Engine) -> None:
    with pytest.raises(EngineMissingError, match="apt install tesseract-ocr-xxx"):
        reader.read_lines([line("1")], model="xxx")


def test_the_library_is_taken_where_it_is_installed() -> None:
    assert isinstance(engine(), TesseractLibrary)


def test_a_line_at_which_the_command_fails_is_read_as_nothing_and_the_others_all_the_same(
    fails_at_one_line: None,
) -> None:
    lines = [line("111"), line("222"), line("333", BROKEN_WIDTH), line("444"), line("555")]
    read = TesseractCommand().read_lines(lines, model="eng")
    assert [one.text for one in read] == ["111", "222", "", "444", "555"]


def test_one_failing_line_alone_is_nothing(fails_at_one_line: None) -> None:
    assert TesseractCommand().read_lines([line("1", BROKEN_WIDTH)], model="eng") == [NOTHING]
