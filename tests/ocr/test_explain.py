from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from commands.main import app
from ocr.explain import explain
from ocr.page import Page
from ocr.pages import open_pages
from ocr.printing.forms import print_forms
from ocr.template.loading import TemplateSet, load_templates

ROOT = Path(__file__).parents[2]
GREY = (0x64, 0x74, 0x8B)
RED = (0xB9, 0x1C, 0x1C)


@pytest.fixture(scope="module")
def templates() -> TemplateSet:
    return load_templates(ROOT / "templates")


@pytest.fixture(scope="module")
def printed(templates: TemplateSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("explain") / "form.pdf"
    print_forms(templates.by_name["feedback-card"], [], language="en", out=out)
    return out


def has(picture: Image.Image, color: tuple[int, int, int]) -> bool:
    return bool((np.asarray(picture) == color).all(axis=2).any())


def test_every_field_of_a_read_page_is_outlined_in_the_colour_of_its_status(
    printed: Path, templates: TemplateSet
) -> None:
    page = next(open_pages(printed))
    assert isinstance(page, Page)
    picture = explain(page, templates)
    assert has(picture, GREY)
    assert not has(picture, RED)
    assert max(picture.size) <= 2400 + 132


def test_a_refused_page_says_why_in_red(templates: TemplateSet) -> None:
    image = np.full((1200, 900), 255, np.uint8)
    cv2.putText(image, "A letter", (100, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, 0, 5)
    assert has(explain(Page("letter.png", 1, image), templates), RED)


def test_read_explain_writes_one_picture_a_page(printed: Path, tmp_path: Path) -> None:
    out = tmp_path / "why" / "page.png"
    result = CliRunner().invoke(app, ["read", str(printed), str(printed), "--explain", str(out)])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.parent.iterdir()) == ["page-2.png", "page.png"]
