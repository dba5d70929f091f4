"""A comb's cells are told apart whatever was printed, however it was shifted, and however people wrote into it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.handprint.comb import Cell, cut_cells
from ocr.readings import Gray

PX = 12.0
MARGIN = 1.5
PITCH, HEIGHT = 72, 96
AROUND = int(MARGIN * PX)


def paper(cells: int) -> Gray:
    return np.full((HEIGHT + 2 * AROUND, cells * PITCH + 2 * AROUND), 235, np.uint8)


def print_comb(image: Gray, cells: int, *, off: tuple[int, int] = (0, 0), gray: int = 120, pen: int = 3) -> Gray:
    x, y = AROUND + off[0], AROUND + off[1]
    for cell in range(cells + 1):
        cv2.line(image, (x + cell * PITCH, y), (x + cell * PITCH, y + HEIGHT), gray, pen)
    for level in (y, y + HEIGHT):
        cv2.line(image, (x, level), (x + cells * PITCH, level), gray, pen)
    return image


def write(image: Gray, text: str, *, off: tuple[int, int] = (0, 0), pen: int = 5) -> Gray:
    for at, character in enumerate(text):
        if character != " ":
            place = (AROUND + off[0] + at * PITCH + 16, AROUND + off[1] + 74)
            cv2.putText(image, character, place, cv2.FONT_HERSHEY_SIMPLEX, 2.0, 40, pen, cv2.LINE_AA)
    return image


def read(image: Gray, cells: int) -> tuple[Cell, ...]:
    return cut_cells(image, MARGIN, cells, PX)


def likeness(one: Gray, other: Gray) -> float:
    a, b = one.astype(np.float64).ravel(), other.astype(np.float64).ravel()
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-9))


def test_an_empty_comb_has_empty_cells_only() -> None:
    assert all(cell.empty for cell in read(print_comb(paper(8), 8), 8))


def test_walls_between_two_pixels_are_borders_too() -> None:
    # cells of 71.5 px, so that each other wall falls on half a pixel
    image = np.full((HEIGHT + 2 * AROUND, 8 * 143 // 2 + 2 * AROUND), 235, np.uint8)
    for cell in range(9):
        wall = AROUND + round(cell * 71.5 + 0.1)
        cv2.line(image, (wall, AROUND), (wall, AROUND + HEIGHT), 80, 3)
    for level in (AROUND, AROUND + HEIGHT):
        cv2.line(image, (AROUND, level), (image.shape[1] - AROUND, level), 80, 3)
    assert all(cell.empty for cell in read(image, 8))


@pytest.mark.parametrize("off", [(0, 0), (8, 0), (-8, 5), (6, -7), (9, 9)])
@pytest.mark.parametrize(("gray", "pen"), [(120, 3), (0, 4), (170, 2)])
def test_printed_borders_vanish_wherever_the_print_has_moved(off: tuple[int, int], gray: int, pen: int) -> None:
    image = write(print_comb(paper(6), 6, off=off, gray=gray, pen=pen), "28 4E", off=off)
    bare = read(write(paper(6), "28 4E", off=off), 6)
    cells = read(image, 6)
    assert [cell.empty for cell in cells] == [False, False, True, False, False, True]
    assert all(likeness(a.picture, b.picture) > 0.95 for a, b in zip(cells, bare, strict=True) if not a.empty)


def test_a_comb_printed_in_a_dropped_out_colour_is_cut_all_the_same() -> None:
    assert [cell.empty for cell in read(write(paper(4), "7 35"), 4)] == [False, True, False, False]


def test_a_stroke_that_strays_over_a_border_stays_with_its_character() -> None:
    image = print_comb(paper(4), 4)
    write(image, "1")
    cv2.line(image, (AROUND + 40, AROUND + 20), (AROUND + PITCH + 18, AROUND + 26), 40, 5, cv2.LINE_AA)
    cells = read(image, 4)
    assert [cell.empty for cell in cells] == [False, True, True, True]


def test_two_characters_that_touch_are_cut_apart() -> None:
    image = write(print_comb(paper(3), 3), "38")
    cv2.line(image, (AROUND + 50, AROUND + 70), (AROUND + PITCH + 25, AROUND + 70), 40, 5, cv2.LINE_AA)
    cells = read(image, 3)
    assert [cell.empty for cell in cells] == [False, False, True]
    assert cells[0].strayed
    assert cells[1].strayed


def test_a_line_through_the_whole_field_strikes_its_cells() -> None:
    image = write(print_comb(paper(6), 6), "123456")
    cv2.line(image, (AROUND + 10, AROUND + 55), (AROUND + 6 * PITCH - 10, AROUND + 45), 40, 5, cv2.LINE_AA)
    assert all(cell.struck for cell in read(image, 6))


def test_print_above_the_comb_does_not_become_a_character() -> None:
    image = print_comb(paper(4), 4)
    cv2.putText(image, "Telefon", (AROUND, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 2, cv2.LINE_AA)
    assert all(cell.empty for cell in read(image, 4))


def test_specks_and_noise_do_not_fill_cells() -> None:
    rng = np.random.default_rng(1)
    image = print_comb(paper(8), 8).astype(np.int16)
    image = np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)
    for x, y in rng.integers(20, 100, (30, 2)):
        image[y : y + 2, x : x + 2] = 30
    assert all(cell.empty for cell in read(image, 8))
