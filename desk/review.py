"""The review queue for browsers and programs: take work, keep it, answer it, take an answer back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlalchemy import func
from sqlmodel import Session, col, select

from cases import waiting
from cases.answering import Attention, Refused, Word, answer, undo
from cases.models import ExceptionItem, Person
from desk.alike import Text, groups_of
from desk.items import Item, item_of
from desk.office import office_of
from desk.pictures import accesses_of
from desk.present import Keying, Present, Reading, Writing
from desk.show import show

router = APIRouter()
_AHEAD = 20
_STATUS = {"unknown": 404, "not-yours": 409, "answered": 409, "word": 422}
ExceptionId = Annotated[int, Field(ge=1, le=2**53)]

Value = bool | Text | Annotated[list[Text], Field(max_length=50)] | None


class Queue(BaseModel):
    """The next work of one person; `waiting` counts every open exception."""

    items: list[Item]
    waiting: int


class Said(BaseModel):
    """An answer, and the desk's own clock for it."""

    word: Word
    value: Value = None
    active_s: float = Field(ge=0, le=86_400, allow_inf_nan=False)
    keys: int = Field(ge=0, le=100_000)
    first_key_s: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False)


class Ids(BaseModel):
    ids: list[ExceptionId] = Field(max_length=200)


class Draft(BaseModel):
    draft: dict[Text, Value] = Field(max_length=10)


@router.get("/review", include_in_schema=False)
def review_page(request: Request, session: Reading, person: Present) -> HTMLResponse:
    return show(request, "review.html", person=person, groups=groups_of(request, session, person))


@router.get("/api/queue")
def queue(
    request: Request, session: Writing, person: Keying, count: Annotated[int, Query(ge=1, le=_AHEAD)] = 5
) -> Queue:
    """Leases the most urgent exceptions to whoever asks, first those they found odd in a group."""
    taken = waiting.take_next(session, person.login, count)
    found = Queue(items=_items(request, session, taken, person), waiting=_open(session))
    note_seen(request, session, person, taken)
    return found


@router.post("/api/queue/hold")
def hold(session: Writing, person: Keying, kept: Ids) -> Ids:
    """Keeps these for another quarter of an hour; the answer names those that are still yours."""
    return Ids(ids=waiting.hold(session, person.login, kept.ids))


@router.post("/api/queue/back", status_code=204)
def back(session: Writing, person: Keying, given: Ids) -> None:
    """Gives these to others, drafts kept."""
    waiting.give_back(session, person.login, given.ids)


@router.put("/api/exceptions/{exception_id}/draft", status_code=204, responses={409: {"description": "Not yours."}})
def keep_draft(session: Writing, person: Keying, exception_id: ExceptionId, kept: Draft) -> None:
    """Keeps what was typed so far."""
    if not waiting.keep_draft(session, person.login, exception_id, kept.draft):
        raise HTTPException(409, "not-yours")


@router.post(
    "/api/exceptions/{exception_id}/answer",
    status_code=201,
    responses={404: {"description": "No such exception."}, 409: {"description": "Answered, or not yours."}},
)
def take_answer(request: Request, session: Writing, person: Keying, exception_id: ExceptionId, said: Said) -> Ids:
    """Answers an exception that is yours; the exceptions that are still open on the same form."""
    took = Attention(said.active_s, said.keys, said.first_key_s)
    found = answer(session, office_of(request, session), exception_id, person.login, said.word, said.value, took)
    if isinstance(found, Refused):
        raise HTTPException(_STATUS[found.reason], found.reason)
    query = select(ExceptionItem.id).where(ExceptionItem.state == "open")
    left = query.where(col(ExceptionItem.response_id) == found.response_id)
    return Ids(ids=[one for one in session.exec(left) if one is not None])


@router.post("/api/undo", responses={404: {"description": "Nothing to take back."}})
def take_back(request: Request, session: Writing, person: Keying) -> Item:
    """Takes back your last answer, or the last group of answers; the question, which is yours again with its group."""
    asked = undo(session, office_of(request, session), person.login)
    if not asked:
        raise HTTPException(404, "nothing")
    waiting.take(session, person.login, len(asked), col(ExceptionItem.id).in_([one.id for one in asked]))
    item = _items(request, session, asked[:1], person)[0]
    item.group = asked[0].alike if len(asked) > 1 else None
    return item


@router.get("/api/waiting")
def how_many(session: Reading, person: Present) -> dict[str, int]:
    """How many exceptions are open."""
    return {"waiting": _open(session)}


def note_seen(request: Request, session: Session, person: Person, asked: Iterable[ExceptionItem]) -> None:
    """Notes whose documents the person sees; the log is written by a session of its own, which waits for nobody."""
    documents = {one.document_id for one in asked}
    session.rollback()
    for document_id in documents:
        accesses_of(request).saw(person.login, document_id)


def _items(request: Request, session: Session, taken: list[ExceptionItem], person: Person) -> list[Item]:
    return [item_of(session, request.app.state.templates, asked, person.language) for asked in taken]


def _open(session: Session) -> int:
    return session.exec(select(func.count()).where(ExceptionItem.state == "open")).one()
