"""Replays as rows: asked for, leased to one process, shown, approved, and taken up again when a process dies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, delete, select

from cases import ledger
from cases.clock import now
from cases.models import Batch, Replay, ReplayChange, ReplayPage
from cases.owner import has_died
from cases.settings import Settings

IN_WORK = ("asked", "reading", "approved", "applying")
WHO = ledger.machine("replay")
_NEXT = {"asked": "reading", "approved": "applying"}
_BACK = {work: wait for wait, work in _NEXT.items()}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a replay cannot be: ``unknown``, ``busy`` (batch or an earlier replay is in work) or ``not-ready``."""

    reason: Literal["unknown", "busy", "not-ready"]


def ask_replay(session: Session, batch_id: str, person: str) -> Replay | Refused:
    """Asks for a new replay of a batch that is done or failed, and commits; an earlier one that nobody applied ends."""
    ledger.lock(session, batch_id)
    batch = session.get(Batch, batch_id, populate_existing=True)
    earlier = session.exec(select(Replay).where(Replay.batch_id == batch_id)).all()
    if batch is None or batch.state in ("queued", "running") or any(one.state in IN_WORK for one in earlier):
        session.rollback()
        return Refused("busy" if batch else "unknown")
    for one in earlier:
        _let_go(session, one)
    asked = Replay(batch_id=batch_id, asked_by=person, asked_at=now())
    session.add(asked)
    session.flush()
    facts, who = {"batch": batch_id, "person": person}, ledger.by_person(person)
    ledger.record(session, "replay:replay:asked", asked.id or 0, facts, batch=batch_id, who=who)
    session.commit()
    return asked


def approve_replay(session: Session, replay_id: int, person: str) -> Replay | Refused:
    """Lets the changes that a replay has shown happen, and commits."""
    replay = session.get(Replay, replay_id)
    ledger.lock(session, replay.batch_id if replay else ledger.OFFICE)
    replay = session.get(Replay, replay_id, populate_existing=True)
    if replay is None or replay.state != "ready":
        session.rollback()
        return Refused("not-ready" if replay else "unknown")
    replay.state, replay.approved_by = "approved", person
    session.add(replay)
    facts, who = {"batch": replay.batch_id, "person": person}, ledger.by_person(person)
    ledger.record(session, "replay:replay:approved", replay_id, facts, batch=replay.batch_id, who=who)
    session.commit()
    return replay


def is_idle(session: Session) -> bool:
    """Whether no replay waits or is in work."""
    return session.exec(select(Replay.id).where(col(Replay.state).in_(IN_WORK)).limit(1)).first() is None


def waiting_replays(session: Session) -> list[tuple[int, str, int]]:
    """Id, batch and attempt of each replay that waits for a process, oldest first."""
    query = select(Replay).where(col(Replay.state).in_(_NEXT)).order_by(col(Replay.id))
    return [(one.id or 0, one.batch_id, one.attempt + 1) for one in session.exec(query)]


def claim_replay(
    session: Session, settings: Settings, replay_id: int, owner: str, flow_run: str | None = None
) -> Replay | None:
    """Leases a waiting replay to `owner` and commits; None when another has it or it waits for nothing."""
    replay = session.get(Replay, replay_id, populate_existing=True)
    if replay is None or replay.state not in _NEXT:
        session.rollback()
        return None
    # the state in the WHERE makes two claimers on PostgreSQL agree on one winner
    claim = update(Replay).where(col(Replay.id) == replay_id, col(Replay.state) == replay.state)
    values: dict[str, Any] = {"state": _NEXT[replay.state], "lease_owner": owner, "lease_until": _until(settings)}
    values |= {"attempt": replay.attempt + 1, "flow_run": flow_run or replay.flow_run}
    won = session.connection().execute(claim.values(**values)).rowcount
    session.commit()
    claimed = session.get(Replay, replay_id, populate_existing=True) if won else None
    session.commit()
    return claimed


def renew_replay(session: Session, settings: Settings, replay_id: int, owner: str, **told: int) -> bool:
    """Prolongs the lease, with what is `told` of the progress, and commits; False when another process has it."""
    mine = (col(Replay.id) == replay_id, col(Replay.lease_owner) == owner, col(Replay.state).in_(_BACK))
    renewed = session.connection().execute(update(Replay).where(*mine).values(lease_until=_until(settings), **told))
    session.commit()
    return bool(renewed.rowcount)


def end_replay(session: Session, replay_id: int, state: Literal["ready", "done", "failed"]) -> None:
    """Ends what a process was doing for the replay, and commits; what is over keeps no pages."""
    replay = session.get_one(Replay, replay_id)
    ledger.lock(session, replay.batch_id)
    session.refresh(replay)
    replay.state, replay.lease_owner, replay.lease_until = state, None, None
    replay.finished_at = None if state == "ready" else now()
    session.add(replay)
    if state != "ready":
        session.exec(delete(ReplayPage).where(col(ReplayPage.replay_id) == replay_id))
    facts = {"batch": replay.batch_id, **counts(session, replay_id)}
    ledger.record(session, f"replay:replay:{state}", replay_id, facts, batch=replay.batch_id, who=WHO)
    session.commit()


def take_up_replays(session: Session, settings: Settings) -> int:
    """Lets replays wait again whose process died or fell silent, and commits; tried in vain too often, they fail."""
    late = or_(col(Replay.lease_until).is_(None), col(Replay.lease_until) < now())
    rows = session.exec(select(Replay, late).where(col(Replay.state).in_(_BACK))).all()
    left = [replay.id or 0 for replay, is_late in rows if is_late or has_died(replay.lease_owner or "")]
    session.rollback()
    for replay_id in left:
        replay = session.get_one(Replay, replay_id, populate_existing=True)
        if replay.attempt >= settings.max_attempts:
            end_replay(session, replay_id, "failed")
            continue
        replay.state, replay.lease_owner, replay.lease_until = _BACK[replay.state], None, None
        session.add(replay)
        session.commit()
    return len(left)


def counts(session: Session, replay_id: int) -> dict[str, int]:
    """How many responses would change or have changed, how many of these were applied, how many are held."""
    of = select(func.count()).where(ReplayChange.replay_id == replay_id)
    held = session.exec(of.where(col(ReplayChange.held).is_not(None))).one()
    applied = session.exec(of.where(col(ReplayChange.applied_at).is_not(None))).one()
    return {"changes": session.exec(of).one() - held, "held": held, "applied": applied}


def _let_go(session: Session, replay: Replay) -> None:
    if replay.state == "ready":
        replay.state, replay.finished_at = "discarded", now()
        session.add(replay)
    session.exec(delete(ReplayPage).where(col(ReplayPage.replay_id) == replay.id))


def _until(settings: Settings) -> dt.datetime:
    return now() + dt.timedelta(seconds=settings.lease_s)
