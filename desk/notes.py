"""Coaching: a person's checked decisions, and the notes that supervisors leave on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session, select

from cases import coaching, quality
from cases.coaching import Decision
from cases.models import CoachNote, Person
from desk.labels import label_of
from desk.present import Reading, RowId, Writing, only
from desk.show import show
from ocr.template.loading import TemplateSet
from ocr.template.model import localise

router = APIRouter(include_in_schema=False)
Coach = Annotated[Person, Depends(only("supervisor"))]
Onlooker = Annotated[Person, Depends(only("supervisor", "auditor"))]


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A checked answer in words; `truth` is None while nothing is settled."""

    answer_id: int
    at: dt.datetime
    field: str
    template: str
    crop: str | None
    machine: str
    said: str
    truth: str | None
    right: bool | None


@dataclass(frozen=True, slots=True)
class ShownNote:
    note: CoachNote
    about: ShownDecision | None


@router.get("/quality/people/{login}")
def one_person(request: Request, session: Reading, person: Onlooker, login: str) -> HTMLResponse:
    """What one person decided where the truth is known, with the notes to them."""
    return _page(request, session, person, login)


@router.post("/quality/people/{login}/notes")
def leave(
    request: Request,
    session: Writing,
    person: Coach,
    login: str,
    text: Annotated[str, Form(max_length=2000)] = "",
    answer_id: Annotated[str, Form(pattern=r"^\d{0,15}$")] = "",
    follow_up: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Leaves a note, with the date of a follow-up where one is given."""
    try:
        day = dt.date.fromisoformat(follow_up) if follow_up else None
        coaching.leave_note(session, person.login, login, text, int(answer_id) if answer_id else None, day)
    except ValueError:
        session.rollback()
        return _page(request, session, person, login, 422)
    session.commit()
    return RedirectResponse(request.url_for("one_person", login=login).path, 303)


@router.post("/quality/notes/{note_id}/done")
def done(session: Writing, person: Coach, note_id: RowId) -> Response:
    """Ends a follow-up."""
    note = coaching.close_note(session, note_id, person.login)
    if note is None:
        session.rollback()
        raise HTTPException(404, "There is no such note.")
    session.commit()
    return RedirectResponse("/quality", 303)


def shown_notes(request: Request, session: Session, notes: Iterable[CoachNote], language: str) -> list[ShownNote]:
    """Notes with what they are about, in words."""
    templates: TemplateSet = request.app.state.templates
    found = []
    for note in notes:
        decision = coaching.decision_behind(session, note.answer_id)
        found.append(ShownNote(note, _shown(templates, decision, language) if decision else None))
    return found


def _page(request: Request, session: Session, person: Person, login: str, status: int = 200) -> HTMLResponse:
    known = session.exec(select(Person).where(Person.login == login)).first()
    if known is None:
        raise HTTPException(404, "There is no such person.")
    templates: TemplateSet = request.app.state.templates
    decisions = [_shown(templates, one, person.language) for one in coaching.decisions_of(session, login)]
    notes = shown_notes(request, session, coaching.notes_to(session, login), person.language)
    own = quality.person_accuracy(session, login)
    return show(
        request, "person.html", status, person=person, whom=known, decisions=decisions, notes=notes, persons=own,
        may_write=person.role != "auditor",
    )  # fmt: skip


def _shown(templates: TemplateSet, one: Decision, language: str) -> ShownDecision:
    checked = one.checked
    template = templates.by_name.get(checked.template)
    design = template.fields.get(checked.field) if template else None
    known = checked.right is not None
    return ShownDecision(
        checked.answer_id, checked.at, (localise(design.label, language) if design else "") or checked.field,
        localise(template.title, language) if template else checked.template, one.crop,
        label_of(design, checked.machine, language), label_of(design, checked.said, language),
        label_of(design, checked.truth, language) if known else None, checked.right,
    )  # fmt: skip
