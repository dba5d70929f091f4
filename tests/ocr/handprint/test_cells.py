"""The same character looks the same to the net, however large, pale or shadowed it was scanned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.handprint.cells import SIDE, darkness, normalise, without_specks
from ocr.readings import Gray


def cell(text: str, *, height: int = 96, ink: int = 40, paper: int = 235, size: float = 2.2, pen: int = 6) -> Gray:
    image = np.full((height, round(0.75 * height)), paper, np.uint8)
    scale = height / 96
    place = (round(14 * scale), round(76 * scale))
    cv2.putText(
        image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * scale, ink, max(1, round(pen * scale)), cv2.LINE_AA
    )
    return image


def picture(image: Gray) -> Gray:
    return normalise(without_specks(darkness(image), image.shape[0]), image.shape[0])


def likeness(one: Gray, other: Gray) -> float:
    a, b = one.astype(np.float64).ravel(), other.astype(np.float64).ravel()
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-9))


@pytest.mark.parametrize("text", ["8", "K", "S"])
def test_resolution_ink_and_paper_make_no_difference(text: str) -> None:
    clear = picture(cell(text))
    for other in (
        cell(text, height=192),
        cell(text, ink=150),
        cell(text, ink=90, paper=180),
        cell(text, size=1.9, pen=5),
    ):
        assert likeness(clear, picture(other)) > 0.9


def test_a_shadow_across_the_cell_makes_no_difference() -> None:
    image = cell("5")
    shadow = np.linspace(1.0, 0.65, image.shape[1])[None]
    assert likeness(picture(image), picture((image * shadow).astype(np.uint8))) > 0.95


def test_the_character_keeps_its_proportions_and_fills_the_picture() -> None:
    rows, columns = np.nonzero(picture(cell("I")) > 128)
    assert np.ptp(rows) + 1 == pytest.approx(24, abs=2)
    assert np.ptp(columns) + 1 < 8


def test_a_full_stop_stays_small_and_low_and_an_apostrophe_high() -> None:
    dot = np.full((96, 72), 235, np.uint8)
    cv2.circle(dot, (36, 80), 5, 40, -1)
    high = np.flipud(dot).copy()
    low_rows, high_rows = (np.flatnonzero((picture(image) > 128).any(axis=1)) for image in (dot, high))
    assert len(low_rows) < 10
    assert low_rows.mean() > SIDE / 2 + 5
    assert high_rows.mean() < SIDE / 2 - 5


def test_paper_alone_gives_an_empty_picture() -> None:
    noise = np.random.default_rng(1).normal(235, 4, (96, 72))
    assert not picture(np.clip(noise, 0, 255).astype(np.uint8)).any()


def test_specks_do_not_shrink_the_character() -> None:
    image = cell("3")
    dirty = image.copy()
    dirty[3:5, 3:5] = 20
    dirty[90:92, 66:68] = 20
    assert likeness(picture(image), picture(dirty)) > 0.98
