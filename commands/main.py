"""The command line. A room is imported when its command runs, so that `--help` answers at once."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from commands.options import Options


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives: `module:attribute` is a function or a typer app; `example` ends its help."""

    place: str
    help: str
    example: str


COMMANDS = {
    "demo": Entry("commands.demo:demo_command", "Show the whole way on the samples.", "demo --exit"),
    "serve": Entry("commands.serve:serve_command", "Watch the inbox until Ctrl-C.", "--data /srv/replyflow serve"),
    "run": Entry("commands.run:run_command", "Take files or folders in once.", "run scans/ --json"),
    "read": Entry("commands.read:read_command", "Pixels to readings, no database.", "read scan.pdf --json"),
    "match": Entry(
        "commands.match:match_command",
        "Match a CSV of queries to subscribers.",
        "match queries.csv --subscribers subscribers.csv -o matches.csv",
    ),
    "print": Entry(
        "commands.print_forms:print_command",
        "Print blank or personalised forms.",
        "print retention-offer -o blank.pdf",
    ),
    "template": Entry(
        "commands.templates:app", "Check or start a form design.", "template check templates/retention-offer"
    ),
    "subscribers": Entry("commands.subscribers:app", "Load the subscriber base.", "subscribers import customers.csv"),
    "campaigns": Entry("commands.cases:campaigns_app", "Load campaigns.", "campaigns import autumn.yaml"),
    "people": Entry("commands.people:app", "Who may sign in at the desk.", "people invite clerk"),
    "keys": Entry("commands.keys:app", "Encrypt stored files.", "keys new -o /etc/replyflow/store.keys"),
    "thresholds": Entry(
        "commands.thresholds:thresholds_command",
        "Recommend how sure the machine must be.",
        "thresholds --false-accepts 0.002",
    ),
    "quality": Entry("commands.quality:quality_command", "How right machine and persons are.", "quality --json"),
    "privacy": Entry("commands.privacy:app", "Periods, holds, disclosure.", "privacy disclose S000017 -o answer/"),
    "replay": Entry(
        "commands.replay:replay_command",
        "Read a batch again; show what would change.",
        "replay B-20261124-0001 --apply",
    ),
    "settlement": Entry("commands.settlement:app", "What partners have earned.", "settlement draft acme 2026-11"),
    "export": Entry("commands.proof:export_command", "Hand a batch to an auditor.", "export B-20261124-0001 -o bag/"),
    "verify": Entry("commands.proof:verify_command", "Check such a bag offline, or the database.", "verify bag/"),
    "seal": Entry("commands.proof:seal_command", "Seal the ledger, to print or to mail.", "seal --print seal.pdf"),
}


class LazyGroup(TyperGroup):
    """Lists every command without importing one; imports the one that runs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  # typer gives these no public types
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  # typer gives these no public types
        entry = COMMANDS.get(cmd_name)
        return TyperCommand(name=cmd_name, help=entry.help, callback=None) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  # typer gives these no public types
        name, stub, rest = super().resolve_command(ctx, args)
        return name, load(name) if stub and name else stub, rest


def load(name: str) -> Any:  # noqa: ANN401  # typer gives these no public types
    """The real command behind `name`, its help ending with an example."""
    entry = COMMANDS[name]
    module, _, attribute = entry.place.partition(":")
    target = getattr(import_module(module), attribute)
    if not isinstance(target, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(name)(target)
        target = app
    command = get_command(target)
    command.name, command.epilog = name, f"Example: ./replyflow {entry.example}"
    return command


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print what people wrote on their forms.
    pretty_exceptions_show_locals=False,
    epilog="Example: ./replyflow demo --exit   (./replyflow test runs the test suite)",
)


@app.callback()
def options(
    ctx: typer.Context,
    data: Annotated[
        Path, typer.Option(envvar="REPLYFLOW_DATA", help="Folder of the database, the store and the inbox.")
    ] = Path("data"),
) -> None:
    """Turns returned paper forms into decided, provable retention cases."""
    ctx.obj = Options(data.expanduser().absolute())
    # Settings are read from the environment by every room and every child process: one source of truth.
    os.environ["REPLYFLOW_DATA"] = str(ctx.obj.folder)
    os.environ.setdefault("PREFECT_HOME", str(ctx.obj.folder / "prefect"))


def main() -> None:
    """The command line; a database or a form design that cannot be used ends in a sentence and exit code 1."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # as programs expect of JSON and CSV, in any locale
    try:
        app(prog_name="replyflow")
    except Exception as error:
        # no import of sqlalchemy for commands that need no database
        fault = f"{type(error).__module__}.{type(error).__name__}"
        if fault in ("sqlalchemy.exc.OperationalError", "sqlalchemy.exc.DatabaseError"):
            typer.echo(f"The database cannot be used: {str(error.__cause__ or error).strip()}", err=True)
            sys.exit(1)
        if fault == "ocr.template.document.TemplateError":
            typer.echo(str(error), err=True)
            sys.exit(1)
        raise


if __name__ == "__main__":
    main()
