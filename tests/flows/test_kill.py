"""Killed at any instruction and run again: the same cases, nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from sqlmodel import Session, select

from bench.kill import Content, content_of, faults_of, prepared, run
from cases.database import engine_for
from cases.models import Page
from cases.settings import Settings
from flows.pool import page_pool
from flows.reading import PageJob
from flows.server import Server, environment

ROOT = Path(__file__).parents[2]
FILES = [next((ROOT / "samples/scans/paper").glob(f"{number}-*")) for number in ("0001", "0008", "0014", "9002")]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Content, int]:
    data = prepared(tmp_path_factory.mktemp("calm"))
    _, steps = run(data, FILES)
    assert faults_of(Settings.for_data(data)) == []
    content = content_of(Settings.for_data(data))
    assert len(content.documents) == len(FILES)
    assert content.cases
    return content, steps


def test_a_run_killed_before_steps_that_last_and_run_again_gives_the_same_cases(
    undisturbed: tuple[Content, int], tmp_path: Path
) -> None:
    content, steps = undisturbed
    data = prepared(tmp_path)
    # while taking in, while reading, while deciding
    for part in (0.25, 0.6, 0.5):
        code, _ = run(data, FILES, die_before=round(steps * part))
        assert code == -signal.SIGKILL
    run(data, FILES)
    assert faults_of(Settings.for_data(data)) == []
    assert content_of(Settings.for_data(data)).differs_from(content) == []


@pytest.fixture
def worker(prefect_server: Server, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    env = environment(tmp_path, prefect_server.port) | {"PYTHONPATH": str(ROOT), "REPLYFLOW_CHUNK_PAGES": "1"}

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-m", "flows.worker"], env=env, cwd=ROOT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.mark.prefect
def test_a_killed_intake_worker_and_a_killed_page_process_lose_nothing(
    undisturbed: tuple[Content, int], worker: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    settings = Settings.for_data(prepared(tmp_path))
    paper = settings.inbox / "paper"
    paper.mkdir(parents=True)
    for file in FILES:
        (paper / file.name).write_bytes(file.read_bytes())

    def pages() -> int:
        engine = engine_for(settings)
        with Session(engine) as session:
            stored = len(session.exec(select(Page.id)).all())
        engine.dispose()
        return stored

    first = worker()
    wait_until(lambda: pages() >= 1)
    first.kill()
    first.wait()
    before = pages()
    assert before < len(FILES)
    second = worker()
    wait_until(lambda: readers(second.pid) != [])
    readers(second.pid)[0].kill()
    wait_until(lambda: faults_of(settings) == [] and list(paper.iterdir()) == [])
    assert content_of(settings).differs_from(undisturbed[0]) == []
    wait_until(lambda: batch_states()[-2:] == ["Crashed", "Completed with rejects"])


def batch_states() -> list[str]:
    """State names of the runs of batches, oldest first."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC)
    return [str(run.state_name) for run in runs if run.parameters.get("batch_id")]


def readers(pid: int) -> list[psutil.Process]:
    """The page processes of an intake worker: they are grandchildren, made by its fork server."""
    try:
        return [grand for child in psutil.Process(pid).children() for grand in child.children()]
    except psutil.NoSuchProcess:
        return []


def test_page_processes_end_with_the_process_they_work_for(tmp_path: Path) -> None:
    code = """
import os, sys, time
from pathlib import Path
from cases.settings import Settings
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from flows.pool import page_pool
from flows.reading import PageJob
with page_pool(1, Settings().templates) as pool:
    pool.count_each([PageJob(Path(sys.argv[1]), "x")])
    print(*pool._executor._processes, flush=True)
    time.sleep(600)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(FILES[0])], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert children
    assert all(psutil.pid_exists(pid) for pid in children)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in children), 20)


def test_a_page_that_its_file_does_not_give_is_not_waited_for() -> None:
    with page_pool(1, Settings().templates) as pool:
        (pages,) = pool.read_each([PageJob(FILES[0], "x", (1, 7))])
    assert [getattr(page, "code", None) for page in pages][-1] == "missing-page"


@pytest.mark.postgres
def test_two_processes_on_one_database_share_the_work_and_do_nothing_twice(
    undisturbed: tuple[Content, int], tmp_path: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLYFLOW_DATABASE_URL", postgres_database)
    monkeypatch.setenv("REPLYFLOW_BATCH_DOCUMENTS", "1")
    settings = Settings.for_data(prepared(tmp_path))
    command = [sys.executable, "-m", "commands.main", "--data", str(tmp_path), "run", "--no-prefect", *map(str, FILES)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() in (0, 1) for process in both] == [True, True]
    assert faults_of(settings) == []
    assert content_of(settings).differs_from(undisturbed[0]) == []
