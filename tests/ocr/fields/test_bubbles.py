"""A bubble is chosen by filling it in; what is printed inside does not count, and a stroke alone is asked about."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.fields.bubbles import read_bubbles
from ocr.fields.marks import read_choice
from ocr.readings import Gray
from ocr.template.model import Box, ChoiceField, Option

PX = 12
BOXES: dict[str, Box] = {letter: (5.0 + 6 * place, 5.0, 3.2, 3.2) for place, letter in enumerate("ABCDE")}
IDENTITY = np.diag([float(PX), float(PX), 1.0])


def centre(letter: str) -> tuple[int, int]:
    x, y, w, h = BOXES[letter]
    return round((x + w / 2) * PX), round((y + h / 2) * PX)


def row_of_bubbles(ground: int = 255) -> Gray:
    image = np.full((14 * PX, 40 * PX), ground, np.uint8)
    for letter in BOXES:
        x, y = centre(letter)
        cv2.circle(image, (x, y), 19, 40, 3, cv2.LINE_AA)
        cv2.putText(image, letter, (x - 9, y + 9), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 40, 2, cv2.LINE_AA)
    return image


def fill(image: Gray, letter: str, gray: int) -> None:
    mask = np.zeros(image.shape, np.uint8)
    cv2.circle(mask, centre(letter), 18, 255, -1)
    image[mask > 0] = np.minimum(image[mask > 0], gray)


def marks(image: Gray) -> str:
    readings = read_bubbles(image, IDENTITY, BOXES, "circle")
    return "".join({"ticked": letter, "doubtful": "?"}.get(tick.mark, "") for letter, tick in readings.items())


@pytest.mark.parametrize("ground", [255, 200], ids=["white", "tinted"])
def test_letters_in_empty_bubbles_are_no_marks(ground: int) -> None:
    assert marks(row_of_bubbles(ground)) == ""


@pytest.mark.parametrize("gray", [0, 90, 150], ids=["ink", "pencil", "pale pencil"])
def test_a_filled_bubble_is_chosen(gray: int) -> None:
    image = row_of_bubbles()
    fill(image, "C", gray)
    assert marks(image) == "C"


def test_a_cross_over_a_bubble_is_asked_about() -> None:
    image = row_of_bubbles()
    x, y = centre("B")
    for end in (-1, 1):
        cv2.line(image, (x - 16, y - 16 * end), (x + 16, y + 16 * end), 0, 3)
    assert marks(image) == "?"


def test_all_may_be_filled() -> None:
    image = row_of_bubbles()
    for letter in BOXES:
        fill(image, letter, 30)
    assert marks(image) == "ABCDE"


def test_two_filled_bubbles_where_one_is_meant_are_doubtful() -> None:
    image = row_of_bubbles()
    fill(image, "A", 0)
    fill(image, "D", 0)
    options = {letter: Option(box=box) for letter, box in BOXES.items()}
    field = ChoiceField(kind="choice", options=options, shape="circle", mark="fill")
    reading = read_choice("q1", field, image, IDENTITY)
    assert (reading.value, reading.status) == (["A", "D"], "doubtful")
