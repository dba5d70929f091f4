"""Forms drawn with known true maps from mm to px."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from ocr.registration.aruco import DICTIONARY
from ocr.template.model import Template

PER_MM = 300 / 25.4
FIELD = {"sign": {"kind": "signature", "box": [20, 20, 40, 10]}}


@pytest.fixture
def make_template() -> Callable[..., Template]:
    def make(marks: dict[str, Any], **more: Any) -> Template:
        base = {"name": "f", "code": "F1", "title": "F", "page": {"size": "A4"}, "fields": FIELD}
        return Template.model_validate({**base, "marks": marks, **more})

    return make


@pytest.fixture
def draw_form() -> Callable[[Template], np.ndarray]:
    def draw(template: Template) -> np.ndarray:
        """The form at 300 dpi with its marks and some words."""
        width, height = (round(side * PER_MM) for side in template.page.mm)
        page = np.full((height, width), 255, np.uint8)
        rng = np.random.default_rng(sum(template.name.encode()))
        for row in range(600, height - 500, 90):
            words = "".join(chr(c) for c in rng.integers(97, 122, 66))
            cv2.putText(page, words, (300, row), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 0, 3)
        marks = template.marks
        if marks.method == "aruco":
            near, far_x = marks.margin, template.page.mm[0] - marks.margin - marks.size
            far_y = template.page.mm[1] - marks.margin - marks.size
            side = round(marks.size * PER_MM)
            dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
            places = ((near, near), (far_x, near), (far_x, far_y), (near, far_y))
            for number, (x, y) in zip(marks.ids, places, strict=True):
                left, top = round(x * PER_MM), round(y * PER_MM)
                marker = cv2.aruco.generateImageMarker(dictionary, number, side)
                page[top : top + side, left : left + side] = marker
        elif marks.method == "squares":
            for x, y, w, h in marks.squares:
                a, b = (round(x * PER_MM), round(y * PER_MM)), (round((x + w) * PER_MM), round((y + h) * PER_MM))
                cv2.rectangle(page, a, (b[0] - 1, b[1] - 1), 0, -1)
        return page

    return draw


@pytest.fixture
def scan() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    def scan(
        form: np.ndarray, *, degrees: float = 0, shift: tuple[float, float] = (0, 0), scale: float = 1.0,
        tilt: float = 0, one_bit: bool = False, quality: int = 0,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """The form as a scanner or camera sees it, and the true map from mm on the form to px of the scan."""
        height, width = form.shape
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, scale)
        matrix = np.vstack([turn, [0, 0, 1]])
        bend = np.array([[1, 0, 0], [0, 1, 0], [tilt / width, tilt / height, 1]])
        matrix = bend @ matrix
        corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ matrix.T
        corners = corners[:, :2] / corners[:, 2:]
        top_left = corners.min(axis=0) - 20
        size = np.ceil(corners.max(axis=0) + 20 - top_left).astype(int)
        matrix = np.array([[1, 0, shift[0] - top_left[0]], [0, 1, shift[1] - top_left[1]], [0, 0, 1]]) @ matrix
        image = cv2.warpPerspective(form, matrix, size.tolist(), flags=cv2.INTER_AREA, borderValue=235)
        image = cv2.GaussianBlur(image, (0, 0), 0.8)
        noise = np.random.default_rng(3).normal(0, 4, image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
        if quality:
            image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
        if one_bit:
            image = np.where(image > 128, 255, 0).astype(np.uint8)
        to_px = np.array([[PER_MM, 0, -0.5], [0, PER_MM, -0.5], [0, 0, 1]])
        return image, matrix @ to_px

    return scan


@pytest.fixture
def error_mm() -> Callable[[np.ndarray, np.ndarray], float]:
    def error(found: np.ndarray, true: np.ndarray) -> float:
        """Mean distance in mm over a grid on the page between where the two maps put a point."""
        grid = np.array([[x, y, 1] for x in (15, 105, 195) for y in (15, 150, 282)], dtype=float)
        back = grid @ true.T @ np.linalg.inv(found).T
        return float(np.linalg.norm(back[:, :2] / back[:, 2:] - grid[:, :2], axis=1).mean())

    return error
