"""`people`: who may sign in at the desk."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Who may sign in at the desk.")


@app.callback()
def people() -> None:
    """Who may sign in at the desk."""


@app.command("invite", epilog="Example: ./replyflow people invite clerk")
def invite_command(
    ctx: typer.Context, role: Annotated[str, typer.Argument(help="clerk, supervisor, auditor or admin.")]
) -> None:
    """Prints a link with which one person makes their account, within two days."""
    from cases.database import open_session
    from cases.persons import ROLES, invite
    from cases.settings import Settings

    chosen = next((known for known in ROLES if known == role), None)
    if chosen is None:
        raise typer.BadParameter(f"There is no role {role}; there are {', '.join(ROLES)}.")
    with open_session(ctx.obj.data) as session:
        secret = invite(session, chosen)
        session.commit()
    typer.echo(f"http://127.0.0.1:{Settings.for_data(ctx.obj.data).desk_port}/welcome/{secret}")


@app.command("list", epilog="Example: ./replyflow people list")
def list_command(ctx: typer.Context) -> None:
    """Prints login, role and whether the person may sign in."""
    from sqlmodel import col, select

    from cases.database import open_session
    from cases.models import Person

    with open_session(ctx.obj.data) as session:
        for person in session.exec(select(Person).order_by(col(Person.login))):
            typer.echo(f"{person.login}\t{person.role}\t{'active' if person.active else 'locked'}")


@app.command("token", epilog="Example: ./replyflow people token eva --days 90")
def token_command(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="As people list shows it.")],
    label: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it runs out; never if absent.")] = None,
) -> None:
    """Prints a token with which a program may do at the desk what this person may. It is shown this once."""
    from cases.database import open_session
    from cases.persons import find_person, issue_token

    with open_session(ctx.obj.data) as session:
        person = find_person(session, login)
        if person is None or not person.active:
            raise typer.BadParameter(f"Nobody who may sign in has the login {login}.")
        secret = issue_token(session, person, label, days=days)
        session.commit()
    typer.echo(secret)


@app.command("lock", epilog="Example: ./replyflow people lock eva")
def lock_command(ctx: typer.Context, login: Annotated[str, typer.Argument(help="As people list shows it.")]) -> None:
    """Shuts a person out at once: sessions and tokens end with it; what they did stays theirs."""
    from cases.database import open_session
    from cases.persons import lock_out

    with open_session(ctx.obj.data) as session:
        if not lock_out(session, login):
            raise typer.BadParameter(f"There is nobody with the login {login}.")
    typer.echo(f"{login} is locked out.")


def who_runs_this() -> str:
    """The account under which the command runs: whoever reads the ledger asks there."""
    import getpass

    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):
        return "os:unknown"
