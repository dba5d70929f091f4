"""Commands that prove what happened: export, verify, seal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export_command(
    ctx: typer.Context,
    batch_id: Annotated[str, typer.Argument(help="As in B-20261124-0001.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="A new or empty folder.")],
) -> None:
    """Writes an audit bag of one batch."""
    from cases.database import open_session
    from cases.export import export_batch
    from cases.settings import Settings

    data: Path = ctx.obj.data
    with open_session(data) as session:
        try:
            count = export_batch(session, Settings.for_data(data), batch_id, out)
        except KeyError:
            raise typer.BadParameter(f"There is no batch {batch_id} in {data}.") from None
        except FileExistsError:
            raise typer.BadParameter(f"{out} is not empty. Name a new folder.") from None
        except OSError as error:
            raise typer.BadParameter(f"{out} cannot be written ({error.strerror}).") from None
    typer.echo(f"{count} documents of {batch_id} written to {out}")


def verify_command(
    ctx: typer.Context,
    directory: Annotated[Path | None, typer.Argument(help="The audit bag, or a data folder.")] = None,
    database: Annotated[bool, typer.Option("--database", help="Check the database of the data folder.")] = False,
) -> None:
    """Checks an audit bag offline, or a live database; names the first thing that is wrong (exit code 1)."""
    if database == (directory is not None):
        raise typer.BadParameter("Name an audit bag or a data folder, or give --database.")
    if directory is None:
        _verify_database(ctx.obj.data)
    elif not (directory / "bagit.txt").exists() and (directory / "store").is_dir():
        _verify_database(directory)
    else:
        _verify_bag(directory)


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


def _verify_bag(directory: Path) -> None:
    from cases.verify import verify_bag

    findings = verify_bag(directory)
    for finding in findings:
        typer.echo(f"{finding.code} {finding.path}: {finding.sentence}", err=True)
    if findings:
        raise typer.Exit(1)
    typer.echo(f"{directory}: complete and unchanged")


def _verify_database(data: Path) -> None:
    from cases.auditing import first_fault
    from cases.database import reading_session
    from cases.settings import Settings

    settings = Settings.for_data(data)
    with reading_session(settings) as session:
        fault = first_fault(session, settings)
    if fault is not None:
        typer.echo(fault, err=True)
        raise typer.Exit(1)
    typer.echo(f"{data}: chains, seals, signatures and rows are as they were recorded")
