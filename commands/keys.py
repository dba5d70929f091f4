"""`keys`: the master keys under which stored files are encrypted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The master keys under which stored files are encrypted.")


@app.callback()
def keys() -> None:
    """The master keys under which stored files are encrypted."""


@app.command("new", epilog="Example: ./replyflow keys new -o /etc/replyflow/store.keys")
def new_command(
    out: Annotated[Path, typer.Option("-o", "--out", help="The key file; a new key goes on top of those in it.")],
) -> None:
    """Writes a new master key into a key file that only its owner may read. Keep a copy away from the backups."""
    from cases.vault import VaultError, add_key

    try:
        name = add_key(out)
    except VaultError as error:
        raise typer.BadParameter(str(error)) from None
    except OSError as error:
        raise typer.BadParameter(f"{out} cannot be written ({error.strerror}).") from None
    typer.echo(f"{name} is the newest key in {out}; use it with REPLYFLOW_STORE_KEY={out}")


@app.command("renew", epilog="Example: ./replyflow keys renew")
def renew_command(ctx: typer.Context) -> None:
    """Encrypts what still lies in clear and brings every file under the newest master key; work goes on meanwhile."""
    from cases.settings import Settings
    from cases.vault import VaultError

    settings = Settings.for_data(ctx.obj.data)
    if settings.store_key is None:
        raise typer.BadParameter("Name the key file with REPLYFLOW_STORE_KEY first; keys new makes one.")
    try:
        sealed, wrapped = settings.store.renew_keys()
    except VaultError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{sealed} files encrypted, {wrapped} keys renewed")
