"""Paper to draw on in millimetres, forms as printed, and what scanners do to both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pdf2image import convert_from_path
from PIL import Image, ImageDraw, ImageFont

from ocr.printing import Person, print_forms
from ocr.template.loading import TemplateSet, load_templates

ROOT = Path(__file__).parents[2]
FONT = "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf"


class Paper:
    """A gray page of `size` mm at `dpi`; `matrix` maps mm to px."""

    def __init__(self, size: tuple[float, float], dpi: int = 300) -> None:
        self.scale = dpi / 25.4
        self.image = np.full((round(size[1] * self.scale), round(size[0] * self.scale)), 250, np.uint8)

    @property
    def matrix(self) -> np.ndarray:
        return np.array([[self.scale, 0, -0.5], [0, self.scale, -0.5], [0, 0, 1]])

    def line(self, *points: tuple[float, float], width: float = 0.5, gray: int = 40) -> Paper:
        pixels = np.round(np.array(points) * self.scale).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(self.image, [pixels], False, gray, max(1, round(width * self.scale)), cv2.LINE_AA)
        return self

    def rect(self, box: tuple[float, float, float, float], *, fill: bool = False, width: float = 0.3) -> Paper:
        x, y, w, h = box
        a, b = (
            (round(x * self.scale), round(y * self.scale)),
            (round((x + w) * self.scale), round((y + h) * self.scale)),
        )
        cv2.rectangle(self.image, a, b, 50, -1 if fill else max(1, round(width * self.scale)))
        return self

    def type(self, text: str, x: float, y: float, *, height: float = 4.2, gray: int = 30) -> Paper:
        """`y` is the middle of the line, in mm."""
        canvas = Image.fromarray(self.image)
        face = ImageFont.truetype(FONT, round(height * self.scale))
        ImageDraw.Draw(canvas).text((x * self.scale, y * self.scale), text, font=face, fill=gray, anchor="lm")
        self.image = np.array(canvas)
        return self


@pytest.fixture
def paper() -> Callable[..., Paper]:
    return Paper


@pytest.fixture(scope="session")
def templates() -> TemplateSet:
    return load_templates(ROOT / "templates")


@pytest.fixture(scope="session")
def printed(templates, tmp_path_factory) -> Callable[..., np.ndarray]:
    """A form of ours as it leaves the printer: blank, or for one person."""

    def draw(name: str, language: str = "sv", person: Person | None = None, dpi: int = 200) -> np.ndarray:
        file = tmp_path_factory.mktemp("printed") / "form.pdf"
        print_forms(templates.by_name[name], [person] if person else [], language=language, out=file)
        return np.array(convert_from_path(file, dpi=dpi, grayscale=True)[0], dtype=np.uint8)

    return draw


def skewed(image: np.ndarray, degrees: float = 1.7) -> np.ndarray:
    rows, columns = image.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
    noisy = cv2.warpAffine(image, turn, (columns, rows), borderValue=250).astype(float)
    noise = np.random.default_rng(5).normal(0, 3, image.shape)
    return np.clip(cv2.GaussianBlur(noisy, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8)


def one_bit(image: np.ndarray) -> np.ndarray:
    return np.where(skewed(image, -1.1) < 150, 0, 255).astype(np.uint8)


def faded(image: np.ndarray) -> np.ndarray:
    return np.round(150 + skewed(image, 0.6) * (86 / 255)).astype(np.uint8)


def creased(image: np.ndarray) -> np.ndarray:
    out = skewed(image, 0.4).astype(float)
    row = int(out.shape[0] * 0.42)
    out[row - 3 : row + 4] -= 60
    return np.clip(out, 0, 255).astype(np.uint8)


SCANS = {"skewed": skewed, "one bit": one_bit, "faded": faded, "creased": creased}


@pytest.fixture(params=SCANS)
def scan(request) -> Callable[[np.ndarray], np.ndarray]:
    return SCANS[request.param]
