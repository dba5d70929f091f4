"""Tesseract as a line reader: what it fails at costs that line alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytesseract
import pytest
from PIL import Image

from ocr.fields.engine import NOTHING, EngineMissingError, read_lines
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


def test_lines_are_read_in_their_order() -> None:
    assert [one.text for one in read_lines([line("12345"), line("6789")], model="eng")] == ["12345", "6789"]


def test_a_line_at_which_tesseract_fails_is_read_as_nothing_and_the_others_all_the_same(
    fails_at_one_line: None,
) -> None:
    lines = [line("111"), line("222"), line("333", BROKEN_WIDTH), line("444"), line("555")]
    assert [one.text for one in read_lines(lines, model="eng")] == ["111", "222", "", "444", "555"]


def test_one_failing_line_alone_is_nothing(fails_at_one_line: None) -> None:
    assert read_lines([line("1", BROKEN_WIDTH)], model="eng") == [NOTHING]


def test_a_missing_model_is_named_with_its_package() -> None:
    with pytest.raises(EngineMissingError, match="apt install tesseract-ocr-xxx"):
        read_lines([line("1")], model="xxx")
