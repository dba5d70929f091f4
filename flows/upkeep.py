"""The upkeep flow: batches whose process died are taken up again. Prefect itself resubmits nothing."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.batch import batch
from flows.work import Workshop
from flows.workshop import workshop_at_hand


@flow(name="upkeep", persist_result=False)
def upkeep() -> State:
    """Queues abandoned batches again and runs what is queued."""
    with workshop_at_hand() as workshop:
        return _run(workshop)


def _run(workshop: Workshop) -> State:
    abandoned = workshop.steps.abandoned()
    for batch_id, attempt in workshop.steps.queued() if abandoned else []:
        batch(batch_id, attempt, return_state=True)
    return Completed(message=f"{len(abandoned)} abandoned batches taken up")
