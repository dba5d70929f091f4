"""Confidence is near the share that turns out right, on writers and fonts that the curves were not fitted to."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from bench.calibration import DATA, MEASURED, Outcome, above_bound, figures, read_sheets, table
from bench.diagrams import save_diagram
from bench.sheets import DEGRADATIONS, make_sheet
from ocr.certainty.shares import expected_calibration_error

SEEN = 0.05
"""Error beyond what chance alone gives honest confidences in so few readings: bins of five are never even."""
needs_data = pytest.mark.skipif(not (DATA / "handprint").is_dir(), reason="needs the handprint of ../shared/data")


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return read_sheets(DATA, "test", len(DEGRADATIONS), first=5000)


def reading(sure: float, right: bool, status: str = "ok") -> Outcome:
    return Outcome("text", "clean", status, sure, (1.0,), right, True)


@needs_data
def test_no_kind_of_field_is_further_from_the_truth_than_the_bound(found) -> None:
    rng = np.random.default_rng(7)
    excess = {}
    for family in MEASURED:
        own = [one for one in found if one.family == family and one.status != "empty"]
        sure, right = np.array([one.confidence for one in own]), np.array([one.right for one in own])
        honest = [expected_calibration_error(sure, rng.random(len(sure)) < sure) for _ in range(200)]
        excess[family] = expected_calibration_error(sure, right) - float(np.mean(honest))
    assert {family: error for family, error in excess.items() if error > SEEN} == {}


@needs_data
def test_every_kind_of_field_is_measured_in_every_kind_of_scan(found) -> None:
    assert {one.family for one in found} == set(MEASURED)
    assert {one.degradation for one in found} == set(DEGRADATIONS)
    assert len(list(table(found))) == 1 + len(MEASURED) * (1 + len(DEGRADATIONS))


@needs_data
def test_few_of_the_readings_taken_are_wrong(found) -> None:
    taken = figures([one for one in found if one.family not in ("tick", "choice", "signature")]).wrong
    assert taken.whole > 50
    assert taken.value < 0.03


@needs_data
def test_a_sheet_is_the_same_again_and_fitting_and_reporting_never_share_one() -> None:
    one, again, other = (make_sheet(DATA, part, 3) for part in ("test", "test", "validation"))
    assert np.array_equal(one.image, again.image)
    assert one.truth == again.truth
    assert one.truth != other.truth


def test_an_overconfident_kind_is_found_out() -> None:
    honest = [reading(0.9, n % 10 > 0) for n in range(200)]
    boasting = [reading(0.99, n % 10 > 0) for n in range(200)]
    assert above_bound(honest) == []
    assert above_bound(boasting) == ["text"]


def test_wrong_readings_that_were_taken_are_counted_with_their_interval() -> None:
    made = figures([reading(0.99, n > 0) for n in range(100)] + [reading(0.3, False, "doubtful")] * 50)
    assert (made.taken.part, made.taken.whole, made.wrong.part) == (100, 150, 1)
    assert made.wrong.low < 0.01 < made.wrong.high


def test_a_diagram_shows_the_readings_above_and_below_the_diagonal(tmp_path) -> None:
    rng = np.random.default_rng(1)
    sure = rng.uniform(0, 1, 2000)
    for name, share in (("honest", sure), ("boasting", sure**3)):
        save_diagram(tmp_path / f"{name}.png", name, sure, rng.uniform(0, 1, 2000) < share)
    with Image.open(tmp_path / "honest.png") as honest, Image.open(tmp_path / "boasting.png") as boasting:
        assert honest.size == boasting.size
        assert honest.tobytes() != boasting.tobytes()
