"""`settlement`: terms and outcomes in, statements out. Statements are proposed and approved at the desk, by two
persons who have signed in."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

from commands.people import who_runs_this

app = typer.Typer(no_args_is_help=True, help="What sales partners have earned.")
Partner = Annotated[str, typer.Argument(help="As the cases name it.")]


@app.callback()
def settlement() -> None:
    """What sales partners have earned."""


@app.command("terms", epilog="Example: ./replyflow settlement terms acme.yaml")
def terms_command(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="A YAML list.")]) -> None:
    """Brings in commission rules; docs/settlement.md describes them."""
    from cases.database import open_session
    from cases.settlement.agreements import add_terms
    from cases.settlement.terms import TermsError, read_terms

    try:
        found = read_terms(file)
        with open_session(ctx.obj.data) as session:
            new = add_terms(session, found, who_runs_this())
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read ({error.strerror}).") from None
    except TermsError as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"{len(new)} new terms, {len(found) - len(new)} known before")


@app.command("outcomes", epilog="Example: ./replyflow settlement outcomes november.csv")
def outcomes_command(
    ctx: typer.Context,
    csv: Annotated[
        Path, typer.Argument(help="CSV with case_id, outcome (retained or lost), date and perhaps withdrawn (yes).")
    ],
) -> None:
    """Brings in what became of cases; a row that is known already changes nothing."""
    from cases.database import open_session
    from cases.settlement.outcomes import import_outcomes
    from matching.tables import TableError

    with open_session(ctx.obj.data) as session:
        try:
            report = import_outcomes(session, csv, who_runs_this())
        except TableError as error:
            raise typer.BadParameter(str(error)) from None
    typer.echo(f"{report.new} new, {report.known} known before, {len(report.left_out)} left out")
    for line, sentence in report.left_out:
        typer.echo(f"line {line}: {sentence}", err=True)
    if report.left_out:
        raise typer.Exit(1)


@app.command("draft", epilog="Example: ./replyflow settlement draft acme 2026-11")
def draft_command(
    ctx: typer.Context,
    partner: Partner,
    month: Annotated[str, typer.Argument(help="As in 2026-11.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Prints what a month's statement would be now; stores nothing."""
    from cases.database import open_session
    from cases.settlement.statements import Refused, draft

    try:
        day = dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        raise typer.BadParameter(f"{month} is no month; write it like 2026-11.") from None
    with open_session(ctx.obj.data) as session:
        made = draft(session, partner, day)
    if isinstance(made, Refused):
        typer.echo(made.sentence, err=True)
        raise typer.Exit(1)
    lines = [
        {"case": one.case_id, "kind": one.kind, "of_month": f"{one.of_month:%Y-%m}", "amount": str(one.amount),
         "why": one.sentence}
        for one in made.lines
    ]  # fmt: skip
    if as_json:
        told = {"partner": partner, "month": month, "currency": made.currency, "total": str(made.total), "lines": lines}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(f"{line['case']}\t{line['kind']}\t{line['of_month']}\t{line['amount']}\t{line['why']}")
    typer.echo(f"total {made.total} {made.currency}, {len(lines)} lines")


@app.command("list", epilog="Example: ./replyflow settlement list")
def list_command(ctx: typer.Context) -> None:
    """Prints the stored statements, and whether each still comes out the same when it is computed again."""
    from sqlmodel import col, select

    from cases.database import open_session
    from cases.models import Statement
    from cases.settlement.statements import comes_out_again

    broken = 0
    with open_session(ctx.obj.data) as session:
        for one in session.exec(select(Statement).order_by(col(Statement.id))):
            same = comes_out_again(session, one)
            broken += not same
            again = "comes out again" if same else "DOES NOT COME OUT AGAIN"
            typer.echo(f"{one.id}\t{one.partner}\t{one.month:%Y-%m}\t{one.total} {one.currency}\t{one.state}\t{again}")
    if broken:
        raise typer.Exit(1)


@app.command("print", epilog="Example: ./replyflow settlement print 3 -o november/")
def print_command(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="As settlement list shows it.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="A folder.")],
) -> None:
    """Writes a statement as CSV, XLSX and PDF."""
    from cases.database import open_session
    from cases.settlement.papers import as_csv, as_pdf, as_xlsx, paper_of

    with open_session(ctx.obj.data) as session:
        paper = paper_of(session, number)
        if paper is None:
            raise typer.BadParameter(f"There is no statement {number}.")
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{paper.name}.csv").write_text(as_csv(paper), encoding="utf-8")
            (out / f"{paper.name}.xlsx").write_bytes(as_xlsx(paper))
            (out / f"{paper.name}.pdf").write_bytes(as_pdf(paper))
        except OSError as error:
            raise typer.BadParameter(f"{out} cannot be written ({error.strerror}).") from None
    typer.echo(f"{out / paper.name}.csv, .xlsx and .pdf")
