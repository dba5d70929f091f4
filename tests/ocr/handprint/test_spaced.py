"""Characters that stand apart on a line are found one by one, with the spaces between words."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.handprint.spaced import cut_line, without_marks
from ocr.readings import Gray

PX = 12.0


def line(text: str, *, width: int = 900) -> Gray:
    image = np.full((110, width), 240, np.uint8)
    for at, character in enumerate(text):
        if character != " ":
            cv2.putText(image, character, (20 + 62 * at, 78), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 30, 5, cv2.LINE_AA)
    return image


def words(image: Gray) -> list[int]:
    """How many characters each word has."""
    counts: list[int] = []
    for character in cut_line(image, PX):
        if character.after_space or not counts:
            counts.append(0)
        counts[-1] += 1
    return counts


def test_every_character_is_found_and_a_wide_gap_is_a_space() -> None:
    assert words(line("MAIN  12")) == [4, 2]


def test_the_dot_of_an_i_and_two_dots_above_a_letter_belong_to_it() -> None:
    image = line("Oil")
    for x in (28, 46):
        cv2.circle(image, (x, 22), 4, 30, -1)
    assert words(image) == [3]


def test_an_empty_line_with_its_printed_rule_has_no_characters() -> None:
    image = np.full((110, 900), 240, np.uint8)
    cv2.line(image, (0, 90), (899, 90), 60, 3)
    assert cut_line(image, PX) == ()


def test_a_rule_under_the_writing_changes_nothing() -> None:
    image = line("LUND")
    cv2.line(image, (0, 92), (899, 92), 60, 3)
    assert words(image) == [4]


def test_two_letters_that_touch_are_two() -> None:
    image = line("HN")
    cv2.line(image, (50, 60), (90, 60), 30, 4)
    assert words(image) == [2]


def test_print_of_the_line_above_is_left_out() -> None:
    image = line("OSLO")
    cv2.putText(image, "Telefon", (500, 4), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2, cv2.LINE_AA)
    assert words(image) == [4]


def test_a_full_stop_and_a_dash_are_marks_by_their_height_and_letters_are_not() -> None:
    image = line("A T")
    cv2.circle(image, (20 + 62 * 4, 74), 6, 30, -1)
    cv2.line(image, (320, 55), (345, 55), 30, 6)
    assert [character.low for character in cut_line(image, PX)] == [False, False, True, True]


def test_marks_can_be_taken_out_of_a_line_and_letters_stay() -> None:
    image = line("ST")
    dotted = image.copy()
    cv2.circle(dotted, (20 + 62 * 2 + 10, 74), 6, 30, -1)
    assert np.array_equal(without_marks(dotted, cut_line(dotted, PX)), image)
