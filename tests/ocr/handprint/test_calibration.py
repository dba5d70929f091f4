"""Confidence is the share that turns out right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ocr.certainty.shares import expected_calibration_error
from ocr.handprint.calibration import isotonic, load


def overconfident(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0, 1, count)
    return scores, rng.uniform(0, 1, count) < scores**3


def test_an_overconfident_reader_is_corrected_on_cases_it_was_not_fitted_on() -> None:
    curve = isotonic(*overconfident(4000, 1))
    scores, right = overconfident(4000, 2)
    assert expected_calibration_error(scores, right) > 0.2
    assert expected_calibration_error(np.array([curve(s) for s in scores]), right) < 0.03


def test_more_confidence_never_means_a_smaller_probability_and_never_certainty() -> None:
    curve = isotonic(*overconfident(300, 3))
    found = [curve(s) for s in np.linspace(0, 1, 50)]
    assert found == sorted(found)
    assert found[0] > 0
    assert found[-1] < 1


def test_a_curve_survives_its_file(tmp_path: Path) -> None:
    curve = isotonic(*overconfident(300, 4))
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps({"digits": curve.as_json()}))
    assert load(file, "digits")(0.8) == pytest.approx(curve(0.8), abs=1e-3)
    with pytest.raises(KeyError):
        load(file, "letters")


def test_without_observations_there_is_nothing_to_calibrate() -> None:
    with pytest.raises(ValueError, match="no observations"):
        isotonic(np.array([]), np.array([], np.bool_))
