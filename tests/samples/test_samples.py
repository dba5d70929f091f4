"""The committed samples read back as their truth says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ocr.reader import read_file
from ocr.readings import PageReading
from ocr.template.loading import load_templates

ROOT = Path(__file__).parents[2]
SCANS = ROOT / "samples/scans"


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / "samples/truth.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def readings(truth: list[dict[str, Any]]) -> dict[str, PageReading]:
    templates = load_templates(ROOT / "templates")
    return {line["file"]: next(read_file(SCANS / line["file"], templates)) for line in truth}


def test_the_truth_lists_exactly_the_committed_files(truth: list[dict[str, Any]]) -> None:
    files = {str(path.relative_to(SCANS)) for path in SCANS.rglob("*") if path.is_file()}
    assert {line["file"] for line in truth} == files


def test_every_form_is_recognised_and_nothing_else_is(
    truth: list[dict[str, Any]], readings: dict[str, PageReading]
) -> None:
    expected = {line["file"]: line["pages"][0]["template"] if line["pages"] else None for line in truth}
    assert {file: reading.template for file, reading in readings.items()} == expected


def test_what_was_refused_says_why(truth: list[dict[str, Any]], readings: dict[str, PageReading]) -> None:
    refused = [readings[line["file"]] for line in truth if not line["pages"]]
    assert refused
    assert all(reading.reason for reading in refused)


def test_values_read_with_status_ok_agree_with_the_truth(
    truth: list[dict[str, Any]], readings: dict[str, PageReading]
) -> None:
    counts: Counter[bool] = Counter()
    wrong = []
    for line in truth:
        for page in line["pages"]:
            for name, field in page["fields"].items():
                reading = readings[line["file"]][name]
                if reading.status != "ok":
                    continue
                counts[reading.value == field["value"]] += 1
                if reading.value != field["value"]:
                    wrong.append((line["file"], name, reading.value, field["value"]))
    assert counts[True] > 150
    assert counts[False] <= 0.01 * counts.total(), wrong


def test_no_tick_or_signature_is_read_as_its_opposite(
    truth: list[dict[str, Any]], readings: dict[str, PageReading]
) -> None:
    wrong = [
        (line["file"], name)
        for line in truth
        for page in line["pages"]
        for name, field in page["fields"].items()
        if field["kind"] in ("tick", "signature", "choice")
        and readings[line["file"]][name].status != "doubtful"
        and readings[line["file"]][name].value != field["value"]
    ]
    assert wrong == []
