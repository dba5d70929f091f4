"""Notes that a supervisor leaves for a person, about one of their decisions or in general."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.models import Checked, CoachNote, FieldReading, Person
from cases.quality import OF_PERSONS

_SHOWN = 100
_LONGEST = 2000


class NoteError(ValueError):
    """A note cannot be left like this."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One checked answer, with the crop that was looked at."""

    checked: Checked
    crop: str | None


def decisions_of(session: Session, person: str) -> list[Decision]:
    """The person's newest checked answers, those that were wrong or are not settled first."""
    query = select(Checked, FieldReading).join(FieldReading, col(Checked.reading_id) == FieldReading.id)
    query = query.where(Checked.person == person, col(Checked.purpose).in_(OF_PERSONS))
    wrong_first = col(Checked.right).is_(True), col(Checked.at).desc(), col(Checked.id).desc()
    return [_decision(*row) for row in session.exec(query.order_by(*wrong_first).limit(_SHOWN)).all()]


def decision_behind(session: Session, answer_id: int | None) -> Decision | None:
    """What a note is about."""
    query = select(Checked, FieldReading).join(FieldReading, col(Checked.reading_id) == FieldReading.id)
    row = session.exec(query.where(Checked.answer_id == answer_id)).first() if answer_id is not None else None
    return _decision(*row) if row else None


def leave_note(
    session: Session, author: str, person: str, text: str, answer_id: int | None, follow_up: dt.date | None
) -> CoachNote:
    """A new note, in the caller's transaction; the ledger keeps that there is one, not what it says.

    Raises NoteError for an unknown person, a decision that is not theirs, and a text that is empty or too long.
    """
    text = text.strip()
    if not 0 < len(text) <= _LONGEST:
        raise NoteError(f"A note has 1 to {_LONGEST} characters.")
    if session.exec(select(Person.id).where(Person.login == person)).first() is None:
        raise NoteError("There is no such person.")
    theirs = select(Checked.id).where(Checked.answer_id == answer_id, Checked.person == person)
    if answer_id is not None and session.exec(theirs).first() is None:
        raise NoteError("This decision is not theirs.")
    note = CoachNote(person=person, author=author, answer_id=answer_id, text=text, follow_up=follow_up, at=now())
    session.add(note)
    session.flush()
    facts = {"person": person, "author": author, "answer": answer_id}
    ledger.record(session, "desk:coach_note:left", note.id or 0, facts, who=ledger.by_person(author))
    return note


def close_note(session: Session, note_id: int, by: str) -> CoachNote | None:
    """Ends the follow-up, in the caller's transaction; None for an unknown note. Ended again, it stays as it is."""
    ledger.lock(session)
    note = session.get(CoachNote, note_id, populate_existing=True)
    if note is not None and note.done_at is None:
        note.done_at = now()
        session.add(note)
        ledger.record(session, "desk:coach_note:done", note_id, who=ledger.by_person(by))
    return note


def notes_to(session: Session, person: str) -> Sequence[CoachNote]:
    """The newest notes to a person."""
    query = select(CoachNote).where(CoachNote.person == person).order_by(col(CoachNote.id).desc())
    return session.exec(query.limit(_SHOWN)).all()


def open_follow_ups(session: Session) -> Sequence[CoachNote]:
    """Every note that is to be followed up and has not been, the earliest date first."""
    query = select(CoachNote).where(col(CoachNote.follow_up).is_not(None), col(CoachNote.done_at).is_(None))
    return session.exec(query.order_by(col(CoachNote.follow_up), col(CoachNote.id)).limit(_SHOWN)).all()


def _decision(checked: Checked, reading: FieldReading) -> Decision:
    return Decision(checked, f"/crops/{reading.id}" if reading.crop else None)
