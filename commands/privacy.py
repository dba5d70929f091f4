"""`privacy`: what is held of a person, legal holds, periods after which data goes, who saw a case."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from commands.people import who_runs_this

app = typer.Typer(no_args_is_help=True, help="Disclosure, legal holds, periods of retention, who saw what.")
Id = Annotated[str, typer.Argument(help="Id of a subscriber.")]


@app.callback()
def privacy() -> None:
    """Disclosure, legal holds, periods of retention, who saw what."""


@app.command("disclose", epilog="Example: ./replyflow privacy disclose S000017 -o answer/")
def disclose_command(
    ctx: typer.Context, subscriber: Id, out: Annotated[Path, typer.Option("-o", "--out", help="A new or empty folder.")]
) -> None:
    """Writes all that is held of a person, to hand to that person: JSON, a page to read, the pictures."""
    from cases.database import open_session
    from cases.privacy.disclosing import disclose
    from cases.settings import Settings

    data: Path = ctx.obj.data
    with open_session(data) as session:
        try:
            count = disclose(session, Settings.for_data(data), subscriber, out, who_runs_this())
        except KeyError:
            typer.echo(f"{subscriber}: nothing is held of this id", err=True)
            raise typer.Exit(1) from None
        except FileExistsError:
            raise typer.BadParameter(f"{out} is not empty. Name a new folder.") from None
        except OSError as error:
            raise typer.BadParameter(f"{out} cannot be written ({error.strerror}).") from None
    typer.echo(f"{out / 'about.html'}: {count} responses")


@app.command("hold", epilog='Example: ./replyflow privacy hold S000017 --reason "court case 12/2026"')
def hold_command(
    ctx: typer.Context, subscriber: Id, reason: Annotated[str, typer.Option(help="Why nothing may be erased.")]
) -> None:
    """Keeps everything of a subscriber from being erased or expiring."""
    from cases.database import open_session
    from cases.privacy.holds import place_hold

    with open_session(ctx.obj.data) as session:
        try:
            place_hold(session, subscriber, reason, who_runs_this())
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    typer.echo(f"{subscriber} is on hold")


@app.command("release", epilog="Example: ./replyflow privacy release S000017")
def release_command(ctx: typer.Context, subscriber: Id) -> None:
    """Lifts the holds that stand on a subscriber."""
    from cases.database import open_session
    from cases.privacy.holds import lift_holds

    with open_session(ctx.obj.data) as session:
        count = lift_holds(session, subscriber, who_runs_this())
    if not count:
        typer.echo(f"{subscriber}: no hold stands", err=True)
        raise typer.Exit(1)
    typer.echo(f"{subscriber}: {count} holds lifted")


@app.command("expire", epilog="Example: ./replyflow privacy expire --apply")
def expire_command(
    ctx: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Let it go. Else only say what would.")] = False,
) -> None:
    """Says what has passed its period (REPLYFLOW_RETENTION), or lets it go; `serve` does so daily."""
    from cases.database import open_session
    from cases.privacy.retention import expire, what_is_due
    from cases.settings import Settings

    data: Path = ctx.obj.data
    settings, today = Settings.for_data(data), dt.datetime.now(dt.UTC).date()
    with open_session(data) as session:
        if not settings.retention:
            typer.echo("No kind of data has a period; REPLYFLOW_RETENTION sets them.")
        elif apply:
            for kind, count in expire(session, settings, today).items():
                typer.echo(f"{kind}: {count} expired")
        else:
            for due in what_is_due(session, settings, today):
                typer.echo(f"{due.kind}: {due.count} from before {due.before}")


@app.command("seen", epilog="Example: ./replyflow privacy seen 12")
def seen_command(ctx: typer.Context, case: Annotated[int, typer.Argument(help="Number of a case.")]) -> None:
    """Prints who saw a case, with the hour (UTC)."""
    from cases.database import open_session
    from cases.privacy.accesses import who_saw_case

    with open_session(ctx.obj.data) as session:
        for one in who_saw_case(session, case):
            typer.echo(f"{one.hour:%Y-%m-%d %H}h\t{one.login}")
