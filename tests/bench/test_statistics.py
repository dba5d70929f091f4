import math

import pytest

from bench.statistics import calibration, percentile, upper_bound


@pytest.mark.parametrize(
    ("events", "trials", "bound"),
    [(0, 34_059, 8.795e-5), (4, 107_397, 8.523e-5), (1, 10, 0.3942), (5, 5, 1.0), (0, 0, 1.0)],
)
def test_the_upper_bound_is_clopper_and_pearsons(events, trials, bound):
    assert upper_bound(events, trials) == pytest.approx(bound, rel=1e-3)


def test_a_percentile_is_one_of_the_values():
    assert (percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.99)) == (2, 3)
    assert math.isnan(percentile([], 0.5))


def test_calibration_tells_what_was_expected_and_what_was_seen():
    table = calibration([(0.95, True), (0.95, False), (1.0, True), (0.1, False)])
    assert [(row.low, row.count, row.seen) for row in table] == [(0.0, 1, 0.0), (0.9, 2, 0.5), (0.9999, 1, 1.0)]
    assert table[1].expected == pytest.approx(0.95)
