"""Scans of bubbles with letters in them, pencilled gray: read as the expected results say."""

from __future__ import annotations

from collections.abc import Callable

from ocr.reader import read_page
from ocr.template.loading import TemplateSet
from tests.forms.foreign import FORMS, Tally, page_of

DATA = FORMS / "omrchecker/samples"
STUDENTS = {"sample_roll_01": "A0188877Y", "sample_roll_02": "A0203959W", "sample_roll_03": "A0204729A"}
FIRST_CHECKS = "ABEHJLM"


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
