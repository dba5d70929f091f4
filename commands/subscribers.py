"""`subscribers import`: load or refresh the subscriber base."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Load the subscriber base.")


@app.callback()
def subscribers() -> None:
    """Load the subscriber base."""


@app.command("import", epilog="Example: ./replyflow subscribers import customers.csv")
def import_command(
    ctx: typer.Context,
    csv: Annotated[Path, typer.Argument(help="CSV of the subscriber base.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the database; default the global --data.")] = None,
) -> None:
    """Import or refresh subscribers by id; rows that cannot be used are told and left out.

    The towns, streets and names of the base go to DATA/lists, where the reader looks handwriting up.
    """
    from cases.database import open_session
    from cases.settings import Settings
    from commands.match import tell_bad_rows
    from matching.base import import_subscribers
    from matching.lists import write_lists
    from matching.tables import TableError, read_table

    try:
        table = read_table(csv)
    except TableError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    folder = data or (ctx.obj.data if ctx.obj is not None else Path("data"))
    with open_session(folder) as session:
        report = import_subscribers(session, table.rows)
        session.commit()
        listed = write_lists(session, Settings.for_data(folder).lists)
    typer.echo(f"{report.imported} subscribers imported")
    typer.echo("lists: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in listed.items()))
    tell_bad_rows(str(csv), report)
    if report.bad:
        raise typer.Exit(1)
