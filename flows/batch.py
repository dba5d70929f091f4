"""The batch flow: what operators watch in the Prefect UI. It passes ids and numbers, never what people wrote."""

from __future__ import annotations

import time
from typing import TypeVar

from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Cancelled, Completed, Failed

from flows.silent import crash_earlier_runs
from flows.work import (
    Chunk,
    LeaseLostError,
    Plan,
    Summary,
    UndecidedError,
    Workshop,
    chunks_of,
    present_workshop,
    read_chunk,
)
from flows.workshop import open_workshop

T = TypeVar("T")
_LONG = 2  # chunks from which a progress bar is worth its 20 ms
REJECTS = "Completed with rejects"


@flow(
    name="batch",
    flow_run_name="{batch_id}",
    persist_result=False,
    cache_result_in_memory=False,
    validate_parameters=True,
)
def batch(batch_id: str, attempt: int = 1) -> State:
    """Reads, decides and closes one batch. A rejected document is an outcome; Failed means a failed run.

    `attempt` tells the runs of one batch apart. A batch that was given up is tried again by running this with its id.
    """
    workshop = present_workshop()
    if workshop is not None:
        return _run(workshop, batch_id, attempt)
    with open_workshop() as own:
        return _run(own, batch_id, attempt)


@task(name="read pages", cache_policy=NO_CACHE, persist_result=False, task_run_name="pages {first}-{last}")
def read_pages(batch_id: str, first: int, last: int, order: ChunkOrder) -> int | LeaseLostError:
    try:
        return read_chunk(order.workshop, batch_id, order.chunk)
    except LeaseLostError as lost:
        return lost


@task(name="decide", cache_policy=NO_CACHE, persist_result=False, task_run_name="decide")
def decide(batch_id: str, order: ChunkOrder) -> tuple[str, ...] | LeaseLostError:
    try:
        return order.workshop.steps.decide(batch_id)
    except LeaseLostError as lost:
        return lost


class ChunkOrder:
    """Hides workshop and chunk from Prefect, which would walk through (and show) any value it understands."""

    def __init__(self, workshop: Workshop, chunk: Chunk = ()) -> None:
        self.workshop, self.chunk = workshop, chunk

    def __repr__(self) -> str:
        return f"ChunkOrder({len(self.chunk)} documents)"


def _run(workshop: Workshop, batch_id: str, attempt: int) -> State:
    started = time.monotonic()
    try:
        context = FlowRunContext.get()
        run = context.flow_run if context is not None else None
        with workshop.steps.claimed(batch_id, str(run.id) if run else None) as plan:
            if plan is None:
                return Completed(name="Nothing to do", message="The batch is done, or another process has it.")
            if attempt > 1 and run is not None:
                crash_earlier_runs(batch_id, run.id)
            return _work(workshop, plan, started)
    except LeaseLostError:
        return Cancelled(name="Lease lost", message="Another process took the batch up and goes on with it.")
    except UndecidedError as error:
        return Failed(message=str(error))


def _work(workshop: Workshop, plan: Plan, started: float) -> State:
    _label(plan, [f"channel:{plan.channel}"])
    _read(workshop, plan)
    campaigns = _unless_lost(decide(plan.batch_id, ChunkOrder(workshop)))
    _label(plan, [f"channel:{plan.channel}", *(f"campaign:{code}" for code in campaigns)])
    summary = workshop.steps.finish(plan.batch_id, started)
    _report(workshop, plan, summary)
    message = f"documents: {summary.documents}, rejected: {summary.rejected}, for a person: {summary.review}"
    return Completed(name=REJECTS if summary.rejected else "Completed", message=message)


def _unless_lost(outcome: T | LeaseLostError) -> T:
    # a task that raised would leave a stack trace with the operators, for what is no error
    if isinstance(outcome, LeaseLostError):
        raise outcome
    return outcome


def _read(workshop: Workshop, plan: Plan) -> None:
    chunks = chunks_of(plan.documents, workshop.chunk_pages)
    total = sum(len(document.pages) for document in plan.documents)
    bar = create_progress_artifact(0.0, description=f"{total} pages") if len(chunks) >= _LONG else None
    done = 0
    for chunk in chunks:
        size = sum(len(part.pages) for part in chunk)
        done += _unless_lost(read_pages(plan.batch_id, done + 1, done + size, ChunkOrder(workshop, chunk)))
        workshop.told(done, total)
        if bar is not None:
            update_progress_artifact(bar, 100.0 * done / total)  # type: ignore[arg-type]


def _label(plan: Plan, tags: list[str]) -> None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    with get_client(sync_client=True) as client:
        client.update_flow_run(
            context.flow_run.id,
            name=f"{plan.batch_id} · {plan.source}",
            tags=sorted({*context.flow_run.tags, *tags}),
        )


def _report(workshop: Workshop, plan: Plan, summary: Summary) -> None:
    link = f"[Open it in the desk]({workshop.desk_url}/batches/{plan.batch_id})" if workshop.desk_url else None
    create_table_artifact(
        table=[{"what": name, "number": number} for name, number in summary.as_json().items()],
        key="batch-summary",
        description=f"**{plan.batch_id}** · {plan.source}\n\n{link or ''}",
    )
