"""One page image, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ocr.readings import Gray

Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise by which a page is turned."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a person says that the form `template` lies: four points of it, in mm, and where they are on the page.

    `px` are pixels of the page as it looks when turned by `turn`; points may lie outside the picture.
    """

    template: str
    mm: tuple[Point, Point, Point, Point]
    px: tuple[Point, Point, Point, Point]
    turn: Turn = 0


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person has said of a page: how it stands upright, where the form lies, what its printed reference says.

    `turn` is None where nobody has said it.
    """

    turn: Turn | None = None
    placed: Placed | None = None
    code: str | None = None


NOTHING_SAID = ByHand()


@dataclass(frozen=True, slots=True)
class Page:
    """A page as scanned. `file` is the name shown to people, `number` counts from 1, `image` is (h, w) uint8 gray.

    `dpi` is what the file claims (horizontal, vertical), or None; scanners lie, so readers use it as a hint only.
    `open_ms` is the wall time of decoding, in milliseconds; `by_hand` is what a person has said of the page, and
    `image` is turned accordingly.
    """

    file: str
    number: int
    image: Gray
    dpi: tuple[float, float] | None = None
    open_ms: float = 0.0
    by_hand: ByHand = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file (`number` 0) or one of its pages that cannot be opened, with a sentence for the person who dropped it.

    `code` is a stable id such as ``empty-file``, ``encrypted-pdf``, ``truncated``, ``too-large``, ``not-an-image``.
    """

    file: str
    number: int
    code: str
    reason: str
