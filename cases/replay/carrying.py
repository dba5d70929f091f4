"""A replay carried out, document by document: what would change is kept as rows, then exactly that is done."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, delete, select

from cases import ledger
from cases.answering import Office
from cases.clock import now
from cases.models import Document, Replay, ReplayChange
from cases.rejecting import withdraw_rejected
from cases.replay.outcome import Moment, differing, moments
from cases.replay.redeciding import redecide
from cases.replay.rereading import is_lost, put_crops, put_in_place

_MOST_TRIES = 8


@dataclass(frozen=True, slots=True)
class Change:
    """What differs of one response, by its key; `held` says why it stays as it is, `known` that it is not new."""

    key: str
    moment: Moment
    before: dict[str, Any]
    after: dict[str, Any]
    held: str | None = None
    known: bool = True


def replayed_documents(session: Session, replay: Replay) -> list[int]:
    """The documents of the replay's batch that are decided."""
    query = select(Document.id).where(Document.batch_id == replay.batch_id)
    query = query.where(col(Document.state).in_(("done", "rejected")))
    ids = [one for one in session.exec(query.order_by(col(Document.id))) if one]
    session.rollback()
    return ids


def preview_document(session: Session, office: Office, replay_id: int, document_id: int) -> int:
    """Tries the change of one document, takes it back, keeps what would change as rows, and commits; how many."""
    changes, _ = _tried(session, office, replay_id, document_id)
    session.rollback()
    session.exec(
        delete(ReplayChange).where(
            col(ReplayChange.replay_id) == replay_id, col(ReplayChange.document_id) == document_id
        )
    )
    session.add_all(_row(replay_id, document_id, change) for change in changes)
    session.commit()
    return len(changes)


def apply_document(session: Session, office: Office, replay: Replay, document_id: int) -> int:
    """Does to one document what its preview has shown, and commits; how many responses were changed.

    If anything has changed since the preview (an answer, the base, a setting), nothing is done and the rows say so.
    """
    shown = {_name(row): row for row in _rows(session, replay.id or 0, document_id)}
    if not any(row.held is None and row.applied_at is None for row in shown.values()):
        session.rollback()
        return 0
    changes, left = _tried(session, office, replay.id or 0, document_id)
    found = {_name(_row(0, document_id, change)): change for change in changes}
    same = found.keys() == shown.keys() and all(_is_shown(shown[name], found[name]) for name in found)
    if not same:
        session.rollback()
        return _mark_moved(session, replay.id or 0, document_id)
    put_crops(session, office.settings, replay.id or 0, document_id, left)
    done = [name for name in found if found[name].held is None]
    for name in done:
        _record(session, replay, _applied(session, replay.id or 0, document_id, name, found[name]))
    document = session.get_one(Document, document_id)
    session.commit()
    if document.state == "done" and "document" in {found[name].key for name in done}:
        withdraw_rejected(office.settings, document.sha256, document.name)
    return len(done)


def _tried(session: Session, office: Office, replay_id: int, document_id: int) -> tuple[list[Change], set[int]]:
    """The changes, made in an open transaction but for those held; and the pages that stay as they are."""
    left: set[int] = set()
    kept: dict[str, Change] = {}
    for _ in range(_MOST_TRIES):
        changes = _attempt(session, office, replay_id, document_id, left, kept)
        fresh = {one.key: one for one in changes if one.held is not None and one.key not in kept}
        if not fresh:
            return [*kept.values(), *(one for one in changes if one.key not in kept)], left
        session.rollback()
        kept |= fresh
        left |= {number for one in fresh.values() for number in one.moment.pages}
    session.rollback()
    return [replace(one, held=one.held or "final") for one in changes], left


def _attempt(  # what is read anew, and what stays
    session: Session, office: Office, replay_id: int, document_id: int, left: set[int], still: Container[str]
) -> list[Change]:
    document = session.get_one(Document, document_id)
    ledger.lock(session, document.batch_id or ledger.OFFICE)
    session.refresh(document)
    before = moments(session, document)
    if is_lost(session, replay_id, document_id):
        lost = {key: one for key, one in before.items() if one.response_id is not None}
        return [Change(key, one, one.facts, {}, "unreadable") for key, one in lost.items()]
    put_in_place(session, office.settings, replay_id, document_id, left)
    held = redecide(session, office, document, still)
    session.flush()
    after = moments(session, document)
    changes = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        found = differing(old, new) if key not in held or held[key] != "lost" else ((old or new).facts, {})  # type: ignore[union-attr]
        if found is not None:
            changes.append(
                Change(
                    key,
                    _whole(old, new),
                    *found,
                    held=held.get(key) or ("final" if old and old.is_final else None),
                    known=key in before,
                )
            )
    return changes


def _whole(old: Moment | None, new: Moment | None) -> Moment:
    """The response with the pages it had and those it has now."""
    known = old or new
    assert known is not None
    return replace(known, pages=known.pages | (new.pages if new else frozenset()))


def _row(replay_id: int, document_id: int, change: Change) -> ReplayChange:
    known = change.moment.response_id if change.known else None
    return ReplayChange(
        replay_id=replay_id, document_id=document_id, first_page=change.moment.first_page, response_id=known,
        case_id=change.moment.case_id if known else None, held=change.held, before=change.before, after=change.after,
    )  # fmt: skip


def _rows(session: Session, replay_id: int, document_id: int) -> list[ReplayChange]:
    query = select(ReplayChange).where(ReplayChange.replay_id == replay_id, ReplayChange.document_id == document_id)
    return list(session.exec(query))


def _name(row: ReplayChange) -> tuple[int, int | None]:
    return row.first_page, row.response_id


def _is_shown(row: ReplayChange, found: Change) -> bool:
    return (row.before, row.after, row.held) == (found.before, found.after, found.held)


def _mark_moved(session: Session, replay_id: int, document_id: int) -> int:
    for row in _rows(session, replay_id, document_id):
        row.held = row.held or "moved"
        session.add(row)
    session.commit()
    return 0


def _applied(
    session: Session, replay_id: int, document_id: int, name: tuple[int, int | None], change: Change
) -> ReplayChange:
    row = next(one for one in _rows(session, replay_id, document_id) if _name(one) == name)
    row.response_id, row.case_id, row.applied_at = change.moment.response_id, change.moment.case_id, now()
    session.add(row)
    session.flush()
    return row


def _record(session: Session, replay: Replay, row: ReplayChange) -> None:
    """The ledger tells what changed from what to what; of fields only their names, as values are personal."""

    def told(facts: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in facts.items() if key != "fields"}

    names = sorted({*row.before.get("fields", {}), *row.after.get("fields", {})})
    facts = {
        "replay": replay.id, "person": replay.approved_by, "case": row.case_id, "fields": names,
        "before": told(row.before), "after": told(row.after),
    }  # fmt: skip
    kind, subject = ("document", row.document_id) if row.response_id is None else ("response", row.response_id)
    who = ledger.by_person(replay.approved_by or "")
    ledger.record(
        session, f"replay:{kind}:changed", subject, facts, batch=replay.batch_id, who=who, response=row.response_id
    )
