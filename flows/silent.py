"""Flow runs whose process is gone. Prefect would show them as Running for ever, so they are marked Crashed here."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.states import Crashed

SILENT_S = 180.0  # a living run is heard every 30 s, see PREFECT_FLOWS_HEARTBEAT_FREQUENCY in flows.server


def crash_silent_runs(silent_s: float = SILENT_S) -> int:
    """Marks runs Crashed that have not been heard for `silent_s` seconds; how many."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=silent_s)
    began = FlowRunFilter(state=_in_work(), start_time=FlowRunFilterStartTime(before_=moment))
    with get_client(sync_client=True) as client:
        silent = [run for run in client.read_flow_runs(flow_run_filter=began) if not _is_heard(client, run.id, moment)]
        for run in silent:
            _crash(client, run, f"Its process has not been heard for {silent_s:.0f} s.")
    return len(silent)


def crash_earlier_runs(batch_id: str, own: UUID) -> None:
    """Marks other unfinished runs of this batch Crashed: who holds its lease knows that they are over."""
    same = FlowRunFilter(state=_in_work(), name=FlowRunFilterName(like_=batch_id))
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=same):
            if run.id != own and run.parameters.get("batch_id") == batch_id:
                _crash(client, run, "Its process ended; a later run has taken the batch up.")


def _in_work() -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))


def _is_heard(client: SyncPrefectClient, run_id: UUID, since: dt.datetime) -> bool:
    beats = EventFilter(
        occurred=EventOccurredFilter(since=since),
        event=EventNameFilter(name=["prefect.flow-run.heartbeat"]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run_id}"]),
    )
    return bool(client.read_events(filter=beats, limit=1).events)


def _crash(client: SyncPrefectClient, run: FlowRun, message: str) -> None:
    # force: to Prefect a run of a process may only be ended by that process
    client.set_flow_run_state(run.id, Crashed(message=message), force=True)
