"""A private Prefect server with its UI, its database in the data folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
_START_S = 300.0  # a laden machine takes minutes; a server that has died is told at once
_STOP_S = 15.0
_HAND_OVER_S = 5.0


class ServerError(Exception):
    """The Prefect server did not start; the text says where its log is."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running Prefect server: its process, its log, the port of API and UI."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def ui_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.ui_url}/api"


def free_port(wished: int | None = None) -> int:
    """`wished` if nobody listens there, else any free TCP port of this machine."""
    for port in (wished or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError("This machine has no free TCP port.")


def environment(data: Path, port: int) -> dict[str, str]:
    """The environment of everything that talks to the server on `port`. Nothing calls home."""
    home = data.resolve() / "prefect"
    return {
        **os.environ,
        "REPLYFLOW_DATA": str(data.resolve()),
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_UI_URL": f"http://{HOST}:{port}",
        "PREFECT_SERVER_API_HOST": HOST,
        # not --port: with the option, the UI would go on calling port 4200
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
    }


def ending_with_us(command: list[str]) -> list[str]:
    """`command`, which the system ends when this process dies, even by SIGKILL; as it was where setpriv is missing."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *command] if setpriv else command


def start_server(data: Path, port: int) -> Server:
    """Starts the server and waits until it answers. Raises ServerError with the place of its log."""
    env = environment(data, port)
    Path(env["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    log = Path(env["PREFECT_HOME"]) / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            ending_with_us([sys.executable, "-m", "prefect", "server", "start"]),
            env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    server = Server(process, log, port)
    try:
        _wait_until_healthy(server)
    except BaseException:
        stop_server(server)
        raise
    return server


def stop_server(server: Server) -> None:
    """Ends the server and all its children."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.process.pid, sign)
            server.process.wait(_STOP_S)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


@contextmanager
def running_server(data: Path, port: int) -> Iterator[Server]:
    """A server for the duration of a `with`, this process' environment pointing to it."""
    server = start_server(data, port)
    os.environ.update(environment(data, port))
    try:
        yield server
    finally:
        hand_over_logs()
        stop_server(server)


def hand_over_logs() -> None:
    """Waits until the server has this process' logs and events (at most 5 s each).

    Prefect would do it when the interpreter ends, and try for over a minute to reach a server that is gone.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()
    EventsWorker.drain_all(timeout=_HAND_OVER_S)


def is_healthy(api_url: str) -> bool:
    """Whether a Prefect server answers at `api_url`."""
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _wait_until_healthy(server: Server) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if is_healthy(server.api_url):
            return
        if server.process.poll() is not None:
            raise ServerError(f"The Prefect server ended at once; {server.log} says why.")
        time.sleep(0.2)
    raise ServerError(f"The Prefect server did not answer within {_START_S:.0f} s; {server.log} says why.")
