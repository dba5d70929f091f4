"""`replay`: a batch read again with the present designs, thresholds and base."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

if TYPE_CHECKING:
    from cases.settings import Settings
    from flows.replaying import Replayer

_BY = "command line"


def replay_command(
    ctx: typer.Context,
    batch_id: Annotated[str, typer.Argument(help="As in B-20261124-0001.")],
    apply: Annotated[bool, typer.Option("--apply", help="Do what would change, after showing it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Reads a batch again with the present designs, thresholds and base, and shows what would change.

    Nothing changes without --apply. What persons answered stays in force; cases that are closed, and forms that are
    not found any more, are listed and stay as they are. Exit code 1: something was left as it is.
    """
    from cases.settings import Settings
    from flows.replaying import open_replayer

    settings, console = Settings.for_data(ctx.obj.data), Console(stderr=True)
    watched = _join_the_stack(settings)
    with open_replayer(settings) as replayer:
        replay_id = _asked(replayer, batch_id)
        _carry_out(replayer, batch_id, replay_id, console, watched=watched)
        if apply:
            _approve(replayer, replay_id)
            _carry_out(replayer, batch_id, replay_id, console, watched=watched)
        found = _report(replayer, replay_id)
    typer.echo(json.dumps(found, ensure_ascii=False)) if as_json else _show(found)
    left = [one for one in found["changes"] if one["held"]]
    if left:
        console.print(f"{len(left)} of these stay as they are; 'held' says why.")
        raise typer.Exit(1)


def _join_the_stack(settings: Settings) -> bool:
    """Whether a stack runs on this data folder; then the run shows in its Prefect UI."""
    from flows.server import environment
    from flows.stack import alive_api

    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    api = alive_api(settings.data)
    if api is not None:
        os.environ.update(environment(settings.data, int(api.rsplit(":", 1)[1].split("/")[0])))
    return api is not None


def _asked(replayer: Replayer, batch_id: str) -> int:
    from sqlmodel import Session

    from cases.replay.queue import Refused, ask_replay

    with Session(replayer.engine, expire_on_commit=False) as session:
        asked = ask_replay(session, batch_id, _BY)
    if isinstance(asked, Refused):
        sentence = {
            "unknown": f"There is no batch {batch_id} in {replayer.settings.data}.",
            "busy": f"{batch_id} is in work, or is being replayed already. Try again when it is done.",
        }[asked.reason]
        raise typer.BadParameter(sentence)
    return asked.id or 0


def _approve(replayer: Replayer, replay_id: int) -> None:
    from sqlmodel import Session

    from cases.replay.queue import approve_replay

    with Session(replayer.engine) as session:
        approve_replay(session, replay_id, _BY)


def _carry_out(replayer: Replayer, batch_id: str, replay_id: int, console: Console, *, watched: bool) -> None:
    from flows.runs import run_replay

    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(f"replay of {batch_id}", total=None)

        def told(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        run_replay(replayer, batch_id, replay_id, told, watched=watched)


def _report(replayer: Replayer, replay_id: int) -> dict[str, Any]:
    from sqlmodel import Session

    from cases.replay.report import replay_json

    with Session(replayer.engine) as session:
        return replay_json(session, replay_id)


def _show(found: dict[str, Any]) -> None:
    table = Table("file", "response", "what", "before", "after", "held", title=f"Replay of {found['batch']}")
    for change in found["changes"]:
        name = f"{change['file']}, page {change['page']}" if change["page"] else change["file"]
        for what, before, after in _lines(change["before"], change["after"]):
            table.add_row(name, str(change["response"] or "new"), what, before, after, change["held"] or "")
            name = ""
    console = Console()
    console.print(table) if found["changes"] else console.print("Nothing would change.")
    numbers = ", ".join(f"{name}: {number}" for name, number in found["summary"].items())
    console.print(f"{found['state']}; {numbers}")


def _lines(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    old, new = _flat(before), _flat(after)
    return [(key, old.get(key, ""), new.get(key, "")) for key in {**old, **new}]


def _flat(facts: dict[str, Any]) -> dict[str, str]:
    told = {key: _text(value) for key, value in facts.items() if key not in ("fields", "template_hash")}
    return told | {f"field {name}": _text(one["value"]) for name, one in facts.get("fields", {}).items()}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(": ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
    return "" if value is None else str(value)
