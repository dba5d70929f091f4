"""Phone photos on cluttered tables, in the shade, with a finger on a corner: found as exactly as scans."""

from __future__ import annotations

import pytest

from bench.registration import BAR_PX, error_px, house
from bench.shots import filled_sheet, photograph
from ocr.locate import Located, locate
from ocr.page import Page


@pytest.mark.parametrize(
    ("form", "pose", "table"),
    [
        ("retention-offer", "thumb", "keyboard"),
        ("feedback-card", "small", "papers"),
        ("withdrawal", "small", "papers"),
        ("withdrawal", "slanted", "wood"),
    ],
)
def test_a_photo_is_found_to_half_a_pixel(form: str, pose: str, table: str) -> None:
    template = house().templates.by_name[form]
    shot = photograph(filled_sheet(house(), template, "sv", 2).image, pose, table, form)
    found = locate(Page("photo", 1, shot.image), house().templates)
    assert isinstance(found, Located)
    assert found.template.name == form
    assert error_px(template, found.registration.matrix, shot.matrix).mean() < BAR_PX
