from __future__ import annotations

import pytest

from ocr.handprint.phones import is_phone


@pytest.mark.parametrize("text", ["0701740605", "070-174 06 05", "+46701740605", "+49 151 23456789"])
def test_numbers_that_may_be_in_use_here_or_abroad_are_possible(text: str) -> None:
    assert is_phone("SE")(text)


@pytest.mark.parametrize("text", ["", "12", "0001740605", "070174", "+99 1"])
def test_numbers_that_nobody_can_have_are_not(text: str) -> None:
    assert not is_phone("SE")(text)
