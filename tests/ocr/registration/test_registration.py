"""Markers, squares and print: where they put the page, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.registration.aruco import find_markers, register_aruco
from ocr.registration.features import describe, register_print
from ocr.registration.result import NotRegistered, Registration
from ocr.registration.squares import register_squares

ARUCO = {"method": "aruco", "ids": [4, 5, 6, 7]}
UNEVEN = [[8, 8, 6, 6], [196, 8, 6, 6], [196, 283, 6, 6], [8, 283, 6, 6], [8, 140, 6, 6]]
SCANS = [
    {"degrees": 2.5, "shift": (30, -20)},
    {"degrees": 90, "scale": 0.667},
    {"degrees": 180, "quality": 25},
    {"degrees": 269, "one_bit": True},
    {"degrees": 1, "tilt": 0.15, "quality": 60},
]


@pytest.mark.parametrize("how", SCANS, ids=str)
def test_markers_put_the_page_within_a_third_of_a_millimetre(make_template, draw_form, scan, error_mm, how) -> None:
    template = make_template(ARUCO)
    image, true = scan(draw_form(template), **how)
    found = register_aruco(template, find_markers(image), image.shape)
    assert isinstance(found, Registration)
    assert error_mm(found.matrix, true) < 0.3
    assert found.rotation == round(how["degrees"] / 90) % 4 * 90
    assert found.marks == 4


@pytest.mark.parametrize("cut", [(0,), (0, 2)], ids=["one corner", "two opposite corners"])
def test_torn_corners_leave_the_page_readable(make_template, draw_form, scan, error_mm, cut) -> None:
    template = make_template(ARUCO)
    form = draw_form(template)
    for corner in cut:
        rows = slice(None, 300) if corner < 2 else slice(-300, None)
        form[rows, slice(None, 300) if corner in (0, 3) else slice(-300, None)] = 255
    image, true = scan(form, degrees=1.5)
    found = register_aruco(template, find_markers(image), image.shape)
    assert isinstance(found, Registration)
    assert found.marks == 4 - len(cut)
    assert error_mm(found.matrix, true) < 0.6


def test_one_marker_or_a_mirrored_page_is_refused(make_template, draw_form, scan) -> None:
    template = make_template(ARUCO)
    form = draw_form(template)
    image, _ = scan(form)
    markers = find_markers(image)
    assert isinstance(register_aruco(template, markers[:1], image.shape), NotRegistered)
    mirrored = np.ascontiguousarray(form[:, ::-1])
    assert isinstance(register_aruco(template, find_markers(mirrored), mirrored.shape), NotRegistered)


def test_markers_out_of_place_are_refused_with_the_distance(make_template, draw_form, scan) -> None:
    printed, believed = make_template({**ARUCO, "margin": 8}), make_template({**ARUCO, "margin": 30})
    image, _ = scan(draw_form(printed))
    refusal = register_aruco(believed, find_markers(image), image.shape)
    assert isinstance(refusal, NotRegistered)
    assert refusal.residual_mm > 0.6


@pytest.mark.parametrize("how", SCANS[:4], ids=str)
def test_an_uneven_layout_of_squares_tells_which_side_is_up(make_template, draw_form, scan, error_mm, how) -> None:
    template = make_template({"method": "squares", "squares": UNEVEN})
    image, true = scan(draw_form(template), **how)
    ways = register_squares(template, image)
    assert not isinstance(ways, NotRegistered)
    assert len(ways) == 1
    assert error_mm(ways[0].matrix, true) < 0.3
    assert ways[0].rotation == round(how["degrees"] / 90) % 4 * 90


def test_four_even_squares_leave_two_turns_to_choose_from(make_template, draw_form, scan, error_mm) -> None:
    template = make_template({"method": "squares", "squares": UNEVEN[:4]})
    image, true = scan(draw_form(template), degrees=181)
    ways = register_squares(template, image)
    assert {way.rotation for way in ways} == {0, 180}
    assert min(error_mm(way.matrix, true) for way in ways) < 0.3


def test_a_page_without_squares_is_refused(make_template, draw_form, scan) -> None:
    image, _ = scan(draw_form(make_template(ARUCO)))
    template = make_template({"method": "squares", "squares": UNEVEN})
    assert isinstance(register_squares(template, image), NotRegistered)


def _printed(make_template, draw_form, folder: Path, name: str = "print"):
    template = make_template({"method": "print", "blanks": {"sv": "blank.png"}}, name=name)
    form = draw_form(template)
    cv2.imwrite(str(folder / "blank.png"), form)
    return template, form


@pytest.mark.parametrize("how", [SCANS[0], SCANS[1], SCANS[2]], ids=str)
def test_the_print_alone_puts_the_page(make_template, draw_form, scan, error_mm, tmp_path, how) -> None:
    template, form = _printed(make_template, draw_form, tmp_path)
    image, true = scan(form, **how)
    found = register_print(template, tmp_path, describe(image), image.shape)
    assert not isinstance(found, NotRegistered)
    registration, language = found
    assert language == "sv"
    assert error_mm(registration.matrix, true) < 0.3
    assert registration.rotation == round(how["degrees"] / 90) % 4 * 90


def test_a_form_with_other_words_is_not_taken_for_this_one(make_template, draw_form, scan, tmp_path) -> None:
    template, _ = _printed(make_template, draw_form, tmp_path)
    image, _ = scan(draw_form(make_template({"method": "print", "blanks": {}}, name="another")))
    assert isinstance(register_print(template, tmp_path, describe(image), image.shape), NotRegistered)
