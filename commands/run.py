"""`run`: these files, once, without the watcher."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from commands.tables import summary_table

if TYPE_CHECKING:
    from cases.settings import Settings
    from flows.work import Admitted, Summary, Workshop


def run_command(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders to take all files of.", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    channel: Annotated[
        str,
        typer.Option(help="How the forms came in, as the folders of the inbox are called: paper, partner/acme, ..."),
    ] = "paper",
    no_prefect: Annotated[bool, typer.Option("--no-prefect", help="Without a Prefect server.")] = False,
) -> None:
    """Takes files in (copies; the originals stay), processes them and exits. Exit code 1: something was rejected."""
    from cases.settings import Settings
    from flows.workshop import open_workshop

    way, partner = _origin(channel)
    settings, console, started = Settings.for_data(ctx.obj.data), Console(stderr=True), time.monotonic()
    with ExitStack() as open_things:
        if not no_prefect:
            _connect(open_things, settings, console)
        workshop = open_things.enter_context(open_workshop(settings))
        admitted = [workshop.steps.admit(p, channel=way, partner=partner, keep=True) for p in files_of(paths)]
        batch_ids = _process_all(workshop, console, no_prefect)
        total = _total(settings, batch_ids, started)
        documents = _documents(settings, batch_ids)
    _report(total, admitted, documents, as_json, console)
    if total.rejected or any(one.outcome == "refused" for one in admitted):
        console.print("Something was rejected; DATA/rejected says why.")
        raise typer.Exit(1)


def _origin(name: str) -> tuple[str, str | None]:
    """Channel and partner; a misspelt one is wrong use, as nobody would find the forms under it again."""
    from cases.channels import CHANNELS, channel_of
    from cases.names import clean_name

    first, _, partner = name.partition("/")
    channel = channel_of(first)
    if channel is None or (partner and channel != "partner"):
        raise typer.BadParameter(f"{name} is none of {', '.join(CHANNELS)} or partner/NAME", param_hint="--channel")
    return channel, clean_name(partner) if partner else None


def files_of(paths: list[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, hidden and unfinished ones left out."""
    from flows.watch import waits

    for path in paths:
        if not path.is_dir():
            yield path.absolute()
            continue
        found = (p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink())
        yield from (p.absolute() for p in found if not waits(p.name))


def _connect(open_things: ExitStack, settings: Settings, console: Console) -> None:
    import os

    from flows.server import ServerError, environment, free_port, running_server
    from flows.stack import alive_api

    # Prefect's lines would tear the progress bars; the UI has them all
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    api = alive_api(settings.data)
    if api is not None:
        os.environ.update(environment(settings.data, int(api.rsplit(":", 1)[1].split("/")[0])))
        return
    try:
        with console.status("Starting a Prefect server for this run ..."):
            open_things.enter_context(running_server(settings.data, free_port()))
    except ServerError as error:
        console.print(f"{error} With --no-prefect the files are processed without it.")
        raise typer.Exit(1) from None


def _process_all(workshop: Workshop, console: Console, no_prefect: bool) -> list[str]:
    from flows.runs import run_batch
    from flows.work import process

    done: list[str] = []
    with Progress(console=console, transient=True) as progress:
        for batch_id, attempt in workshop.steps.queued():
            telling = replace(workshop, told=_mover(progress, progress.add_task(batch_id, total=None)))
            if not (process(telling, batch_id) if no_prefect else run_batch(telling, batch_id, attempt)):
                console.print(f"Batch {batch_id} failed.")
                raise typer.Exit(1)
            done.append(batch_id)
    return done


def _mover(progress: Progress, bar: TaskID) -> Callable[[int, int], None]:
    """Tells a bar how many of how many pages are done."""
    return lambda done, total: progress.update(bar, completed=done, total=total)


def _total(settings: Settings, batch_ids: list[str], started: float) -> Summary:
    from cases.database import open_session
    from cases.summary import batch_summary
    from flows.work import Summary

    total = Summary()
    with open_session(settings.data) as session:
        for batch_id in batch_ids:
            total += Summary(**batch_summary(session, batch_id).as_dict())
    return total + Summary(seconds=round(time.monotonic() - started, 2))


def _documents(settings: Settings, batch_ids: list[str]) -> list[dict[str, object]]:
    from cases.database import open_session
    from cases.summary import batch_documents

    with open_session(settings.data) as session:
        return [document | {"batch": b} for b in batch_ids for document in batch_documents(session, b)]


def _report(
    total: Summary, admitted: list[Admitted], documents: list[dict[str, object]], as_json: bool, console: Console
) -> None:
    duplicates = [one.name for one in admitted if one.outcome == "duplicate"]
    refused = [{"file": one.name, "reason": one.reason} for one in admitted if one.outcome == "refused"]
    if as_json:
        facts = {"summary": total.as_json(), "documents": documents, "duplicates": duplicates, "refused": refused}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    Console().print(summary_table(total.as_json(), len(duplicates)))
    for document in documents:
        if document["state"] == "rejected":
            console.print(f"rejected: {document['file']}: {document['reason']}", markup=False)
    for one in refused:
        console.print(f"refused: {one['file']}: {one['reason']}", markup=False)
