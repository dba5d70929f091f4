"""Real bubble sheets, filled in with pencil: every bubble against the results that came with the scans."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator

from ocr.reader import read_page
from ocr.template.loading import TemplateSet
from tests.forms.foreign import FORMS, Tally, page_of

DATA = FORMS / "openmcr/test/end-to-end"
COLUMNS = {"last_name": 12, "first": 6, "middle": 2, "student_id": 10, "course_id": 10}
HEADS = {"last_name": "Last Name", "first": "First Name", "middle": "Middle Name",
         "student_id": "Student ID", "course_id": "Course ID"}  # fmt: skip


def results(folder: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Each scan's name with the bubbles that are filled on it, choice by choice."""
    with (DATA / folder / "output/results.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            marked = {
                f"{name}_{number + 1}": list(row[HEADS[name]][number : number + 1])
                for name, count in COLUMNS.items()
                for number in range(count)
            }
            marked["test_form"] = list(row["Test Form Code"])
            marked |= {f"q{number}": list(row.get(f"Q{number}") or "") for number in range(1, 76)}
            yield row["Source File"], marked


def test_pencil_in_bubbles_is_read_without_a_mistake(foreign: Callable[[str], TemplateSet]) -> None:
    templates = foreign("openmcr")
    tally = Tally()
    for file, marked in results("75q-core-1"):
        tally.add(read_page(page_of(DATA / "75q-core-1/input" / file), templates), marked)
    assert tally.sure + tally.asked == 17 * 116
    assert tally.wrong == []
    assert tally.share >= 0.98


def test_a_coarse_scan_with_tinted_columns_is_read_too(foreign: Callable[[str], TemplateSet]) -> None:
    templates = foreign("openmcr")
    tally = Tally()
    for file, marked in results("low-resolution"):
        tally.add(read_page(page_of(DATA / "low-resolution/input" / file), templates), marked)
    assert tally.wrong == []
    assert tally.share >= 0.98


def test_the_sister_sheet_with_twice_the_questions_is_not_taken_for_it(foreign: Callable[[str], TemplateSet]) -> None:
    templates = foreign("openmcr")
    for name in ("sheet-75", "sheet-150"):
        reading = read_page(page_of(templates.directory_of(name) / "blank.png"), templates)
        assert (reading.template, reading.registered) == (name, True)
        assert {field.status for field in reading.fields if field.kind == "choice"} == {"empty"}
