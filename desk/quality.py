"""How right machine and persons are, and how long questions take; a clerk sees their own figures alone."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from cases import coaching, quality, times
from cases.clock import now
from desk.notes import shown_notes
from desk.present import Present, Reading
from desk.show import show

router = APIRouter(include_in_schema=False)
_ALL_FIGURES = ("supervisor", "auditor", "admin")


@router.get("/quality")
def accuracy(request: Request, session: Reading, person: Present) -> HTMLResponse:
    """For supervisors, auditors and admins everything; for clerks their own figures and the notes to them."""
    notes = shown_notes(request, session, coaching.notes_to(session, person.login), person.language)
    if person.role not in _ALL_FIGURES:
        own = quality.person_accuracy(session, person.login)
        return show(request, "quality.html", person=person, machine={}, persons=own, notes=notes, follow_ups=None)
    found = quality.report(session)
    persons = found.pop("person")
    follow_ups = coaching.open_follow_ups(session) if person.role != "auditor" else None
    today = now().date()
    return show(
        request, "quality.html", person=person, machine=found, persons=persons, notes=notes, follow_ups=follow_ups,
        today=today,
    )  # fmt: skip


@router.get("/figures")
def seconds(
    request: Request, session: Reading, person: Present, days: Annotated[int, Query(ge=1, le=3660)] = 30
) -> HTMLResponse:
    """Seconds of attention by person, template, field and reason, beside the bars."""
    since = now() - dt.timedelta(days=days)
    own = None if person.role in _ALL_FIGURES else person.login
    tables = {by: times.spent(session, by, since, own) for by in get_args(times.By)}
    bars = times.bars(session, since) if own is None else times.own_bars(session, since, own)
    checks = None if own else times.checking_s(session, since)
    return show(request, "times.html", person=person, days=days, tables=tables, bars=bars, checks=checks)
