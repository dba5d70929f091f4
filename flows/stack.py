"""The embedded stack: Prefect server, deployments, intake and desk as one family of processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cases.database import upgrade
from cases.settings import Settings
from flows.server import (
    HOST,
    Server,
    ServerError,
    ending_with_us,
    environment,
    free_port,
    is_healthy,
    start_server,
    stop_server,
)

_CHECK_S = 1.0
_STOP_S = 10.0  # a batch in work is ended here and taken up at the next start


@dataclass
class Child:
    """One process of the stack; started again when it dies."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None


@dataclass
class Stack:
    """A running stack: its server, its children, its addresses."""

    settings: Settings
    server: Server
    desk_port: int
    children: list[Child] = field(default_factory=list)

    @property
    def desk_url(self) -> str:
        return f"http://{HOST}:{self.desk_port}"


@contextmanager
def running_stack(settings: Settings) -> Iterator[Stack]:
    """The stack for the duration of a `with`; dead children are restarted. Raises ServerError."""
    upgrade(settings)
    desk_port = free_port(settings.desk_port)
    server = start_server(settings.data, free_port(settings.prefect_port))
    stack = Stack(settings, server, desk_port)
    halt = threading.Event()
    watcher = threading.Thread(target=_keep_alive, args=(stack, halt), daemon=True)
    try:
        _start_children(stack)
        _write_addresses(stack)
        watcher.start()
        yield stack
    finally:
        halt.set()
        if watcher.is_alive():
            watcher.join()
        _stop(stack.children)
        stop_server(stack.server)
        _addresses(settings.data).unlink(missing_ok=True)


def alive_api(data: Path) -> str | None:
    """The address of the Prefect API of the stack that runs on `data`, if one does."""
    try:
        url = str(json.loads(_addresses(data).read_text())["prefect_api"])
    except (OSError, ValueError, KeyError):
        return None
    return url if is_healthy(url) else None


def _start_children(stack: Stack) -> None:
    logs = stack.settings.data / "run"
    logs.mkdir(parents=True, exist_ok=True)
    python = sys.executable
    desk = ["-m", "uvicorn", "--factory", "desk.app:from_environment", "--host", HOST]
    commands = {
        "intake": [python, "-m", "flows.worker"],
        "deployments": [python, "-m", "flows.deployments"],
        "desk": [python, *desk, "--port", str(stack.desk_port), "--no-access-log"],
    }
    for name, command in commands.items():
        child = Child(name, command, logs / f"{name}.log")
        stack.children.append(child)
        _start(child, stack)


def _start(child: Child, stack: Stack) -> None:
    env = environment(stack.settings.data, stack.server.port) | {
        "REPLYFLOW_DESK_PORT": str(stack.desk_port),
        "REPLYFLOW_PREFECT_PORT": str(stack.server.port),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
    }
    with child.log.open("ab") as log:
        child.process = subprocess.Popen(
            ending_with_us(child.command), env=env, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def _keep_alive(stack: Stack, halt: threading.Event) -> None:
    while not halt.wait(_CHECK_S):
        for child in stack.children:
            if child.process is not None and child.process.poll() is not None:
                _start(child, stack)
        if stack.server.process.poll() is not None:
            # one that does not start is tried again; its log says why
            with suppress(ServerError):
                stack.server = start_server(stack.settings.data, stack.server.port)


def _stop(children: list[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        _signal(process, signal.SIGTERM)
    end = time.monotonic() + _STOP_S
    for process in running:
        try:
            process.wait(max(end - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            continue
        finally:
            # what its children have left behind goes too
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)


def _addresses(data: Path) -> Path:
    return data / "run" / "stack.json"


def _write_addresses(stack: Stack) -> None:
    addresses = {"prefect_ui": stack.server.ui_url, "prefect_api": stack.server.api_url, "desk": stack.desk_url}
    _addresses(stack.settings.data).write_text(json.dumps(addresses | {"pid": os.getpid()}, indent=2))
