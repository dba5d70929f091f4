"""`serve`: the embedded stack until Ctrl-C."""

from __future__ import annotations

import signal
import threading

import typer
from rich.console import Console


def serve_command(ctx: typer.Context) -> None:
    """Runs Prefect server and UI, intake, deployments and desk, and watches DATA/inbox until Ctrl-C."""
    from cases.settings import Settings
    from flows.server import ServerError
    from flows.stack import running_stack

    console = Console(stderr=True)
    try:
        with console.status("Starting the Prefect server ..."):
            stack_for = running_stack(Settings.for_data(ctx.obj.data))
            stack = stack_for.__enter__()
    except ServerError as error:
        console.print(str(error))
        raise typer.Exit(1) from None
    try:
        console.print(f"Prefect UI  {stack.server.ui_url}\nDesk        {stack.desk_url}")
        console.print(f"Watching    {stack.settings.inbox}\nCtrl-C stops everything.")
        wait_for_signal()
    finally:
        stack_for.__exit__(None, None, None)


def wait_for_signal() -> None:
    """Returns after SIGINT or SIGTERM."""
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    stop.wait()
