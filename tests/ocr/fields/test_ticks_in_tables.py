"""Tick boxes keep to their own outline, whatever else is printed close by."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.fields.ticks import read_tick
from ocr.readings import Gray
from ocr.template.model import Box

PX = 12
IDENTITY = np.diag([float(PX), float(PX), 1.0])
BOX: Box = (10.0, 10.0, 2.9, 2.9)


def box_between_rules(gap_mm: float) -> Gray:
    """A small box with a heavy line above and below it, as in a table."""
    image = np.full((23 * PX, 23 * PX), 255, np.uint8)
    x, y, w, h = (round(side * PX) for side in BOX)
    cv2.rectangle(image, (x, y), (x + w, y + h), 40, 2)
    for level in (y - round(gap_mm * PX), y + h + round(gap_mm * PX)):
        cv2.line(image, (0, level), (image.shape[1], level), 0, 5)
    return image


@pytest.mark.parametrize("gap_mm", [0.6, 0.8, 1.0])
def test_the_rules_of_a_table_beside_a_box_are_no_tick(gap_mm: float) -> None:
    assert read_tick(box_between_rules(gap_mm), IDENTITY, BOX).mark == "empty"


@pytest.mark.parametrize("gap_mm", [0.6, 1.0])
def test_a_cross_in_a_box_between_rules_is_seen(gap_mm: float) -> None:
    image = box_between_rules(gap_mm)
    x, y, w, h = (round(side * PX) for side in BOX)
    cv2.line(image, (x, y), (x + w, y + h), 0, 4)
    cv2.line(image, (x + w, y), (x, y + h), 0, 4)
    assert read_tick(image, IDENTITY, BOX).mark == "ticked"


def test_a_box_half_a_millimetre_off_its_declared_place_is_found() -> None:
    declared: Box = (BOX[0] + 0.5, BOX[1] - 0.4, *BOX[2:])
    assert read_tick(box_between_rules(2.5), IDENTITY, declared).mark == "empty"
