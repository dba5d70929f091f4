"""Scans and phone photos of bubbles with letters in them, pencilled gray: read as the expected results say."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest

from ocr.reader import read_page
from ocr.template.loading import TemplateSet
from tests.forms.foreign import FORMS, Tally, page_of

DATA = FORMS / "omrchecker/samples"
STUDENTS = {"sample_roll_01": "A0188877Y", "sample_roll_02": "A0203959W", "sample_roll_03": "A0204729A"}
FIRST_CHECKS = "ABEHJLM"
PHOTOS = {
    "sample4/IMG_20201116_143512.jpg": "B D C B D C BC A C D C",
    "sample4/IMG_20201116_150717658.jpg": "B D C B D C BC A C D C",
    "sample4/IMG_20201116_150750830.jpg": "A - D C AC A D B C D D",
}
SMALL_PHOTOS = {
    "sample2/AdrianSample/adrian_omr.png": "B E A C B",
    "sample2/AdrianSample/adrian_omr_2.png": "C E A B B",
}

RESULTS = FORMS / "omrchecker/src/tests/__snapshots__/test_all_samples.ambr"
HUNDRED_SIXTY = (
    "sample3/xeroxed-thin-sheet/grayscale-80-gsm.jpg",
    "sample3/colored-thick-sheet/rgb-100-gsm.jpg",
)
"""Two printings of one sheet; the photo of the first serves as the blank of both."""


def test_student_numbers_in_bubbles_are_read_without_a_mistake(foreign: Callable[[str], TemplateSet]) -> None:
    templates = foreign("omrchecker/answer-booklet")
    tally = Tally()
    for file, number in STUDENTS.items():
        check = number[-1]
        marked = {f"digit_{place}": [digit] for place, digit in enumerate(number[1:-1], start=1)}
        marked |= {"student": [number[0]], "check_1": [check] if check in FIRST_CHECKS else []}
        marked |= {"check_2": [] if check in FIRST_CHECKS else [check]}
        tally.add(read_page(page_of(DATA / f"sample6/doc-scans/{file}.jpg"), templates), marked)
    assert tally.wrong == []
    assert tally.share >= 0.98


def test_phone_photos_on_a_dark_table_are_read_without_a_mistake(foreign: Callable[[str], TemplateSet]) -> None:
    tally = read_all(PHOTOS, foreign("omrchecker"))
    assert tally.wrong == []
    assert tally.share >= 0.98


def test_a_photo_of_two_pixels_a_millimetre_is_read_or_asked_about(foreign: Callable[[str], TemplateSet]) -> None:
    assert read_all(SMALL_PHOTOS, foreign("omrchecker")).wrong == []


@pytest.mark.parametrize("file", HUNDRED_SIXTY)
def test_a_small_photo_of_a_sheet_with_640_bubbles_is_read_as_expected(
    file: str, foreign: Callable[[str], TemplateSet]
) -> None:
    tally = Tally()
    tally.add(read_page(page_of(DATA / file), foreign("omrchecker/hundred-sixty")), expected(file))
    assert tally.wrong == []
    assert tally.share >= 0.98


def expected(file: str) -> dict[str, list[str]]:
    """The answers that the forms' own project expects, by question."""
    row = next(line for line in RESULTS.read_text(encoding="utf-8").splitlines() if f'"samples/{file}"' in line)
    return {f"q{n}": list(answer) for n, answer in enumerate(next(csv.reader([row.strip()]))[4:], start=1)}


def read_all(photos: dict[str, str], templates: TemplateSet) -> Tally:
    tally = Tally()
    for file, answers in photos.items():
        marked = {f"q{n}": list(letters.strip("-")) for n, letters in enumerate(answers.split(), start=1)}
        tally.add(read_page(page_of(DATA / file), templates), marked)
    return tally
