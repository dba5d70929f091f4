"""What a photo is told before anybody reads it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.locate import locate
from ocr.page import Page
from ocr.pages import open_pages
from ocr.quality import sharpness, weakness
from ocr.registration.result import Registration
from ocr.template.loading import TemplateSet, load_templates

ROOT = Path(__file__).parents[2]
PHOTOS = sorted((ROOT / "samples/scans/photo").iterdir())
SCANS = [ROOT / "samples/scans/paper" / name for name in ("0002-retention-offer.png", "0006-withdrawal.png")]


@pytest.fixture(scope="module")
def templates() -> TemplateSet:
    return load_templates(ROOT / "templates")


def opened(path: Path) -> np.ndarray:
    page = next(iter(open_pages(path)))
    assert isinstance(page, Page)
    return page.image


def told(image: np.ndarray, templates: TemplateSet) -> str | None:
    found = locate(Page("photo", 1, image), templates)
    registration = getattr(found, "registration", None)
    assert registration is None or isinstance(registration, Registration)
    return weakness(image, registration)


@pytest.mark.parametrize("path", [*PHOTOS, *SCANS], ids=lambda path: path.name)
def test_a_good_page_is_left_alone(path: Path, templates: TemplateSet) -> None:
    assert told(opened(path), templates) is None


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.name)
@pytest.mark.parametrize("sigma", [2.5, 4, 7])
def test_a_blurred_page_is_called_blurred(path: Path, sigma: float, templates: TemplateSet) -> None:
    assert told(cv2.GaussianBlur(opened(path), (0, 0), sigma), templates) == "blurred"


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.name)
def test_a_shaken_camera_is_called_blurred(path: Path, templates: TemplateSet) -> None:
    along = np.zeros((25, 25), np.float32)
    along[12] = 1 / 25
    assert told(cv2.filter2D(opened(path), -1, along), templates) == "blurred"


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.name)
def test_a_dark_page_is_called_dark_and_one_in_dim_light_is_not(path: Path, templates: TemplateSet) -> None:
    image = opened(path)
    assert told((image * 0.25).astype(np.uint8), templates) == "dark"
    assert told((image * 0.6).astype(np.uint8), templates) is None


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.name)
def test_a_page_far_away_is_called_small_however_large_the_picture(path: Path, templates: TemplateSet) -> None:
    small = cv2.resize(opened(path), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert told(small, templates) == "small"
    table = np.full((small.shape[0] * 2, small.shape[1] * 2), 150, np.uint8)
    table[300 : 300 + small.shape[0], 200 : 200 + small.shape[1]] = small
    assert told(table, templates) == "small"


def test_contrast_does_not_count_as_sharpness() -> None:
    image = opened(SCANS[0])
    pale = (128 + image.astype(np.float32) / 2).astype(np.uint8)
    assert sharpness(pale) == pytest.approx(sharpness(image), abs=0.06)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (40, 40)])
def test_what_has_no_print_at_all_is_measured_all_the_same(shape: tuple[int, int]) -> None:
    assert sharpness(np.full(shape, 200, np.uint8)) == 0.0
