"""The committed samples cover what a back office receives, and read back as their truth says."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from bench.sample_accuracy import BAR, BARRED, Outcome, agreement, load_truth, read_all, wrong
from ocr.reader import read_file
from ocr.template.loading import load_templates
from samples.answers import answers
from samples.make import COMMITTED, SEED
from samples.plans import TROUBLES, documents
from samples.printing import addressed, office

ROOT = Path(__file__).parents[2]
SCANS = ROOT / "samples/scans"


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    return load_truth(ROOT / "samples/truth.jsonl")


@pytest.fixture(scope="module")
def found(truth: list[dict[str, Any]]) -> list[Outcome]:
    return read_all(truth, SCANS)


def pages(truth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [page for line in truth for page in line["pages"]]


def test_the_truth_lists_exactly_the_committed_files(truth: list[dict[str, Any]]) -> None:
    files = {str(path.relative_to(SCANS)) for path in SCANS.rglob("*") if path.is_file()}
    assert {line["file"] for line in truth} == files


def test_the_committed_truth_is_what_the_maker_would_write_today(truth: list[dict[str, Any]]) -> None:
    with (ROOT / "samples/subscribers.csv").open(encoding="utf-8", newline="") as file:
        house = office(tuple(csv.DictReader(file)))
    for line, document in zip(truth, documents(COMMITTED, SEED, house.people), strict=False):
        assert line["file"] == document.name
        for page, sheet in zip(line["pages"], document.sheets, strict=True):
            template = house.templates.by_name[sheet.template]
            given = answers(template, sheet, addressed(sheet, template, house), house.people[sheet.row])
            assert page["fields"] == {name: answer.as_truth() for name, answer in given.items()}, line["file"]


def test_there_are_some_forty_files_and_they_stay_small(truth: list[dict[str, Any]]) -> None:
    assert 40 <= len(truth) <= 48
    assert sum(path.stat().st_size for path in SCANS.rglob("*") if path.is_file()) <= 6_000_000


def test_every_design_language_channel_and_trouble_is_among_them(truth: list[dict[str, Any]]) -> None:
    assert {page["template"] for page in pages(truth)} == set(load_templates(ROOT / "templates").by_name)
    assert {page["language"] for page in pages(truth) if page["template"] == "withdrawal"} == {"en", "de", "sv"}
    assert {Path(line["file"]).parts[0] for line in truth} == {"paper", "photo", "email", "partner"}
    # new phones and addresses come later in the round
    assert {page["why"] for page in pages(truth)} >= {*TROUBLES, ""} - {"new-phone", "new-address"}


def test_two_files_hold_several_responses(truth: list[dict[str, Any]]) -> None:
    piles = {Path(line["file"]).suffix: line["pages"] for line in truth if len(line["pages"]) > 1}
    assert set(piles) == {".tif", ".pdf"}
    assert all(len({page["subscriber_id"] for page in pile}) == len(pile) for pile in piles.values())


def test_four_of_five_personalised_forms_need_no_person(truth: list[dict[str, Any]]) -> None:
    expected = [page["expect"] for page in pages(truth) if page["campaign"]]
    assert expected.count("auto") >= 0.8 * len(expected)


def test_every_form_page_is_recognised(found: list[Outcome]) -> None:
    assert {(one.file, one.page) for one in found if one.status == "unread"} == set()


def test_what_is_no_form_is_refused_with_a_reason(truth: list[dict[str, Any]]) -> None:
    templates = load_templates(ROOT / "templates")
    refused = [next(read_file(SCANS / line["file"], templates)) for line in truth if not line["pages"]]
    assert len(refused) == 5
    assert all(reading.template is None and reading.reason for reading in refused)


@pytest.mark.parametrize("kind", BARRED)
def test_ok_readings_of_a_kind_agree_with_the_truth(found: list[Outcome], kind: str) -> None:
    ok, right = agreement(found)[kind]
    assert ok >= 15
    assert right >= BAR * ok, [one for one in wrong(found) if one.kind == kind]


def test_ok_readings_of_all_kinds_together_agree_with_the_truth(found: list[Outcome]) -> None:
    counts = [agreement(found)[kind] for kind in BARRED]
    assert sum(ok for ok, _ in counts) > 250
    assert sum(right for _, right in counts) >= BAR * sum(ok for ok, _ in counts)


def test_no_signature_is_seen_where_nobody_signed_and_none_is_missed(found: list[Outcome]) -> None:
    assert any(one.truth is False for one in found if one.kind == "signature")
    assert [one for one in wrong(found) if one.kind == "signature"] == []


def test_no_tick_is_read_as_its_opposite(found: list[Outcome]) -> None:
    assert [one for one in wrong(found) if one.kind in ("tick", "choice")] == []


def test_writing_is_never_called_empty(found: list[Outcome]) -> None:
    assert [one for one in wrong(found) if one.status == "empty"] == []
