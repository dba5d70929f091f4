"""Running the batch flow in this process."""

from __future__ import annotations

from flows.work import Workshop, using


def run_batch(workshop: Workshop, batch_id: str, attempt: int) -> bool:
    """Runs one batch as a flow run; False when the run itself failed (rejected documents are no failure)."""
    from prefect.context import SyncClientContext

    from flows.batch import batch

    with using(workshop), SyncClientContext.get_or_create():
        state = batch(batch_id, attempt, return_state=True)
        # a cancelled run has lost its lease to another process, which goes on with the batch
        return bool(state.is_completed() or state.is_cancelled())
