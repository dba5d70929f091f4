"""The real command line and the real stack, as another process, for tests of what a person sees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from flows.server import free_port

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
COMMAND = (sys.executable, "-m", "commands.main")


def environment(**more: str) -> dict[str, str]:
    """This environment, the checkout importable, without what a session's Prefect server may have set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "REPLYFLOW_"))}
    # which readings are sampled hangs on chance; a test that wants samples asks for them
    fixed = {"OMP_THREAD_LIMIT": "1", "COLUMNS": "120", "REPLYFLOW_SAMPLE_SHARE": "0"}
    return {**kept, "PYTHONPATH": str(ROOT), **fixed, **more}


def replyflow(data: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end."""
    command = [*COMMAND, "--data", str(data), *map(str, arguments)]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, check=False, timeout=240)


def load_base(data: Path) -> None:
    for what, file in (("subscribers", "subscribers.csv"), ("campaigns", "campaigns.yaml")):
        assert replyflow(data, what, "import", SAMPLES / file).returncode == 0


def wait_until(true: Callable[[], object], limit_s: float = 120.0) -> None:
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, f"not within {limit_s:.0f} s"
        time.sleep(0.2)


def processes_on(data: Path) -> list[psutil.Process]:
    """Every process that was started for this data folder, wherever its parent is now."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("REPLYFLOW_DATA") == str(data) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


class Running:
    """A command that serves; `said` is what it has printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], data: Path, log: Path, ports: tuple[int, int]) -> None:
        self.process, self.data, self._log = process, data, log
        self.prefect, self.desk = (f"http://127.0.0.1:{port}" for port in ports)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def signal(self, sign: int) -> None:
        """As a terminal does it: to the whole foreground group."""
        os.killpg(self.process.pid, sign)


@contextmanager
def started(data: Path, command: list[str], ports: tuple[int, int] | None = None) -> Iterator[Running]:
    """`command` in its own process group on two free ports; killed with all its children at the end."""
    ports = ports or (free_port(), free_port())
    data.mkdir(parents=True, exist_ok=True)
    log = data / "said.log"
    env = environment(REPLYFLOW_PREFECT_PORT=str(ports[0]), REPLYFLOW_DESK_PORT=str(ports[1]), REPLYFLOW_DATA=str(data))
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out, start_new_session=True)
    try:
        yield Running(process, data, log, ports)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            for left in processes_on(data):
                left.kill()


@contextmanager
def serving(data: Path) -> Iterator[Running]:
    """`serve` on `data`, from when it says so."""
    with started(data, [*COMMAND, "--data", str(data), "serve"]) as running:
        wait_until(lambda: "Ctrl-C stops everything" in running.said or running.process.poll() is not None)
        assert running.process.poll() is None, running.said
        wait_until(lambda: _answers(f"{running.desk}/healthz"))
        yield running


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
