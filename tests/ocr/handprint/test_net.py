"""The committed net reads plain characters, obeys the field's charset, and is the one its facts describe."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from ocr.handprint.cells import darkness, normalise, without_specks
from ocr.handprint.classes import BLANK, CHARACTERS, CLASSES, INDEX, STRUCK, allowed
from ocr.handprint.net import HERE, classify, facts
from ocr.readings import Gray


def cell(text: str) -> Gray:
    image = np.full((96, 80), 235, np.uint8)
    cv2.putText(image, text, (16, 74), cv2.FONT_HERSHEY_SIMPLEX, 2.2, 40, 6, cv2.LINE_AA)
    return image


def picture(image: Gray) -> Gray:
    return normalise(without_specks(darkness(image), 96), 96)


@pytest.mark.parametrize(("charset", "text"), [("digits", "0123456789"), ("upper", "ABCEFGHKLMNPRSTUVXYZ")])
def test_plain_characters_are_read_with_confidence(charset: str, text: str) -> None:
    found = classify(np.stack([picture(cell(c)) for c in text]), allowed(charset))  # type: ignore[arg-type]
    assert "".join(CHARACTERS[i] for i in found.argmax(axis=1)) == text
    assert np.median(found.max(axis=1)) > 0.9


def test_what_the_field_cannot_hold_has_no_probability() -> None:
    masks = np.stack([allowed("digits"), allowed("upper")])
    digit, letter = classify(np.stack([picture(cell("O"))] * 2), masks)
    assert CHARACTERS[digit.argmax()] == "0"
    assert CHARACTERS[letter.argmax()] == "O"
    assert digit[INDEX["O"]] == letter[INDEX["0"]] == 0
    assert digit.sum() == pytest.approx(1)


def test_a_scribbled_over_character_is_told_as_struck_out() -> None:
    image = cell("5")
    for y in range(20, 85, 9):
        cv2.line(image, (8, y), (72, y + 8), 40, 5, cv2.LINE_AA)
        cv2.line(image, (8, y + 8), (72, y), 40, 5, cv2.LINE_AA)
    assert classify(picture(image)[None], allowed("digits"))[0].argmax() == STRUCK


def test_an_empty_picture_is_a_blank() -> None:
    assert classify(np.zeros((1, 32, 32), np.uint8), allowed("alnum"))[0].argmax() == BLANK


def test_no_cells_give_no_rows() -> None:
    assert classify(np.zeros((0, 32, 32), np.uint8), allowed("digits")).shape == (0, CLASSES)


@pytest.mark.parametrize("name", ["cells", "digits"])
def test_the_facts_are_those_of_the_weights_beside_them(name: str) -> None:
    assert hashlib.sha256((HERE / f"{name}.onnx").read_bytes()).hexdigest() == facts(name)["sha256"]


def test_cells_of_numbers_are_read_the_same_beside_cells_of_letters() -> None:
    pictures = np.stack([picture(cell(c)) for c in "A47B"])
    masks = np.stack([allowed("upper"), allowed("digits"), allowed("phone"), allowed("alnum")])
    together = classify(pictures, masks)
    for row, shown, mask in zip(together, pictures, masks, strict=True):
        assert row == pytest.approx(classify(shown[None], mask)[0], abs=1e-5)
