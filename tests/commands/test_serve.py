"""`serve` and `demo`: one stack a data folder, every dropped file accounted for, nothing left when they end."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import COMMAND, SAMPLES, Running, processes_on, replyflow, started, wait_until

pytestmark = pytest.mark.prefect
FORM = SAMPLES / "scans/paper/0001-retention-offer.pdf"
SCANS = {"paper/0001.pdf": FORM, "paper/again.pdf": FORM, "paper/9001.pdf": SAMPLES / "scans/paper/9001-empty.pdf"}


@pytest.fixture(scope="module")
def demo_command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """`demo` with three scans instead of its many samples: two of the same bytes, and an empty file."""
    samples = tmp_path_factory.mktemp("samples")
    for name, scan in SCANS.items():
        (samples / "scans" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(scan, samples / "scans" / name)
    for name in ("subscribers.csv", "campaigns.yaml"):
        shutil.copy(SAMPLES / name, samples)
    few = (
        f"import pathlib, commands.demo as d, commands.main as m; d.SAMPLES = pathlib.Path({str(samples)!r}); m.main()"
    )
    return [sys.executable, "-c", few]


def figures(said: str) -> dict[str, float]:
    return {name: float(number) for name, number in re.findall(r"│ (\w+)\s+│ ([\d.]+)\s+│", said)}


@pytest.fixture(scope="module")
def shown(demo_command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A demo that has shown its table and goes on serving, while its first two ports are taken by others."""
    data = tmp_path_factory.mktemp("demo")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = (one.getsockname()[1], other.getsockname()[1])
        with started(data, [*demo_command, "--data", str(data), "demo"], ports) as running:
            wait_until(lambda: "Ctrl-C stops everything" in running.said or running.process.poll() is not None)
            yield running


def test_the_demo_accounts_for_every_dropped_file(shown: Running) -> None:
    numbers = figures(shown.said)
    assert numbers["dropped"] == len(SCANS)
    assert (numbers["documents"], numbers["duplicates"], numbers["refused"]) == (2, 1, 0)
    assert (numbers["responses"], numbers["rejected"], numbers["cases"]) == (1, 1, 1)
    assert "rejected: 9001.pdf: The file is empty" in shown.said


def test_busy_ports_are_said_and_others_serve_instead(shown: Running) -> None:
    for port in (shown.prefect, shown.desk):
        assert f"Port {port.rsplit(':', 1)[1]} is taken" in shown.said
    prefect, desk = re.findall(r"(?:Prefect UI|Desk) +(http://\S+)", shown.said)
    assert httpx.get(f"{prefect}/api/health").json() is True
    assert httpx.get(f"{desk}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_second_stack_on_the_same_data_is_refused(shown: Running, command: str) -> None:
    second = replyflow(shown.data, command)
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert shown.process.poll() is None


def test_ctrl_c_ends_the_demo_with_all_its_processes(shown: Running) -> None:
    assert len(processes_on(shown.data)) > 4
    shown.signal(signal.SIGINT)
    assert shown.process.wait(30) == 0
    assert processes_on(shown.data) == []
    assert "Traceback" not in shown.said


def test_a_demo_repeated_on_its_folder_counts_duplicates_and_says_so(shown: Running, demo_command: list[str]) -> None:
    with started(shown.data, [*demo_command, "--data", str(shown.data), "demo", "--exit"]) as again:
        assert again.process.wait(120) == 0
        numbers = figures(again.said)
        assert "has had every sample before" in again.said
    assert (numbers["dropped"], numbers["documents"], numbers["duplicates"], numbers["refused"]) == (3, 0, 3, 0)
    assert numbers["cases"] == 0
    assert processes_on(shown.data) == []


def test_the_demo_refuses_a_folder_with_other_subscribers(tmp_path: Path) -> None:
    base = tmp_path / "customers.csv"
    base.write_text("id,name\nREAL-1,Somebody Real\n")
    assert replyflow(tmp_path / "data", "subscribers", "import", base).returncode == 0
    refused = replyflow(tmp_path / "data", "demo", "--exit")
    assert refused.returncode == 2
    assert "your own subscribers" in refused.stderr


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stack_stopped_while_it_starts_leaves_nothing(tmp_path: Path, sign: signal.Signals) -> None:
    with started(tmp_path, [*COMMAND, "--data", str(tmp_path), "serve"]) as running:
        wait_until(lambda: len(processes_on(tmp_path)) > 1)
        running.signal(sign)
        assert running.process.wait(30) == 0
        assert processes_on(tmp_path) == []
        assert "Traceback" not in running.said
