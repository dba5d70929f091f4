"""Which form a page is: codes, markers, and what is refused."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from ocr.locate import Located, locate
from ocr.page import Page
from ocr.registration.aruco import DICTIONARY
from ocr.registration.result import NotRegistered
from ocr.template.loading import TemplateSet
from ocr.template.model import Template

PX = 200 / 25.4


def _template(name: str, code: str, ids: tuple[int, ...]) -> Template:
    field = {"kind": "code", "format": "qr", "boxes": [[90, 40, 25, 25]]}
    marks = {"method": "aruco", "ids": ids}
    return Template.model_validate(
        {"name": name, "code": code, "title": name, "page": {"size": "A4"}, "marks": marks, "fields": {"ref": field}}
    )


def _set(*templates: Template) -> TemplateSet:
    return TemplateSet(tuple((template, Path(), "") for template in templates))


def _page(ids: tuple[int, ...] = (), code: str | None = None) -> Page:
    image = np.full((round(297 * PX), round(210 * PX)), 250, np.uint8)
    for row in range(700, 2000, 60):
        cv2.putText(image, "Dear Sir or Madam, about your letter of May", (150, row), 0, 1.2, 30, 2)
    side = round(9 * PX)
    for number, (x, y) in zip(ids, ((8, 8), (193, 8), (193, 280), (8, 280)), strict=False):
        marker = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), number, side)
        image[round(y * PX) : round(y * PX) + side, round(x * PX) : round(x * PX) + side] = marker
    if code:
        qr = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode)
        drawn = np.asarray(zxingcpp.write_barcode_to_image(qr, scale=5))
        image[320 : 320 + drawn.shape[0], 710 : 710 + drawn.shape[1]] = drawn
    return Page("scan.tif", 1, image)


def test_a_code_tells_forms_with_the_same_markers_apart() -> None:
    templates = _set(_template("one", "ONE", (0, 1, 2, 3)), _template("two", "TWO", (0, 1, 2, 3)))
    found = locate(_page((0, 1, 2, 3), "RF1.TWO"), templates)
    assert isinstance(found, Located)
    assert found.template.name == "two"
    assert [code.text for code in found.codes] == ["RF1.TWO"]
    assert found.ms.keys() == {"codes", "register"}


def test_the_same_markers_without_a_code_are_not_guessed() -> None:
    templates = _set(_template("one", "ONE", (0, 1, 2, 3)), _template("two", "TWO", (0, 1, 2, 3)))
    assert isinstance(locate(_page((0, 1, 2, 3)), templates), NotRegistered)
    fixed = locate(_page((0, 1, 2, 3)), templates, fixed="two")
    assert isinstance(fixed, Located)
    assert fixed.template.name == "two"


def test_marker_ids_tell_forms_apart_where_the_code_is_lost() -> None:
    templates = _set(_template("one", "ONE", (0, 1, 2, 3)), _template("two", "TWO", (4, 5, 6, 7)))
    found = locate(_page((4, 5, 6, 7)), templates)
    assert isinstance(found, Located)
    assert found.template.name == "two"


@pytest.mark.parametrize("fixed", [None, "one"])
def test_a_code_of_a_form_not_to_choose_from_is_refused_by_name(fixed: str | None) -> None:
    found = locate(_page((0, 1, 2, 3), "RF1.OTHER"), _set(_template("one", "ONE", (0, 1, 2, 3))), fixed=fixed)
    assert isinstance(found, NotRegistered)
    assert "OTHER" in found.reason


def test_a_code_without_its_markers_is_refused() -> None:
    found = locate(_page((), "RF1.ONE"), _set(_template("one", "ONE", (0, 1, 2, 3))))
    assert isinstance(found, NotRegistered)
    assert "markers" in found.reason


def test_a_foreign_letter_is_refused_quickly_in_words() -> None:
    started = time.process_time()
    found = locate(_page(), _set(_template("one", "ONE", (0, 1, 2, 3))))
    assert isinstance(found, NotRegistered)
    assert found.reason.endswith(".")
    assert time.process_time() - started < 1.5
