"""Replays: ask for one, watch it, see what would change, let it happen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from cases.models import Replay, ReplayChange
from cases.replay.queue import IN_WORK, Refused, approve_replay, ask_replay, counts
from cases.replay.report import changes_of
from desk.batches import Leading
from desk.evidence import value_text
from desk.present import Present, Reading, RowId, Writing
from desk.show import show
from desk.words import words

router = APIRouter()
_SHOWN = 100
_STATUS = {"unknown": 404, "busy": 409, "not-ready": 409}
_WORDED = ("verdict", "case", "state")
Line = tuple[str, str, str]
"""What differs, as it was, as it is now."""


class Progress(BaseModel):
    """How far a replay is; `busy` as long as a process works on it or will."""

    state: str
    done: int
    of: int
    busy: bool


@router.post("/batches/{batch_id}/replay", include_in_schema=False)
def ask(session: Writing, person: Leading, batch_id: str) -> Response:
    """Asks for a replay with the present designs; it only shows."""
    asked = ask_replay(session, batch_id, person.login)
    if isinstance(asked, Refused):
        raise HTTPException(_STATUS[asked.reason], asked.reason)
    return RedirectResponse(f"/replays/{asked.id}", 303)


@router.post("/replays/{replay_id}/apply", include_in_schema=False)
def apply(session: Writing, person: Leading, replay_id: RowId) -> Response:
    """Lets what the replay has shown happen."""
    approved = approve_replay(session, replay_id, person.login)
    if isinstance(approved, Refused):
        raise HTTPException(_STATUS[approved.reason], approved.reason)
    return RedirectResponse(f"/replays/{replay_id}", 303)


@router.get("/replays/{replay_id}", include_in_schema=False)
def one_replay(
    request: Request,
    session: Reading,
    person: Present,
    replay_id: RowId,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> HTMLResponse:
    replay = session.get(Replay, replay_id)
    if replay is None:
        return show(request, "unknown.html", 404, person=person, what="replay")
    changes = changes_of(session, replay_id, after=after, most=_SHOWN)
    return show(
        request,
        "replay.html",
        person=person,
        replay=replay,
        busy=replay.state in IN_WORK,
        counts=counts(session, replay_id),
        changes=[(row, document, lines_of(row, person.language)) for row, document in changes],
        next=changes[-1][0].id if len(changes) == _SHOWN else None,
    )


@router.get("/api/replays/{replay_id}", responses={404: {"description": "No such replay."}})
def progress(session: Reading, person: Present, replay_id: RowId) -> Progress:
    """How far a replay is."""
    replay = session.get(Replay, replay_id)
    if replay is None:
        raise HTTPException(404, "There is no such replay.")
    return Progress(state=replay.state, done=replay.pages_done, of=replay.pages, busy=replay.state in IN_WORK)


def lines_of(row: ReplayChange, language: str) -> list[Line]:
    """What differs, each as it was and as it is, in words."""
    old, new = _flat(row.before, language), _flat(row.after, language)
    return [(key, old.get(key, "–"), new.get(key, "–")) for key in {**old, **new} if old.get(key) != new.get(key)]


def _flat(facts: dict[str, object], language: str) -> dict[str, str]:
    w = words(language)
    told = {w[f"pages.what.{key}"]: _text(key, value, language) for key, value in facts.items() if key != "fields"}
    fields = facts.get("fields", {})
    assert isinstance(fields, dict)
    for name, one in fields.items():
        doubt = "" if one["status"] in ("ok", "empty") else f" ({w['pages.status.' + one['status']]})"
        told[f"{w['pages.field']} {name.replace('_', ' ')}"] = value_text(one["value"], language) + doubt
    return told


def _text(key: str, value: object, language: str) -> str:
    w = words(language)
    if key in _WORDED and isinstance(value, str):
        return w.get(f"pages.state.{value}", value)
    if key == "template_hash":
        return str(value or "–")[:12]
    if isinstance(value, list):
        return ", ".join(": ".join(filter(None, one)) for one in value) or "–"
    return value_text(value, language)
