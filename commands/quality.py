"""`quality`: how often machine and persons are right, by what was checked blind."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def quality_command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show how often automatic readings, and persons, were right where it was checked blind."""
    from cases.database import open_session
    from cases.quality import report

    with open_session(ctx.obj.data) as session:
        found = {by: [one.as_json() for one in rows] for by, rows in report(session).items()}
    if as_json:
        typer.echo(json.dumps({"confidence_level": 0.95, **found}, ensure_ascii=False))
    elif not any(found.values()):
        typer.echo("Nothing has been checked yet.")
    for by, rows in found.items() if not as_json else ():
        for one in rows:
            pending = f", {one['pending']} not settled" if one["pending"] else ""
            interval = f"{one['share']:.2%} ({one['low']:.2%} to {one['high']:.2%})"
            typer.echo(f"{by:8}  {one['of']}: {one['right']} of {one['checked']} right, {interval}{pending}")
