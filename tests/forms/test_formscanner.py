"""Real answer sheets and questionnaires with small circles; what is marked was read off the scans by eye."""

from __future__ import annotations

from collections.abc import Callable

from ocr.reader import read_page
from ocr.template.loading import TemplateSet
from tests.forms.foreign import FORMS, Tally, page_of

DATA = FORMS / "formscanner/samples"
NUMBERS = {"T00001": "104556", "T00002": "245784"}
ANSWERS = {
    "T00001": "AB AC B C C D A D C B C A A B D C B A B D B C A D C D B A A B C C D A C A C B C A",
    "T00002": "CD BC B B A D B B A D C B C A A B D C A B C B D A B C C B A C B D D A B C C A B D",
}
QUESTIONNAIRES = {
    "Q00001": {
        "sex": ["male"], "age": ["25_29"], "restaurants": ["3_or_4_times"], "movies": ["strongly_agree"],
        "music": ["agree"], "reading": ["disagree"], "sources": ["tv", "magazines", "internet"],
    },
    "Q00002": {
        "sex": ["male"], "age": ["40_49"], "restaurants": ["less_than_once"], "movies": ["agree"],
        "music": ["disagree"], "reading": ["disagree"], "sources": ["newspapers", "tv", "radio"],
    },
}  # fmt: skip


def test_answer_sheets_are_read_without_a_mistake(foreign: Callable[[str], TemplateSet]) -> None:
    templates = foreign("formscanner")
    tally = Tally()
    for file, answers in ANSWERS.items():
        marked = {f"q{number}": list(letters) for number, letters in enumerate(answers.split(), start=1)}
        marked |= {f"student_number_{place}": [digit] for place, digit in enumerate(NUMBERS[file], start=1)}
        reading = read_page(page_of(DATA / f"Test/Test/{file}.jpg"), templates)
        tally.add(reading, marked)
        codes = [(reading[name].value, reading[name].status) for name in ("university", "course")]
        assert codes == [("University of Udine", "ok"), ("Statistics", "ok")]
    assert tally.wrong == []
    assert tally.share >= 0.98


def test_questionnaires_are_read_without_a_mistake(foreign: Callable[[str], TemplateSet]) -> None:
    templates = foreign("formscanner")
    tally = Tally()
    for file, marked in QUESTIONNAIRES.items():
        reading = read_page(page_of(DATA / f"Questionnaire/Questionnaire/{file}.jpg"), templates)
        tally.add(reading, marked)
        assert reading["interviewer"].value == "Interviewer: Mario Rossi\nInverviewer ID: 458788"
        assert reading["interviewer"].status == "ok"
    assert tally.wrong == []
    assert tally.share >= 0.98
