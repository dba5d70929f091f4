"""Matrix codes read at their known place when no decoder finds them any more."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from ocr.codes.finding import FORMATS, find_codes
from ocr.codes.grid import read_grid

TEXT = "RF1.RET1.C26A.S000001.ABCDEFGHIJKLMNOP"
PX_PER_MM, MARGIN, SIDE = 12.0, 24, 264


def drawn(text: str, kind: str, **options: str | bool) -> np.ndarray:
    """A code of 22 mm with white around it, at 300 dpi."""
    code = zxingcpp.create_barcode(text, FORMATS[kind], **options)
    modules = np.asarray(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    picture = cv2.resize(modules, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.pad(picture, MARGIN, constant_values=250)


def crossed_out(crop: np.ndarray) -> np.ndarray:
    out, last = crop.copy(), crop.shape[0] - 10
    for a, b in ((60, 200), (250, 90), (150, 160)):
        cv2.line(out, (10, a), (last, b), 40, 5, cv2.LINE_AA)
        cv2.line(out, (b, 10), (a, last), 40, 5, cv2.LINE_AA)
    return cv2.GaussianBlur(out, (0, 0), 0.8)


KINDS = [("qr", {"ec_level": "Q"}), ("qr", {"ec_level": "M"}), ("datamatrix", {"force_square": True})]


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_code_crossed_out_by_a_pen_is_read_where_zxing_alone_fails(kind: str, options: dict[str, str | bool]) -> None:
    crop = crossed_out(drawn(TEXT, kind, **options))
    assert find_codes(crop, formats=[kind]) == ()
    found = read_grid(crop, MARGIN, PX_PER_MM, kind)
    assert found is not None
    assert (found.format, found.text) == (kind, TEXT)


@pytest.mark.parametrize("shift", [(5, -6), (-7, 3)])
def test_a_code_printed_or_registered_a_little_off_is_found_with_its_place(shift: tuple[int, int]) -> None:
    crop = np.roll(crossed_out(drawn(TEXT, "qr", ec_level="Q")), shift, axis=(0, 1))
    found = read_grid(crop, MARGIN, PX_PER_MM, "qr")
    assert found is not None and found.text == TEXT
    corners = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]]) + MARGIN + np.array([shift[1], shift[0]])
    assert np.abs(np.array(found.quad) - corners).max() < 3


def test_a_blurred_code_is_sharpened() -> None:
    crop = cv2.GaussianBlur(drawn(TEXT, "qr", ec_level="Q"), (0, 0), 4.6)
    found = read_grid(crop, MARGIN, PX_PER_MM, "qr")
    assert found is not None and found.text == TEXT


def test_a_code_that_is_gone_gives_no_text() -> None:
    crop = drawn(TEXT, "qr", ec_level="Q")
    crop[MARGIN + 80 :, MARGIN + 60 :] = 30
    assert read_grid(crop, MARGIN, PX_PER_MM, "qr") is None


def test_noise_paper_and_other_formats_give_no_text() -> None:
    rng = np.random.default_rng(3)
    blocks = np.kron(rng.integers(0, 2, (29, 29)) * 255, np.ones((9, 9))).astype(np.uint8)
    noise = np.pad(cv2.resize(blocks, (SIDE, SIDE)), MARGIN, constant_values=250)
    for crop in (noise, np.full_like(noise, 255), np.zeros_like(noise), drawn(TEXT, "datamatrix", force_square=True)):
        assert read_grid(crop, MARGIN, PX_PER_MM, "qr") is None
    assert read_grid(noise, MARGIN, PX_PER_MM, "datamatrix") is None
    assert read_grid(drawn("6529141677079", "ean13"), MARGIN, PX_PER_MM, "ean13") is None


def test_a_crop_smaller_than_any_code_gives_no_text() -> None:
    assert read_grid(np.full((50, 50), 255, np.uint8), MARGIN, PX_PER_MM, "qr") is None
    assert read_grid(np.full((1, 1), 255, np.uint8), 0, PX_PER_MM, "datamatrix") is None
