"""Bags as orders: asked for at the desk or by a deployment, leased to one process, put in place when they are whole.

Bags under DATA/exports are working copies: erasing a person removes those that hold something of that person.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from cases import ledger
from cases.audit.scope import Scope
from cases.clock import now
from cases.models import BagOrder, Document
from cases.owner import has_died
from cases.settings import Settings

IN_WORK = ("asked", "writing")
_HALF = ".half-"
_LONGEST = 80
_AT_ONCE = 500
_WHO = ledger.machine("export")


def ask_bag(
    session: Session, scope: Scope, person: str, *, until: dt.datetime | None = None, owner: str = ""
) -> BagOrder:
    """Orders a bag, and commits; leased `until` then to `owner` at once, if one is named, so that no other writes it.

    Raises UnknownScopeError where there is nothing of that scope.
    """
    documents = len(scope.documents(session))
    session.rollback()
    chosen = {name: str(value) for name, value in asdict(scope).items() if value is not None}
    order = BagOrder(scope=chosen, asked_by=person, asked_at=now(), documents=documents)
    if owner:
        order.state, order.lease_owner, order.lease_until, order.attempt = "writing", owner, until, 1
    session.add(order)
    session.flush()
    facts = {"scope": chosen, "documents": documents}
    ledger.record(session, "audit:bag:asked", order.id or 0, facts, who=ledger.by_person(person))
    session.commit()
    return order


def scope_of(order: BagOrder) -> Scope:
    """What the order asks for."""
    said: dict[str, Any] = dict(order.scope)
    if "date" in said:
        said["date"] = dt.date.fromisoformat(said["date"])
    if "statement" in said:
        said["statement"] = int(said["statement"])
    return Scope(**said)


def is_idle(session: Session) -> bool:
    """Whether no order waits or is in work."""
    return session.exec(select(BagOrder.id).where(col(BagOrder.state).in_(IN_WORK)).limit(1)).first() is None


def waiting_orders(session: Session) -> list[tuple[int, int]]:
    """Id and attempt of each order that waits for a process, oldest first."""
    query = select(BagOrder).where(BagOrder.state == "asked").order_by(col(BagOrder.id))
    return [(one.id or 0, one.attempt + 1) for one in session.exec(query)]


def claim_order(session: Session, settings: Settings, order_id: int, owner: str) -> BagOrder | None:
    """Leases a waiting order to `owner` and commits; None when another has it or it waits for nothing."""
    order = session.get(BagOrder, order_id, populate_existing=True)
    if order is None or order.state != "asked":
        session.rollback()
        return None
    claim = update(BagOrder).where(col(BagOrder.id) == order_id, col(BagOrder.state) == "asked")
    values = {
        "state": "writing",
        "lease_owner": owner,
        "lease_until": lease_end(settings),
        "attempt": order.attempt + 1,
    }
    won = session.connection().execute(claim.values(**values)).rowcount
    session.commit()
    claimed = session.get(BagOrder, order_id, populate_existing=True) if won else None
    session.commit()
    return claimed


def renew_order(session: Session, settings: Settings, order_id: int, owner: str, done: int | None = None) -> bool:
    """Prolongs the lease, with how much is done, and commits; False when another process has it."""
    mine = (col(BagOrder.id) == order_id, col(BagOrder.lease_owner) == owner, col(BagOrder.state) == "writing")
    told = {} if done is None else {"documents_done": done}
    renewed = session.connection().execute(
        update(BagOrder).where(*mine).values(lease_until=lease_end(settings), **told)
    )
    session.commit()
    return bool(renewed.rowcount)


def half_of(settings: Settings, order_id: int) -> Path:
    """The empty folder in which the bag of an order is written; what a killed process left there is gone."""
    half = settings.exports / f"{_HALF}{order_id}"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    return half


def put_in_place(session: Session, settings: Settings, order: BagOrder, count: int) -> BagOrder:
    """Gives the finished bag its place and ends the order, and commits.

    If somebody was erased while it was written, the bag is removed and the order fails.
    """
    half = settings.exports / f"{_HALF}{order.id}"
    ledger.lock(session)
    if _holds_erased(session, half):
        shutil.rmtree(half)
        return _end(session, order, "failed", reason="Somebody was erased meanwhile. Ask for it again.")
    name = folder_name(order.scope.get("batch") or str(scope_of(order)))
    target = settings.exports / name
    if target.exists():
        target = settings.exports / f"{name}-{order.id}"
    half.rename(target)
    order.documents = order.documents_done = count
    return _end(session, order, "done", folder=target.name)


def folder_name(text: str) -> str:
    """A harmless name for the folder of a bag."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:_LONGEST].strip(".-") or "bag"


def give_up(session: Session, order: BagOrder, reason: str) -> BagOrder:
    """Ends an order that cannot be carried out, and commits."""
    ledger.lock(session)
    return _end(session, order, "failed", reason=reason)


def take_up_orders(session: Session, settings: Settings) -> int:
    """Lets orders wait again whose process died or fell silent, and commits; tried in vain too often, they fail."""
    late = or_(col(BagOrder.lease_until).is_(None), col(BagOrder.lease_until) < now())
    rows = session.exec(select(BagOrder, late).where(BagOrder.state == "writing")).all()
    left = [order for order, is_late in rows if is_late or has_died(order.lease_owner or "")]
    for order in left:
        if order.attempt >= settings.max_attempts:
            _end(session, order, "failed", reason="It was tried too often; the Prefect runs say why.")
        else:
            order.state, order.lease_owner, order.lease_until = "asked", None, None
            session.add(order)
    session.commit()
    return len(left)


def bag_of(settings: Settings, order: BagOrder) -> Path | None:
    """Where the bag lies; None when it is not there, or not any more."""
    path = settings.exports / order.folder if order.folder else None
    return path if path is not None and path.is_dir() else None


def documents_in(session: Session, bag: Path) -> list[int]:
    """The ids of the documents that the bag holds."""
    names = sorted(path.name for path in bag.glob("data/documents/*"))
    parts = (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
    found = (session.exec(select(Document.id).where(col(Document.sha256).in_(part))) for part in parts)
    return [id for ids in found for id in ids if id is not None]


def remove_bags_with(settings: Settings, sha256: str) -> int:
    """Removes the bags under DATA/exports, finished or not, that hold this document; how many."""
    holding = [path.parents[2] for path in settings.exports.glob(f"*/data/documents/{sha256}")]
    for bag in holding:
        shutil.rmtree(bag, ignore_errors=True)
    return len(holding)


def _holds_erased(session: Session, bag: Path) -> bool:
    gone = select(Document.sha256).where(col(Document.gone).is_not(None))
    return any((bag / "data/documents" / sha256).exists() for sha256 in session.exec(gone))


def _end(
    session: Session, order: BagOrder, state: str, *, folder: str | None = None, reason: str | None = None
) -> BagOrder:
    order.state, order.folder, order.reason, order.finished_at = state, folder, reason, now()
    order.lease_owner = order.lease_until = None
    session.add(order)
    facts = {"documents": order.documents, "folder": folder} if state == "done" else {}
    ledger.record(session, f"audit:bag:{state}", order.id or 0, facts, who=_WHO)
    session.commit()
    return order


def lease_end(settings: Settings) -> dt.datetime:
    """Until when a lease that is taken now lasts."""
    return now() + dt.timedelta(seconds=settings.lease_s)
