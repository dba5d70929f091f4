"""The replay flow: a batch read again with the present designs. It shows what would change; a person lets it happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from prefect import flow
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Cancelled, Completed, Failed
from sqlalchemy import Engine
from sqlmodel import Session

from cases.database import engine_for, upgrade
from cases.models import Replay
from cases.replay.queue import Refused, ask_replay, counts, is_idle, take_up_replays, waiting_replays
from cases.settings import Settings
from flows.ordering import order_run
from flows.replaying import Replayer, Told, open_replayer
from flows.work import LeaseLostError

DEPLOYMENT = "replay/replay"
_BY_HAND = "prefect"
_present: ContextVar[tuple[Replayer, Told]] = ContextVar("replayer")


@flow(name="replay", flow_run_name="{batch_id} · replay", persist_result=False, cache_result_in_memory=False)
def replay(batch_id: str, replay_id: int | None = None) -> State:
    """Carries out what the replay waits for; without `replay_id`, a new one shows what would change.

    Nothing is changed before a supervisor has approved it at the desk or somebody said `replay --apply`.
    """
    settings = Settings()
    asked = _asked(settings, batch_id) if replay_id is None else replay_id
    if isinstance(asked, Refused):
        return Failed(message=f"{batch_id} cannot be replayed now: {asked.reason}.")
    present = _present.get(None)
    if present is not None:
        return _run(*present, batch_id, asked)
    with open_replayer(settings) as replayer:
        return _run(replayer, lambda done, of: None, batch_id, asked)


@contextmanager
def telling(replayer: Replayer, told: Told) -> Iterator[None]:
    """Flow runs inside this `with` use `replayer` and tell `told`, as a flow run's parameters may hold ids only."""
    token = _present.set((replayer, told))
    try:
        yield
    finally:
        _present.reset(token)


def _run(replayer: Replayer, told: Told, batch_id: str, replay_id: int) -> State:
    context = FlowRunContext.get()
    run = str(context.flow_run.id) if context is not None and context.flow_run is not None else None
    try:
        done = replayer.run(replay_id, _bar(batch_id, told), run)
    except LeaseLostError:
        return Cancelled(name="Lease lost", message="Another process took the replay up and goes on with it.")
    if not done:
        return Completed(name="Nothing to do", message="The replay waits for nothing, or another process has it.")
    return _reported(replayer, batch_id, replay_id)


def start_waiting(engine: Engine, settings: Settings, ordered: set[str]) -> None:
    """Has the deployment run whatever replay waits; `ordered` remembers what was ordered by this process."""
    with Session(engine.execution_options(reader=True)) as session:
        if is_idle(session):
            return
    with Session(engine) as session:
        take_up_replays(session, settings)
        waiting = waiting_replays(session)
    for replay_id, batch_id, attempt in waiting:
        key = f"replay-{replay_id}-{attempt}"
        if key not in ordered:
            order_run(DEPLOYMENT, {"batch_id": batch_id, "replay_id": replay_id}, key)
            ordered.add(key)


def _asked(settings: Settings, batch_id: str) -> int | Refused:
    upgrade(settings)
    engine = engine_for(settings)
    try:
        with Session(engine, expire_on_commit=False) as session:
            made = ask_replay(session, batch_id, _BY_HAND)
    finally:
        engine.dispose()
    return made if isinstance(made, Refused) else made.id or 0


def _bar(batch_id: str, told: Told) -> Told:
    bar = create_progress_artifact(0.0, description=f"Replay of {batch_id}: pages, then documents")

    def tell(done: int, total: int) -> None:
        told(done, total)
        if isinstance(bar, UUID):
            update_progress_artifact(bar, 100.0 * done / total)

    return tell


def _reported(replayer: Replayer, batch_id: str, replay_id: int) -> State:
    with Session(replayer.engine) as session:
        numbers, state = counts(session, replay_id), session.get_one(Replay, replay_id).state
    link = f"{replayer.settings.desk_address}/replays/{replay_id}"
    create_table_artifact(
        table=[{"what": name, "number": number} for name, number in numbers.items()],
        key="replay-summary",
        description=f"**{batch_id}** · replay {replay_id}, {state}\n\n[Open it in the desk]({link})",
    )
    return Completed(message=", ".join(f"{name}: {number}" for name, number in numbers.items()))
