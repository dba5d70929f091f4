"""Figures about readings: intervals, the rule of three, calibration error, thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.certainty.shares import expected_calibration_error, least_cases, share, threshold_for


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.3085), (3, 1000, 0.000619, 0.008742), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129)],
)
def test_intervals_are_those_that_the_tables_of_clopper_and_pearson_give(part, whole, low, high):
    found = share(part, whole)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_without_any_case_the_share_may_be_anything():
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)


def test_a_part_is_never_more_than_the_whole():
    with pytest.raises(ValueError, match="no part"):
        share(3, 2)


def test_an_interval_holds_the_true_share_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = [share(int(rng.binomial(400, 0.02)), 400) for _ in range(400)]
    assert np.mean([one.low <= 0.02 <= one.high for one in hits]) >= 0.95


def test_without_a_wrong_case_the_rule_of_three_tells_how_many_prove_a_share():
    assert least_cases(0, 0.002) == pytest.approx(3 / 0.002, rel=0.01)
    assert share(0, least_cases(0, 0.002), 0.9).high <= 0.002 < share(0, least_cases(0, 0.002) - 1, 0.9).high


def test_each_wrong_case_asks_for_more_right_ones():
    assert least_cases(0, 0.01) < least_cases(1, 0.01) < least_cases(5, 0.01)


def test_the_calibration_error_is_the_distance_of_confidence_from_truth():
    right = np.array([True, True, True, False])
    assert expected_calibration_error(np.full(4, 0.75), right, 1) == 0
    assert expected_calibration_error(np.full(4, 0.95), right, 1) == pytest.approx(0.2)


def test_the_threshold_is_the_lowest_that_keeps_wrong_readings_rare_enough():
    sure = np.array([0.99, 0.98, 0.97, 0.96, 0.5])
    right = np.array([True, True, False, True, False])
    assert threshold_for(sure, right, 0.0) == 0.98
    assert threshold_for(sure, right, 0.25) == 0.96
    assert threshold_for(sure, ~right | ~right, 0.0) == 1.0


def test_readings_of_one_confidence_are_taken_together_or_not_at_all():
    assert threshold_for(np.array([0.9, 0.9, 0.9]), np.array([True, True, False]), 0.1) == 1.0
