"""Running the flows in this process."""

from __future__ import annotations

from flows.replaying import Replayer, Told
from flows.work import Workshop, using


def run_batch(workshop: Workshop, batch_id: str, attempt: int) -> bool:
    """Runs one batch as a flow run; False when the run itself failed (rejected documents are no failure)."""
    from prefect.context import SyncClientContext

    from flows.batch import batch

    with using(workshop), SyncClientContext.get_or_create():
        state = batch(batch_id, attempt, return_state=True)
        # a cancelled run has lost its lease to another process, which goes on with the batch
        return bool(state.is_completed() or state.is_cancelled())


def run_replay(replayer: Replayer, batch_id: str, replay_id: int, told: Told, *, watched: bool) -> None:
    """Carries out what the replay waits for; as a flow run where a Prefect server watches."""
    if not watched:
        replayer.run(replay_id, told)
        return
    from prefect.context import SyncClientContext

    from flows.replay import replay, telling

    with telling(replayer, told), SyncClientContext.get_or_create():
        replay(batch_id, replay_id, return_state=True)
