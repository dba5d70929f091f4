"""A person erased: base, responses, pictures, keys and salts; the ledger stays provable, cases stay countable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases import ledger
from cases.models import Response
from cases.privacy.emptying import ERASED, destroy_pictures, empty
from cases.privacy.holds import held_among, is_held
from cases.privacy.traces import senders_of, traces_of
from cases.settings import Settings
from matching.base import erase_subscribers
from matching.bulk import overwrite_deleted
from matching.lists import write_lists


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: subscribers, their responses, and files of the store."""

    subscribers: int
    responses: int
    files: int
    held: tuple[str, ...]
    unknown: tuple[str, ...]


def erase_people(session: Session, settings: Settings, subscriber_ids: Sequence[str], by: str) -> Erased:
    """Erases subscribers, each in a transaction of its own, and commits.

    Who is on legal hold stays, and so does whose form lies in one file with that of somebody on hold; both are named
    in `held`; `unknown` are those of whom there was nothing. Killed at any
    instant and run again, it does the rest.
    """
    subscribers = responses = files = 0
    held: list[str] = []
    unknown: list[str] = []
    for subscriber_id in dict.fromkeys(subscriber_ids):
        ledger.lock(session)
        overwrite_deleted(session)
        if is_held(session, subscriber_id) or _lies_beside_held(session, subscriber_id):
            held.append(subscriber_id)
            session.rollback()
            continue
        known, count, destroyed = _erase(session, settings, subscriber_id, by)
        subscribers, responses, files = subscribers + known, responses + count, files + destroyed
        if not known and not count:
            unknown.append(subscriber_id)
    if subscribers or responses:
        _leave_no_copy(session, settings)
    return Erased(subscribers, responses, files, tuple(held), tuple(unknown))


def _lies_beside_held(session: Session, subscriber_id: str) -> bool:
    documents = [one.id for one in traces_of(session, subscriber_id).documents]
    beside = session.exec(select(Response).where(col(Response.document_id).in_(documents))).all()
    return bool(held_among(session, senders_of(session, beside)))


def _erase(session: Session, settings: Settings, subscriber_id: str, by: str) -> tuple[int, int, int]:
    found = traces_of(session, subscriber_id)
    # pictures first: killed before the commit, the next run finds the rows that lead here, and goes on
    files = destroy_pictures(session, settings, found.documents, found.responses, ERASED)
    empty(session, found.documents, found.responses)
    for case in found.cases:
        case.subscriber_id, case.reason = None, None
        session.add(case)
    for mailing in found.mailings:
        mailing.subscriber_id = f"{ERASED}-{mailing.id}"
        session.add(mailing)
    known = erase_subscribers(session, [subscriber_id]).erased
    if known or found.responses or found.mailings:
        session.flush()
        ledger.forget(session, [one.id or 0 for one in found.responses], who=by, subscriber=subscriber_id)
        counts = {"responses": len(found.responses), "files": files, "in_base": known}
        ledger.record(session, "privacy:subscriber:erased", "", counts, who=by)
    session.commit()
    return known, len(found.responses), files


def _leave_no_copy(session: Session, settings: Settings) -> None:
    """What was deleted is nowhere else: not in the write-ahead log, not in the lists made of the base."""
    if settings.lists.is_dir():
        write_lists(session, settings.lists)
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        with session.get_bind().connect() as connection:  # type: ignore[union-attr]  # sessions here have an engine
            raw = connection.connection.driver_connection
            connection.rollback()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
