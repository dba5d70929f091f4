"""Groups of questions that are alike, as the desk shows them in a person's language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from sqlmodel import Session

from cases.alike import groups_for, proposed_now
from cases.models import ExceptionItem, Person
from cases.proposing import Proposal
from desk.items import Item, item_of
from desk.words import words

Text = Annotated[str, Field(max_length=500)]
Shown = bool | Text | Annotated[list[Text], Field(max_length=50)]
_DIFFERENT = "number:"
"""Groups in which every tile may have a reading of its own."""


class Waiting(BaseModel):
    """A group of questions: what they are about, what the machine thinks, how many one may take."""

    group: str
    about: str
    thinks: str
    count: int


class Tile(BaseModel):
    """One question of a group; `value` is confirmed where it is not odd, `doubtful` marks characters of `thinks`."""

    id: int
    label: str
    template: str
    crop: str | None
    value: Shown
    thinks: str
    doubtful: list[int]


def groups_of(request: Request, session: Session, person: Person) -> list[Waiting]:
    """What waits as a group, the largest first."""
    found = []
    for alike in groups_for(session, person.login):
        asked = session.get_one(ExceptionItem, alike.example)
        item = item_of(session, request.app.state.templates, asked, person.language)
        proposal = proposed_now(session, request.app.state.templates, asked)
        thinks = _thinks(item, proposal, person) if proposal and not alike.group.startswith(_DIFFERENT) else ""
        about = _about(item, alike.group, person)
        found.append(Waiting(group=alike.group, about=about, thinks=thinks, count=alike.count))
    return found


def tile_of(request: Request, session: Session, person: Person, asked: ExceptionItem, proposal: Proposal) -> Tile:
    """One question of a group with what is proposed as its answer."""
    item = item_of(session, request.app.state.templates, asked, person.language)
    return Tile(
        id=item.id, label=item.label, template=item.template, crop=item.crop, value=proposal.value,
        thinks=_thinks(item, proposal, person), doubtful=item.doubtful if isinstance(proposal.value, str) else [],
    )  # fmt: skip


def _about(item: Item, group: str, person: Person) -> str:
    kind, _, rest = group.partition(":")
    about = words(person.language)[f"group.{kind}"].format(rest)
    return f"{about} ({item.label}, {item.template})" if kind == "choice" else about


def _thinks(item: Item, proposal: Proposal, person: Person) -> str:
    """What is proposed, in the words of the form."""
    if isinstance(proposal.value, str):
        return proposal.value
    if isinstance(proposal.value, bool):
        return next(choice.label for choice in item.choices if choice.value is proposal.value)
    ticked = [choice.label for choice in item.choices if choice.value and choice.value[0] in proposal.value]
    return ", ".join(ticked) or words(person.language)["none_ticked"]
