"""`serve`: the embedded stack until Ctrl-C."""

from __future__ import annotations

from contextlib import suppress

import typer
from rich.console import Console

from commands.embedded import Stopped, embedded_stack, print_addresses, wait_for_signal


def serve_command(ctx: typer.Context) -> None:
    """Runs Prefect server and UI, intake, deployments and desk, and watches DATA/inbox until Ctrl-C."""
    from cases.settings import Settings

    console, settings = Console(stderr=True), Settings.for_data(ctx.obj.data)
    console.print("Starting the Prefect server, the deployments, intake and the desk ...")
    with suppress(Stopped), embedded_stack(settings, console) as stack:
        print_addresses(stack, console)
        console.print(f"Watching    {settings.inbox}", soft_wrap=True, markup=False)
        console.print("Ctrl-C stops everything.")
        wait_for_signal()
    console.print("Everything is stopped.")
