"""Campaigns and their mailing lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

campaigns_app = typer.Typer(help="Load campaigns.", no_args_is_help=True)


@campaigns_app.callback()
def _campaigns() -> None:
    """Load campaigns."""


@campaigns_app.command("import", epilog="Example: ./replyflow campaigns import autumn.yaml")
def import_command(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="A YAML list.")]) -> None:
    """Adds or updates campaigns; each keeps its signing key."""
    import yaml
    from pydantic import ValidationError

    from cases.campaigns import import_campaigns
    from cases.database import open_session

    with open_session(ctx.obj.data) as session:
        try:
            names = import_campaigns(session, file)
        except OSError:
            raise typer.BadParameter(f"{file} cannot be read.") from None
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise typer.BadParameter(f"{file}: {faults}") from None
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise typer.BadParameter(f"{file} is no YAML text: {error}") from None
    typer.echo(f"{len(names)} campaigns imported")


@campaigns_app.command("mailed", epilog="Example: ./replyflow campaigns mailed AUTUMN26 addresses.csv")
def mailed_command(
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(help="Its code or name.")],
    csv: Annotated[Path, typer.Argument(help="CSV with the column id: the subscribers to whom the form was sent.")],
) -> None:
    """Brings in a campaign's mailing list, which tells senders apart when a code cannot be read."""
    from cases.campaigns import find_campaign
    from cases.database import open_session
    from cases.mailed import add_mailing_list
    from matching.columns import read_people
    from matching.tables import TableError

    try:
        rows = read_people(csv)[0].rows
    except TableError as error:
        raise typer.BadParameter(str(error)) from None
    with open_session(ctx.obj.data) as session:
        known = find_campaign(session, campaign)
        if known is None:
            raise typer.BadParameter(f"There is no campaign {campaign}. Bring it in with: campaigns import FILE")
        report = add_mailing_list(session, known, (row["id"].strip() for row in rows))
    typer.echo(f"{report.new} new on the list of {campaign}, {report.listed} in all")
    if report.unknown:
        some = ", ".join(report.unknown[:5])
        typer.echo(f"{len(report.unknown)} ids are not in the subscriber base and were left out: {some}", err=True)
        raise typer.Exit(1)
