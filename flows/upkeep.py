"""The upkeep flow: what a process that died has left behind. Prefect itself resubmits nothing."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from cases.settings import Settings
from flows.batch import batch
from flows.silent import crash_silent_runs
from flows.work import Workshop
from flows.workshop import workshop_at_hand


@flow(name="upkeep", persist_result=False)
def upkeep() -> State:
    """Runs abandoned batches again, marks runs of dead processes Crashed, removes half-made copies."""
    with workshop_at_hand() as workshop:
        abandoned = _run_abandoned(workshop)
    crashed = crash_silent_runs()
    swept = Settings().store.sweep_scratch()
    return Completed(
        message=f"{abandoned} abandoned batches taken up, {crashed} dead runs closed, {swept} half-made copies removed"
    )


def _run_abandoned(workshop: Workshop) -> int:
    abandoned = workshop.steps.abandoned()
    for batch_id, attempt in workshop.steps.queued(closing=False) if abandoned else []:
        batch(batch_id, attempt, return_state=True)
    return len(abandoned)
