"""What stands of the repairs of pages: everything that reads, groups or shows pages asks here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlmodel import Session, col, select

from cases.models import Page, PageRepair
from ocr.page import NOTHING_SAID, ByHand, Placed, Turn

What = Literal["turn", "place", "code", "kind", "bound", "whole"]
WHATS: tuple[What, ...] = get_args(What)
_FOR_READING = ("turn", "place", "code")
FOR_EYES = ("turn", "place")
"""After these a person sees other fields on the page."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What persons have said of one page; `read_with` are the ids of what its reading hangs on."""

    by_hand: ByHand = NOTHING_SAID
    kind: Literal["foreign", "blank"] | None = None
    bound: Literal["split", "join"] | None = None
    whole: bool = False
    read_with: tuple[int, ...] = ()


NOTHING = Mended()


def mended_pages(session: Session, document_id: int) -> dict[int, Mended]:
    """What stands, by the number of the page (from 1); pages of which nobody has said anything are left out."""
    query = select(Page.number, PageRepair).join(PageRepair, col(PageRepair.page_id) == Page.id)
    query = query.where(Page.document_id == document_id, col(PageRepair.undone_at).is_(None))
    found: dict[int, dict[str, PageRepair]] = {}
    for number, repair in session.exec(query.order_by(col(PageRepair.id))):
        found.setdefault(number, {})[repair.what] = repair
    return {number: _mended(repairs) for number, repairs in found.items()}


def mended_page(session: Session, page: Page) -> Mended:
    """What stands of one page."""
    return mended_pages(session, page.document_id).get(page.number, NOTHING)


def seen_otherwise(session: Session, page_ids: Sequence[int]) -> list[PageRepair]:
    """All repairs, taken back or not, after which the fields of these pages look otherwise to a person."""
    query = select(PageRepair).where(col(PageRepair.page_id).in_(page_ids), col(PageRepair.what).in_(FOR_EYES))
    return list(session.exec(query))


def placed_of(value: dict[str, Any]) -> Placed:
    """The four points of a ``place``: ``{"template": name, "mm": [[x, y] * 4], "px": [[x, y] * 4], "turn": degrees}``.

    Raises KeyError, TypeError or ValueError for anything else.
    """
    mm, px = ([(float(x), float(y)) for x, y in value[side]] for side in ("mm", "px"))
    a, b, c, d = mm
    e, f, g, h = px
    return Placed(str(value["template"]), (a, b, c, d), (e, f, g, h), _turn(value["turn"]))


def _mended(repairs: dict[str, PageRepair]) -> Mended:
    said: dict[str, Any] = {what: repair.value for what, repair in repairs.items()}
    by_hand = ByHand(
        _turn(said["turn"]) if "turn" in said else None,
        placed_of(said["place"]) if "place" in said else None,
        said.get("code"),
    )
    read_with = tuple(sorted(repairs[what].id or 0 for what in _FOR_READING if what in repairs))
    return Mended(by_hand, said.get("kind"), said.get("bound"), bool(said.get("whole")), read_with)


def _turn(degrees: int) -> Turn:
    for turn in get_args(Turn):
        if degrees == turn:
            known: Turn = turn
            return known
    raise ValueError("a page is turned by 0, 90, 180 or 270 degrees")
