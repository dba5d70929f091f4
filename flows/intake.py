"""The intake flow: one look into the inbox, as a deployment for operators; `serve` looks twice a second by itself."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from cases.settings import Settings
from flows.batch import batch
from flows.work import Workshop
from flows.workshop import workshop_at_hand


@flow(name="intake", persist_result=False)
def intake() -> State:
    """Takes in what is ready in the inbox and runs the batches that wait."""
    with workshop_at_hand() as workshop:
        return _run(workshop)


def _run(workshop: Workshop) -> State:
    from flows.watching import take_ready

    taken = take_ready(workshop, Settings())
    waiting = workshop.steps.queued()
    for batch_id, attempt in waiting:
        batch(batch_id, attempt, return_state=True)
    return Completed(message=f"{taken} files taken in, {len(waiting)} batches run")
