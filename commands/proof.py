"""Commands that prove what happened: export, verify, seal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_MOST_FINDINGS = 50


def export_command(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--out", help="A new or empty folder.")],
    batch_id: Annotated[str | None, typer.Argument(help="As in B-20261124-0001.")] = None,
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of arrival (UTC).")] = None,
    campaign: Annotated[str | None, typer.Option(help="Its code or name.")] = None,
    partner: Annotated[str | None, typer.Option(help="As the inbox folder names it.")] = None,
    channel: Annotated[str | None, typer.Option(help="paper, photo, email, ...")] = None,
    statement: Annotated[int | None, typer.Option(help="A settlement, as settlement list shows it.")] = None,
) -> None:
    """Writes an audit bag of a batch; of a day, campaign, partner or channel; or of a settlement statement."""
    from cases.audit.exporting import export_bag
    from cases.audit.scope import Scope, UnknownScopeError
    from cases.channels import CHANNELS, channel_of
    from cases.database import upgrade
    from cases.settings import Settings
    from cases.signing import SigningError

    way = channel_of(channel) if channel else None
    if channel and way is None:
        raise typer.BadParameter(f"{channel} is none of {', '.join(CHANNELS)}", param_hint="--channel")
    scope = Scope(batch_id, date.date() if date else None, campaign, partner, way, statement)
    if not str(scope):
        raise typer.BadParameter("Name a batch, or give --date, --campaign, --partner, --channel or --statement.")
    settings = Settings.for_data(ctx.obj.kept)
    upgrade(settings)
    try:
        with _progress() as told:
            count = export_bag(settings, scope, out, told)
    except UnknownScopeError as error:
        raise typer.BadParameter(f"{error.args[0].rstrip('.')} in {settings.data}.") from None
    except FileExistsError:
        raise typer.BadParameter(f"{out} is not empty. Name a new folder.") from None
    except OSError as error:
        raise typer.BadParameter(f"{out} cannot be written ({error.strerror}).") from None
    except SigningError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{count} documents of {scope} written to {out}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("documents", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def verify_command(
    ctx: typer.Context,
    directory: Annotated[Path | None, typer.Argument(help="The audit bag, or a data folder.")] = None,
    database: Annotated[bool, typer.Option("--database", help="Check the database of the data folder.")] = False,
    seal: Annotated[str, typer.Option(help="The hash of a printed seal, which the bag must hold too.")] = "",
) -> None:
    """Checks an audit bag offline, or a live database; names the first thing that is wrong (exit code 1)."""
    if database == (directory is not None):
        raise typer.BadParameter("Name an audit bag or a data folder, or give --database.")
    if directory is not None and not directory.is_dir():
        raise typer.BadParameter(f"{directory} is no folder.")
    if directory is None:
        _verify_database(ctx.obj.kept)
    elif not (directory / "bagit.txt").exists() and (directory / "store").is_dir():
        _verify_database(directory)
    else:
        _verify_bag(directory, "".join(seal.split()).lower() or None)


def seal_command(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option("--print", help="A page to print or to mail: .pdf or .txt.")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Sign with a new key from now on.")] = False,
) -> None:
    """Seals every chain of the ledger that grew, and has the seal time-stamped where an authority is set."""
    from cases.database import open_session
    from cases.printed_seal import print_seal
    from cases.sealing import last_seal, seal_all
    from cases.settings import Settings
    from cases.signing import SigningError, change_key
    from cases.stamping import StampError, stamp_last

    if out is not None and out.suffix not in (".pdf", ".txt"):
        raise typer.BadParameter(f"{out}: name a .pdf or a .txt file.")
    settings = Settings.for_data(ctx.obj.data)
    with open_session(settings.data) as session:
        try:
            if new_key:
                typer.echo(f"key {change_key(session, settings).id} signs from now on")
            made = seal_all(session, settings) or last_seal(session)
            stamp = stamp_last(session, settings)
        except (SigningError, StampError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
    if made is None:
        typer.echo("There is nothing to seal yet.")
        return
    typer.echo(f"seal {made.number} {made.hash} key {made.key_id}{' time-stamped' if stamp else ''}")
    if out is not None:
        try:
            print_seal(made, out)
        except OSError as error:
            raise typer.BadParameter(f"{out} cannot be written ({error.strerror}).") from None


def _verify_bag(directory: Path, seal_hash: str | None) -> None:
    from cases.audit.checking import anchor_of, verify_bag
    from cases.names import on_one_line

    findings = verify_bag(directory, seal_hash)
    for finding in findings[:_MOST_FINDINGS]:
        # names in a strange bag may be anything that a file system takes
        typer.echo(on_one_line(f"{finding.code} {finding.path}: {finding.sentence}"), err=True)
    if len(findings) > _MOST_FINDINGS:
        typer.echo(f"and {len(findings) - _MOST_FINDINGS} more", err=True)
    if findings:
        raise typer.Exit(1)
    anchor = anchor_of(directory)
    typer.echo(f"{directory}: complete and unchanged")
    typer.echo(f"{anchor.documents} documents; {anchor.cases} cases, each drawn again and the same")
    typer.echo(f"held by seal {anchor.seal} {anchor.hash} key {anchor.key}: compare it with the printed seal")


def _verify_database(data: Path) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from cases.auditing import first_fault
    from cases.database import reading_session
    from cases.settings import Settings

    settings = Settings.for_data(data)
    try:
        with reading_session(settings) as session:
            fault = first_fault(session, settings)
    except (SQLAlchemyError, ValueError, TypeError, LookupError) as error:
        fault = f"The database cannot be read: a table, a column or a value is not as it was ({type(error).__name__})."
    if fault is not None:
        typer.echo(fault, err=True)
        raise typer.Exit(1)
    typer.echo(f"{data}: chains, seals, signatures and rows are as they were recorded")
