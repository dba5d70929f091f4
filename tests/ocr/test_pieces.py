"""Pieces of ink are counted right, however many there are."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.pieces import pieces


@pytest.mark.parametrize("side", [40, 600])
def test_every_speck_of_a_picture_full_of_them_is_a_piece_of_its_own(side: int) -> None:
    picture = np.zeros((side, side), np.uint8)
    picture[::2, ::2] = 1
    labels, stats, centres = pieces(picture)
    count = (side // 2) ** 2
    assert len(stats) == len(centres) == count + 1
    assert len(np.unique(labels)) == count + 1
    assert set(stats[1:, 4].tolist()) == {1}


def test_a_stroke_that_touches_only_at_corners_is_one_piece() -> None:
    _, stats, centres = pieces(np.eye(9, dtype=np.uint8))
    assert stats[1].tolist() == [0, 0, 9, 9, 9]
    assert centres[1].tolist() == [4, 4]
