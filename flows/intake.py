"""The intake flow: one look into the inbox, as a deployment for operators; `serve` looks twice a second by itself."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from cases.settings import Settings
from flows.batch import batch
from flows.work import Workshop, present_workshop, using
from flows.workshop import open_workshop


@flow(name="intake", persist_result=False)
def intake() -> State:
    """Takes in what is ready in the inbox and runs the batches that wait."""
    workshop = present_workshop()
    if workshop is not None:
        return _run(workshop)
    with open_workshop() as own, using(own):
        return _run(own)


def _run(workshop: Workshop) -> State:
    from flows.watching import take_ready

    taken = take_ready(workshop, Settings())
    waiting = workshop.steps.queued()
    for batch_id, attempt in waiting:
        batch(batch_id, attempt, return_state=True)
    return Completed(message=f"{taken} files taken in, {len(waiting)} batches run")
