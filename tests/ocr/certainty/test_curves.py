"""The curves: what speaks for a reading never counts against it, and confidence is the share that is right."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.certainty.curves import curve_of, curves, fit
from ocr.certainty.evidence import AGAINST, FEATURES, FOR
from ocr.certainty.families import FAMILIES
from ocr.certainty.shares import expected_calibration_error

SCORE, PALE = FEATURES.index("score"), FEATURES.index("pale")


def overconfident(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A reader whose odds are too high, the more so the paler the ink, and who errs now and then for no reason."""
    rng = np.random.default_rng(seed)
    features = np.zeros((count, len(FEATURES)))
    features[:, SCORE] = rng.normal(3, 3, count)
    features[:, PALE] = rng.uniform(0, 1, count)
    sure = 0.98 / (1 + np.exp(-(0.5 * features[:, SCORE] - 3 * features[:, PALE])))
    return features, rng.uniform(0, 1, count) < sure


def test_an_overconfident_reader_is_corrected_on_cases_it_was_not_fitted_to():
    curve = fit(*overconfident(4000, 1))
    features, right = overconfident(4000, 2)
    raw = 1 / (1 + np.exp(-features[:, SCORE]))
    assert expected_calibration_error(raw, right) > 0.1
    assert expected_calibration_error(np.array([curve(row) for row in features]), right) < 0.03


def test_bad_pictures_lower_the_probability_at_one_and_the_same_score():
    curve = fit(*overconfident(4000, 1))
    clear, faint = np.zeros((2, len(FEATURES)))
    clear[SCORE] = faint[SCORE] = 3
    faint[PALE] = 0.9
    assert curve(clear) > curve(faint) + 0.1


def test_no_fit_lets_evidence_count_the_wrong_way_round():
    features, right = overconfident(600, 3)
    curve = fit(features, ~right)
    assert all(weight >= 0 for weight in curve.weights[: len(FOR)])
    assert all(weight <= 0 for weight in curve.weights[len(FOR) :])


def test_nothing_is_ever_certain_even_when_every_case_was_right():
    features, _ = overconfident(200, 4)
    curve = fit(features, np.ones(200, np.bool_))
    best = np.zeros(len(FEATURES))
    best[: len(FOR)] = 100
    assert 0.98 < curve(best) < 1


def test_evidence_beyond_what_the_fit_has_seen_counts_as_the_most_it_has_seen():
    features, right = overconfident(600, 5)
    curve = fit(features, right)
    far = np.zeros(len(FEATURES))
    far[SCORE] = 1000
    near = far.copy()
    near[SCORE] = features[:, SCORE].max()
    assert curve(far) == curve(near)


def test_a_curve_survives_its_file():
    features, right = overconfident(600, 6)
    curve = fit(features, right)
    again = curve_of(curve.as_json())
    assert [again(row) for row in features[:20]] == pytest.approx([curve(row) for row in features[:20]], abs=1e-3)


def test_without_readings_there_is_nothing_to_fit():
    with pytest.raises(ValueError, match="no readings"):
        fit(np.zeros((0, len(FEATURES))), np.zeros(0, np.bool_))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_committed_curve_whose_evidence_counts_the_right_way(family):
    curve = curves()[family]
    assert all(weight >= 0 for weight in curve.weights[: len(FOR)])
    assert all(weight <= 0 for weight in curve.weights[-len(AGAINST) :])
    assert 0.5 < curve.threshold <= 1
    assert 0.9 < curve.empty < 1
