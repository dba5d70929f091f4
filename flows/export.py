"""The export flow: an audit bag under DATA/exports, of an order from the desk or of what its parameters name."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from prefect import flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy import Engine
from sqlmodel import Session

from cases.audit.exporting import export_bag
from cases.audit.orders import (
    ask_bag,
    claim_order,
    give_up,
    half_of,
    is_idle,
    lease_end,
    put_in_place,
    renew_order,
    scope_of,
    take_up_orders,
    waiting_orders,
)
from cases.audit.scope import Scope, UnknownScopeError
from cases.database import engine_for, upgrade
from cases.models import BagOrder
from cases.owner import owner_here
from cases.settings import Settings
from cases.signing import SigningError
from flows.lease import kept_fresh
from flows.ordering import order_run

DEPLOYMENT = "export/export"
_TOLD_EVERY = 160
_BEATS = 3  # renewals within one lease
_BY_HAND = "prefect"


@flow(name="export", persist_result=False, cache_result_in_memory=False)
def export(  # as an operator fills it in
    batch_id: str | None = None,
    date: dt.date | None = None,
    campaign: str | None = None,
    partner: str | None = None,
    channel: str | None = None,
    statement: int | None = None,
    order_id: int | None = None,
) -> State:
    """Writes the bag of a batch; of a day, campaign, partner or channel; of a settlement; or of an order."""
    settings = Settings()
    upgrade(settings)
    engine = engine_for(settings)
    try:
        owner = owner_here()
        with Session(engine, expire_on_commit=False) as session:
            if order_id is not None:
                order = claim_order(session, settings, order_id, owner)
            elif str(scope := Scope(batch_id, date, campaign, partner, channel, statement)):
                order = ask_bag(session, scope, _BY_HAND, owner=owner, until=lease_end(settings))
            else:
                return Failed(message="Name a batch, a date, a campaign, a partner, a channel or a statement.")
        return _carry_out(engine, settings, order, owner)
    except UnknownScopeError as error:
        return Failed(message=str(error.args[0]))
    finally:
        engine.dispose()


def start_waiting_orders(engine: Engine, settings: Settings, ordered: set[str]) -> None:
    """Has the deployment write whatever bag waits; `ordered` remembers what was ordered by this process."""
    with Session(engine.execution_options(reader=True)) as session:
        if is_idle(session):
            return
    with Session(engine) as session:
        take_up_orders(session, settings)
        waiting = waiting_orders(session)
    for order_id, attempt in waiting:
        key = f"export-{order_id}-{attempt}"
        if key not in ordered:
            order_run(DEPLOYMENT, {"order_id": order_id}, key)
            ordered.add(key)


def _carry_out(engine: Engine, settings: Settings, order: BagOrder | None, owner: str) -> State:
    if order is None:
        return Completed(name="Nothing to do", message="The order waits for nothing, or another process has it.")
    order_id = order.id or 0

    def renew(done: int | None = None) -> bool:
        with Session(engine) as session:
            return renew_order(session, settings, order_id, owner, done)

    bar = create_progress_artifact(0.0, description=f"audit bag {order_id}")

    def told(done: int, of: int) -> None:
        if done % _TOLD_EVERY == 0 or done == of:
            renew(done)
            if isinstance(bar, UUID):
                update_progress_artifact(bar, 100.0 * done / of)

    with kept_fresh(renew, settings.lease_s / _BEATS):
        made = _written(engine, settings, order, told)
    if made.state == "failed":
        return Failed(message=made.reason)
    return Completed(message=f"{made.documents} documents exported to exports/{made.folder}")


def _written(engine: Engine, settings: Settings, order: BagOrder, told: object) -> BagOrder:
    try:
        count = export_bag(settings, scope_of(order), half_of(settings, order.id or 0), told)  # type: ignore[arg-type]
    except (UnknownScopeError, SigningError) as error:
        with Session(engine, expire_on_commit=False) as session:
            return give_up(session, session.get_one(BagOrder, order.id), str(error.args[0]))
    with Session(engine, expire_on_commit=False) as session:
        return put_in_place(session, settings, session.get_one(BagOrder, order.id), count)
