"""The upkeep flow: what a process that died has left behind. Prefect itself resubmits nothing."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from sqlmodel import Session

from cases.clock import now
from cases.database import engine_for
from cases.privacy.retention import expire
from cases.sealing import seal_day
from cases.settings import Settings
from cases.stamping import stamp_last
from flows.batch import batch
from flows.silent import crash_silent_runs
from flows.work import Workshop
from flows.workshop import workshop_at_hand


@flow(name="upkeep", persist_result=False)
def upkeep() -> State:
    """Runs abandoned batches again, marks runs of dead processes Crashed, removes half-made copies, lets go
    what has passed its period, seals the day."""
    with workshop_at_hand() as workshop:
        abandoned = _run_abandoned(workshop)
    crashed = crash_silent_runs()
    swept = Settings().store.sweep_scratch()
    done = f"{abandoned} abandoned batches taken up, {crashed} dead runs closed, {swept} half-made copies removed"
    return Completed(message=f"{done}{_keep_house()}")


def _keep_house() -> str:
    settings = Settings()
    engine = engine_for(settings)
    try:
        with Session(engine, expire_on_commit=False) as session:
            gone = sum(expire(session, settings, now().date()).values())
            made = seal_day(session, settings)
            stamp_last(session, settings)
    finally:
        engine.dispose()
    return (f", {gone} expired" if gone else "") + (f", seal {made.number} made" if made else "")


def _run_abandoned(workshop: Workshop) -> int:
    abandoned = workshop.steps.abandoned()
    for batch_id, attempt in workshop.steps.queued(closing=False) if abandoned else []:
        batch(batch_id, attempt, return_state=True)
    return len(abandoned)
