"""Group mode: many questions that are alike on one screen, all confirmed but the odd ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from cases.alike import GROUP_AT_MOST, take_group
from cases.answering import Attention
from cases.confirming import confirm
from desk.alike import Shown, Tile, Waiting, groups_of, tile_of
from desk.office import office_of
from desk.present import Keying, Present, Reading, Writing
from desk.review import ExceptionId, note_seen
from desk.show import show

router = APIRouter()
Name = Annotated[str, Field(min_length=1, max_length=2000)]


class Group(BaseModel):
    """Up to thirty questions, the same readings beside each other, and what waits as a group in all."""

    tiles: list[Tile]
    groups: list[Waiting]


class Asked(BaseModel):
    group: Name


class Judged(BaseModel):
    id: ExceptionId
    value: Shown


class Said(BaseModel):
    """What was confirmed as it was shown, what was odd, and the desk's own clock for all of them together."""

    group: Name
    confirmed: list[Judged] = Field(max_length=GROUP_AT_MOST)
    odd: list[ExceptionId] = Field(max_length=GROUP_AT_MOST)
    active_s: float = Field(ge=0, le=86_400, allow_inf_nan=False)
    keys: int = Field(ge=0, le=100_000)
    first_key_s: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False)


class Taken(BaseModel):
    """The questions that are answered now, those set aside, and why others were not taken."""

    done: list[int]
    odd: list[int]
    refused: dict[int, str]


@router.get("/group", include_in_schema=False)
def group_page(
    request: Request, session: Reading, person: Keying, kind: Annotated[str, Query(max_length=2000)] = ""
) -> HTMLResponse:
    """The groups to choose from, or the work on the one that the address names."""
    groups = groups_of(request, session, person)
    return show(request, "group.html", person=person, groups=groups, kind=kind)


@router.get("/api/groups")
def groups(request: Request, session: Reading, person: Present) -> list[Waiting]:
    """What waits as a group, the largest first."""
    return groups_of(request, session, person)


@router.post("/api/groups/take")
def take(request: Request, session: Writing, person: Keying, asked: Asked) -> Group:
    """Leases up to thirty questions of a group to whoever asks."""
    taken = take_group(session, request.app.state.templates, person.login, asked.group)
    tiles = [tile_of(request, session, person, one, proposal) for one, proposal in taken]
    tiles.sort(key=lambda tile: (tile.thinks, tile.id))
    found = Group(tiles=tiles, groups=groups_of(request, session, person))
    note_seen(request, session, person, [one for one, _ in taken])
    return found


@router.post("/api/groups/confirm", status_code=201)
def take_answers(request: Request, session: Writing, person: Keying, said: Said) -> Taken:
    """Answers the questions that are yours with the readings that were shown, all in one transaction."""
    shown = {one.id: one.value for one in said.confirmed}
    took = Attention(said.active_s, said.keys, said.first_key_s)
    found = confirm(session, office_of(request, session), person.login, said.group, shown, said.odd, took)
    return Taken(done=list(found.done), odd=list(found.odd), refused=dict(found.refused))
