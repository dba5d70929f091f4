"""Dates as people of a country write them into cells or onto a line, and the likeliest of them in a lattice."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ocr.handprint.classes import INDEX
from ocr.handprint.lattice import Lattice
from ocr.readings import Alternative

_YEAR_FIRST = frozenset({"SE", "HU", "LT", "JP", "CN", "KR"})
_MONTH_FIRST = frozenset({"US"})
_MARKS = ("", "-", ".", "/")
_EARLIEST, _LATEST = 1920, 2035

Grid = NDArray[np.float64]
"""A number for each day, month and year, (31, 12, years)."""


def best_dates(lattice: Lattice, country: str, count: int = 5, outside: float = 0.02) -> tuple[Alternative, ...]:
    """The most probable dates that exist, in the layouts usual in `country` (ISO 3166) that fill the lattice exactly.

    `outside` is how often something else is written, as in `best_that`. Without a fitting layout there are none.
    """
    found: list[tuple[str, float]] = []
    whole = 0.0
    for order, mark in product(_orders(country), _MARKS):
        if len(mark.join(_written(part)[0] for part in order)) == len(lattice.cells):
            grid = _grid(lattice, order, mark)
            whole += float(grid.sum())
            top = np.unravel_index(np.argsort(-grid, axis=None)[:count], grid.shape)
            found += [(_text(order, mark, place), float(grid[place])) for place in zip(*map(list, top), strict=True)]
    scale = (1 - outside) * whole + outside * max(1 - whole, 0.0)
    best = sorted(found, key=lambda pair: -pair[1])[:count]
    return tuple((text, (1 - outside) * p / scale) for text, p in best if scale > 0)


def _orders(country: str) -> tuple[str, ...]:
    if country in _YEAR_FIRST:
        return "Ymd", "ymd"
    return ("mdY", "mdy") if country in _MONTH_FIRST else ("dmY", "dmy")


@cache
def _written(part: str) -> tuple[str, ...]:
    """All days (d), months (m) or years with four or two digits (Y, y)."""
    if part in "Yy":
        return tuple(f"{year:04}"[0 if part == "Y" else 2 :] for year in range(_EARLIEST, _LATEST + 1))
    return tuple(f"{number:02}" for number in range(1, 32 if part == "d" else 13))


@cache
def _exists() -> Grid:
    days = np.zeros((31, 12, _LATEST - _EARLIEST + 1))
    first, last = dt.date(_EARLIEST, 1, 1), dt.date(_LATEST, 12, 31)
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(number)
        days[day.day - 1, day.month - 1, day.year - _EARLIEST] = 1
    return days


def _grid(lattice: Lattice, order: str, mark: str) -> Grid:
    """The net's probability of each date written with `mark` between the parts in this `order`."""
    at, shares, marks = 0, dict[str, NDArray[np.float64]](), 1.0
    for part in order:
        if at and mark:
            marks *= float(lattice.cells[at, INDEX[mark]])
            at += 1
        texts = _written(part)
        indexes = np.array([[INDEX[c] for c in text] for text in texts])
        cells = np.arange(at, at + len(texts[0]))
        shares[part.lower()] = lattice.cells[cells, indexes].astype(np.float64).prod(axis=1)
        at += len(texts[0])
    if "y" in order:
        # two digits name one year of the last hundred
        shares["y"][:-100] = 0
    return np.asarray(np.einsum("d,m,y,dmy->dmy", shares["d"], shares["m"], shares["y"], _exists()) * marks)


def _text(order: str, mark: str, place: tuple[int, ...]) -> str:
    parts = dict(zip("dmy", place, strict=True))
    return mark.join(_written(part)[parts[part.lower()]] for part in order)
