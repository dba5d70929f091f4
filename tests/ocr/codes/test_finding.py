"""Codes drawn by zxing-cpp and codes on real forms."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from ocr.codes.finding import FORMATS, find_codes

BANK = Path(__file__).parents[4] / "shared" / "data" / "forms" / "bank"
TEXTS = {
    "qr": "RF1.RET1", "datamatrix": "RF1.RET1.SPRING.4711.ABC", "ean13": "6529141677079", "ean8": "96385074",
    "code128": "FORM-12", "code39": "FORM12", "itf": "12345670",
}  # fmt: skip


def _page_with(kind: str, at: tuple[int, int] = (900, 300)) -> np.ndarray:
    code = zxingcpp.create_barcode(TEXTS[kind], FORMATS[kind])
    drawn = np.asarray(zxingcpp.write_barcode_to_image(code, scale=6, add_quiet_zones=True))
    if drawn.shape[0] < 60:
        drawn = np.repeat(drawn, 100 // drawn.shape[0] + 1, axis=0)
    page = np.full((1600, 1900), 255, np.uint8)
    page[at[1] : at[1] + drawn.shape[0], at[0] : at[0] + drawn.shape[1]] = drawn
    return page


@pytest.mark.parametrize("kind", list(FORMATS))
@pytest.mark.parametrize("turn", [0, 2])
def test_each_format_is_read_either_side_up(kind: str, turn: int) -> None:
    page = np.ascontiguousarray(np.rot90(_page_with(kind), turn))
    found = find_codes(page, formats=[kind])
    assert [(code.format, code.text) for code in found] == [(kind, TEXTS[kind])]


def test_a_quad_lies_on_the_code_also_when_only_a_region_is_searched() -> None:
    page = _page_with("qr")
    dark = np.argwhere(page < 128)
    (code,) = find_codes(page, formats=["qr"], region=(800, 200, 600, 600))
    top, left = dark.min(axis=0)
    bottom, right = dark.max(axis=0)
    expected = [(left, top), (right, top), (right, bottom), (left, bottom)]
    assert np.abs(np.array(code.quad) - expected).max() < 8


def test_only_the_formats_asked_for_are_searched() -> None:
    assert find_codes(_page_with("ean13"), formats=["qr"]) == ()


def test_blank_paper_and_slivers_have_no_code() -> None:
    assert find_codes(np.full((1200, 900), 255, np.uint8), formats=FORMATS) == ()
    assert find_codes(_page_with("qr"), formats=["qr"], region=(0, 0, 3, 3)) == ()
    assert find_codes(_page_with("qr"), formats=["qr"], region=(5000, 5000, 100, 100)) == ()


def test_speckle_does_not_hide_a_code() -> None:
    page = _page_with("qr")
    rng = np.random.default_rng(7)
    for y, x in zip(rng.integers(0, 1590, 6000), rng.integers(0, 1890, 6000), strict=True):
        page[y : y + 2, x : x + 2] = rng.choice([0, 255])
    assert [code.text for code in find_codes(page, formats=["qr"])] == [TEXTS["qr"]]


def test_the_form_codes_of_real_forms_are_found() -> None:
    if not BANK.exists():
        pytest.skip("shared/data/forms/bank is not beside the checkout")
    truth = json.loads((BANK / "ground_truth.json").read_text(encoding="utf-8"))
    for name in ("Page_01.tif", "Page_02.tif", "Page_03.tif"):
        page = cv2.imread(str(next(BANK.rglob(name))), cv2.IMREAD_GRAYSCALE)
        assert truth[name]["barcode_ean13"] in {code.text for code in find_codes(page, formats=["ean13"])}
