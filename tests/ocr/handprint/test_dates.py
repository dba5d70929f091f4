"""Dates: only those that exist, as people of a country write them."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.handprint.classes import CLASSES, INDEX
from ocr.handprint.dates import best_dates
from ocr.handprint.lattice import Lattice, best
from tests.ocr.handprint.certain import certain


def lattice(*cells: dict[str, float]) -> Lattice:
    rows = np.zeros((len(cells), CLASSES), np.float32)
    for row, cell in zip(rows, cells, strict=True):
        for character, p in cell.items():
            row[INDEX[character]] = p
    return Lattice(rows)


def test_a_date_that_exists_wins_over_a_likelier_one_that_does_not() -> None:
    cells = lattice({"3": 1.0}, {"2": 0.7, "1": 0.3}, *({c: 1.0} for c in "051980"))
    assert best(cells)[0][0] == "32051980"
    text, p = best_dates(cells, "DE")[0]
    assert text == "31051980"
    assert 0.9 < p < 1.0


@pytest.mark.parametrize(
    ("country", "text"),
    [("DE", "29022024"), ("SE", "20240229"), ("US", "02/29/2024"), ("DE", "29.02.2024"), ("SE", "240229")],
)
def test_dates_are_read_as_people_of_the_country_write_them(country: str, text: str) -> None:
    assert best_dates(certain(text, len(text)), country)[0] == (text, pytest.approx(1.0, abs=1e-3))


def test_a_day_that_no_calendar_has_stays_improbable() -> None:
    found = best_dates(certain("30022024", 8), "DE")
    assert not found or found[0][1] < 0.05


def test_a_slash_that_looks_like_a_one_is_a_slash_where_a_date_has_it() -> None:
    cells = lattice(*({c: 1.0} if c != "/" else {"1": 0.7, "/": 0.3} for c in "07/02/2007"))
    assert best_dates(cells, "US")[0][0] == "07/02/2007"


def test_cells_that_no_layout_fills_give_no_date() -> None:
    assert best_dates(certain("1234567", 7), "DE") == ()
