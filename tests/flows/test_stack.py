"""The real stack: files dropped into the inbox become cases, and operators see batches without personal data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import update
from sqlmodel import Session, col, select

from bench.kill import SAMPLES
from bench.searching import people_in
from cases.audit.checking import verify_bag
from cases.audit.orders import ask_bag
from cases.audit.scope import Scope
from cases.database import engine_for
from cases.models import BagOrder, Batch, Campaign, Case, Response
from flows.deployments import deployments
from flows.silent import crash_silent_runs
from flows.stack import Stack
from matching.base import Subscriber

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.prefect
_LIMIT_S = 200


def wait_for(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + _LIMIT_S
    while not (result := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)
    return result


def batches(stack: Stack) -> list[Batch]:
    engine = engine_for(stack.settings)
    with Session(engine) as session:
        found = list(session.exec(select(Batch).order_by(col(Batch.id))))
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def dropped(stack: Stack) -> Batch:
    """The batch of three scans dropped together, one of them unreadable, when it is done."""
    paper = stack.settings.inbox / "paper"
    paper.mkdir(parents=True, exist_ok=True)
    for number in ("0001", "0014", "9002"):
        scan = next((SAMPLES / "scans/paper").glob(f"{number}-*"))
        shutil.copyfile(scan, paper / f"{scan.name}.part")
        (paper / f"{scan.name}.part").rename(paper / scan.name)
    done = wait_for(lambda: [batch for batch in batches(stack) if batch.state == "done"])
    assert len(done) == 1, "what arrives together is one batch"
    return done[0]


def flow_runs(like: str) -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_run_filter=FlowRunFilter(name=FlowRunFilterName(like_=like)))


def the_run(batch: Batch) -> FlowRun:
    def final() -> FlowRun | None:
        own = (run for run in flow_runs(batch.id) if run.created and run.created >= batch.created_at)
        return next((run for run in own if run.state and run.state.is_final()), None)

    run: FlowRun = wait_for(final)
    return run


def test_dropped_scans_open_cases_and_a_rejected_one_lies_beside_its_reason(stack: Stack, dropped: Batch) -> None:
    assert (dropped.documents, dropped.source) == (3, "paper")
    with Session(engine_for(stack.settings)) as session:
        assert session.exec(select(Case)).all()
    (note,) = stack.settings.rejected.glob("*9002-text.pdf.txt")
    assert "neither a PDF nor a picture" in note.read_text()
    assert list((stack.settings.inbox / "paper").iterdir()) == []


def test_operators_tell_rejects_source_channel_and_campaign_from_the_list_of_runs(stack: Stack, dropped: Batch) -> None:
    run = the_run(dropped)
    assert run.name == f"{dropped.id} · paper"
    assert run.state_name == "Completed with rejects"
    with Session(engine_for(stack.settings)) as session:
        codes = set(session.exec(select(Campaign.code)))
    assert "channel:paper" in run.tags
    assert {tag.removeprefix("campaign:") for tag in run.tags if tag.startswith("campaign:")} & codes


def test_a_batch_leaves_a_summary_that_leads_to_the_desk_and_its_progress(stack: Stack, dropped: Batch) -> None:
    with get_client(sync_client=True) as client:
        of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[the_run(dropped).id]))
        artifacts = {artifact.type: artifact for artifact in client.read_artifacts(artifact_filter=of_run)}
    assert f"{stack.desk_url}/batches/{dropped.id}" in (artifacts["table"].description or "")
    numbers = {row["what"]: row["number"] for row in json.loads(str(artifacts["table"].data))}
    assert (numbers["documents"], numbers["rejected"]) == (3, 1)
    assert float(str(artifacts["progress"].data)) == 100


def test_nothing_personal_reaches_prefect_or_a_log(stack: Stack, dropped: Batch) -> None:
    the_run(dropped)
    home = stack.settings.data / "prefect"
    files = [*home.glob("prefect.db*"), *home.glob("*.log"), *(stack.settings.data / "run").glob("*.log")]
    kept = b"".join(file.read_bytes() for file in files)
    assert dropped.id.encode() in kept, "the search sees what is there"
    people = senders(stack)
    secrets = {f"{one.first_name} {one.last_name}" for one in people}
    secrets |= {f"{one.street} {one.house_number}" for one in people}
    secrets |= {str(value) for one in people for value in (one.customer_number, one.phone, one.email, one.birth_date)}
    assert len(secrets) > 5
    assert [secret for secret in secrets - {"None", ""} if secret.encode() in kept] == []
    with Session(engine_for(stack.settings)) as session:
        everybody = session.exec(select(Subscriber)).all()
        found = people_in(kept.decode("utf-8", "replace"), everybody)
    assert (len(everybody), {kind: hits for kind, hits in found.items() if hits}) == (2000, {})


def senders(stack: Stack) -> list[Subscriber]:
    """Whoever the machine has thought of as a sender of the dropped forms."""
    with Session(engine_for(stack.settings)) as session:
        responses = session.exec(select(Response)).all()
        ids = {str(one["subscriber_id"]) for response in responses for one in response.candidates}
        return list(session.exec(select(Subscriber).where(col(Subscriber.id).in_(ids))))


def replyflow(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "commands.main", "--data", str(data), *arguments]
    merged = os.environ | {"PYTHONPATH": str(ROOT), "OMP_THREAD_LIMIT": "1"}
    return subprocess.run(command, cwd=ROOT, env=merged, capture_output=True, text=True, check=False)


def test_run_uses_the_server_of_the_stack_and_opens_nothing_twice(stack: Stack, dropped: Batch) -> None:
    scan = next((SAMPLES / "scans/paper").glob("0001-*"))
    new = next((SAMPLES / "scans/paper").glob("9004-*"))
    again = replyflow(stack.settings.data, "run", str(scan), str(new), "--json")
    result = json.loads(again.stdout)
    assert (again.returncode, result["summary"]["cases"], result["duplicates"]) == (1, 0, [scan.name])
    assert result["documents"][0]["state"] == "rejected"


def trigger(name: str, **parameters: str) -> UUID:
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{name}/{name}")
        return client.create_flow_run_from_deployment(deployment.id, parameters=parameters).id


def outcome(run_id: UUID) -> FlowRun:
    def final() -> FlowRun | None:
        with get_client(sync_client=True) as client:
            run = client.read_flow_run(run_id)
        return run if run.state and run.state.is_final() else None

    run: FlowRun = wait_for(final)
    return run


def test_every_deployment_runs_and_a_batch_given_up_is_tried_again(stack: Stack, dropped: Batch) -> None:
    engine = engine_for(stack.settings)
    with Session(engine) as session:
        session.connection().execute(update(Batch).where(col(Batch.id) == dropped.id).values(state="failed"))
        session.commit()
    engine.dispose()
    runs = {name: trigger(name) for name in ("intake", "upkeep")}
    runs["export"] = trigger("export", batch_id=dropped.id)
    runs["batch"] = trigger("batch", batch_id=dropped.id)
    states = {name: outcome(run).state_name for name, run in runs.items()}
    assert states == {
        "intake": "Completed", "upkeep": "Completed", "export": "Completed", "batch": "Completed with rejects"
    }  # fmt: skip
    assert next(batch.state for batch in batches(stack) if batch.id == dropped.id) == "done"
    assert (stack.settings.data / "exports" / dropped.id).is_dir()
    assert replyflow(stack.settings.data, "verify", str(stack.settings.data / "exports" / dropped.id)).returncode == 0


def test_a_bag_that_was_asked_for_at_the_desk_is_written_by_a_run_of_its_deployment(
    stack: Stack, dropped: Batch
) -> None:
    engine = engine_for(stack.settings)

    def order() -> BagOrder | None:
        with Session(engine) as session:
            return session.exec(select(BagOrder).where(BagOrder.id == number, BagOrder.state == "done")).first()

    with Session(engine) as session:
        number = ask_bag(session, Scope(batch=dropped.id), "eva").id
    made = wait_for(order)
    assert made.documents_done == made.documents == 3
    assert verify_bag(stack.settings.exports / made.folder) == []
    engine.dispose()


def test_a_run_whose_process_was_killed_does_not_stay_running(stack: Stack) -> None:
    code = """
