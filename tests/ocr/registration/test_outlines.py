"""The boxes of our own forms, looked for at their places: another version is told, and few marks suffice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pdf2image import convert_from_path

from ocr.locate import Located, locate
from ocr.page import Page
from ocr.printing import print_forms
from ocr.registration.result import NotRegistered
from ocr.template.loading import TemplateSet, load_templates
from ocr.template.model import ChoiceField, CombField, Template

ROOT = Path(__file__).parents[3]
DPI = 200
TRUE = np.array([[DPI / 25.4, 0, -0.5], [0, DPI / 25.4, -0.5], [0, 0, 1]])


@pytest.fixture(scope="module")
def ours() -> TemplateSet:
    return load_templates(ROOT / "templates")


@pytest.fixture(scope="module")
def letter(ours: TemplateSet) -> Template:
    return ours.by_name["retention-offer"]


@pytest.fixture
def on_paper(tmp_path: Path) -> Callable[[Template], np.ndarray]:
    def draw(template: Template) -> np.ndarray:
        print_forms(template, [], language="sv", out=tmp_path / "form.pdf")
        return np.array(convert_from_path(tmp_path / "form.pdf", dpi=DPI, grayscale=True)[0], np.uint8)

    return draw


def with_moved(template: Template, kind: type, down: float) -> Template:
    """The version of the form in which the fields of one kind stand lower by `down` mm."""
    fields = dict(template.fields)
    for name, field in template.fields.items():
        if isinstance(field, kind) and isinstance(field, ChoiceField):
            options = {
                key: option.model_copy(update={"box": lowered(option.box, down)})
                for key, option in field.options.items()
            }
            fields[name] = field.model_copy(update={"options": options})
        elif isinstance(field, kind):
            fields[name] = field.model_copy(update={"box": lowered(field.box, down)})
    return template.model_copy(update={"fields": fields})


def lowered(box: tuple[float, float, float, float], down: float) -> tuple[float, float, float, float]:
    return box[0], box[1] + down, box[2], box[3]


def found(image: np.ndarray, templates: TemplateSet) -> Located | NotRegistered:
    return locate(Page("scan", 1, np.asarray(image, np.uint8)), templates)


@pytest.mark.parametrize("down", [2, 5, 12])
def test_a_form_whose_tick_boxes_moved_is_refused_and_says_why(ours, letter, on_paper, down) -> None:
    refusal = found(on_paper(with_moved(letter, ChoiceField, down)), ours)
    assert isinstance(refusal, NotRegistered)
    assert "offer.discount" in refusal.reason
    assert "another version of retention-offer" in refusal.reason
    assert isinstance(found(on_paper(letter), ours), Located)


def test_combs_that_moved_are_told_by_those_that_stayed(ours, letter, on_paper) -> None:
    fields = {name: field for name, field in letter.fields.items() if name != "signed_on"}
    moved = with_moved(letter.model_copy(update={"fields": fields}), CombField, 4)
    older = moved.model_copy(update={"fields": {**moved.fields, "signed_on": letter.fields["signed_on"]}})
    assert isinstance(found(on_paper(older), ours), NotRegistered)


@pytest.mark.parametrize("threshold", [60, 120, 200])
def test_lines_that_a_scanner_drops_out_are_not_missed(ours, letter, on_paper, threshold) -> None:
    image = on_paper(letter)
    assert isinstance(found(np.where(image > threshold, 255, image), ours), Located)
    assert isinstance(found(np.where(image > threshold, 255, 0), ours), Located)


def test_two_markers_and_the_boxes_place_a_page_to_half_a_pixel(ours, letter, on_paper) -> None:
    image = on_paper(letter)
    rows, columns = image.shape
    turn = np.vstack([cv2.getRotationMatrix2D((columns / 2, rows / 2), 1.3, 1.0), [0, 0, 1]])
    image = cv2.warpAffine(image, turn[:2], (columns, rows), borderValue=250)
    noise = np.random.default_rng(1).normal(0, 6, image.shape)
    image = np.clip(cv2.GaussianBlur(image, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)
    image[:170, :170] = image[-170:, :170] = 250
    seen = found(image, ours)
    assert isinstance(seen, Located)
    assert seen.registration.marks == 2
    corners = np.array([[24, 108, 1], [186, 108, 1], [24, 228, 1], [186, 228, 1]]).T
    true, read = turn @ TRUE @ corners, seen.registration.matrix @ corners
    assert np.linalg.norm(true[:2] / true[2] - read[:2] / read[2], axis=0).max() < 0.7
