"""The upkeep flow: batches whose process died are taken up again. Prefect itself resubmits nothing."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.batch import batch
from flows.work import Workshop, present_workshop, using
from flows.workshop import open_workshop


@flow(name="upkeep", persist_result=False)
def upkeep() -> State:
    """Queues abandoned batches again and runs what is queued."""
    workshop = present_workshop()
    if workshop is not None:
        return _run(workshop)
    with open_workshop() as own, using(own):
        return _run(own)


def _run(workshop: Workshop) -> State:
    abandoned = workshop.steps.abandoned()
    for batch_id, attempt in workshop.steps.queued() if abandoned else []:
        batch(batch_id, attempt, return_state=True)
    return Completed(message=f"{len(abandoned)} abandoned batches taken up")