import os, signal, time
from prefect import flow
@flow(name="dies")
def dies():
    time.sleep(3)
    os.kill(os.getpid(), signal.SIGKILL)
@flow(name="lives")
def lives():
    time.sleep(30)
dies() if os.environ["WHAT"] == "dies" else lives()
"""
    started = {
        what: subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"WHAT": what}, stderr=subprocess.DEVNULL)
        for what in ("dies", "lives")
    }
    started["dies"].wait()
    dead, alive = (next(run for run in flow_runs("") if run_name(run) == what) for what in ("dies", "lives"))
    time.sleep(4)
    crash_silent_runs(silent_s=3)
    started["lives"].kill()
    started["lives"].wait()
    assert outcome(dead.id).state_name == "Crashed"
    assert alive.state_name == "Running"


def run_name(run: FlowRun) -> str:
    with get_client(sync_client=True) as client:
        return client.read_flow(run.flow_id).name


def test_the_pinned_prefect_server_can_be_imported() -> None:
    import prefect.server.api.server as server

    assert server.create_app


def test_deployments_are_served_by_module_path() -> None:
    places = {deployment.name: deployment.entrypoint for deployment in deployments()}
    assert places == {name: f"flows.{name}.{name}" for name in ("intake", "batch", "export", "upkeep", "replay")}


def test_a_server_answers_and_serves_its_interface(stack: Stack) -> None:
    assert httpx.get(f"{stack.server.api_url}/health").json() is True
    assert "text/html" in httpx.get(stack.server.ui_url).headers["content-type"]
