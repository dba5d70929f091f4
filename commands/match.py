"""`match`: queries against subscribers, both as CSV, without a database server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from matching.query import Match
    from matching.report import ImportReport
    from matching.tables import Table

HEADER = ("query_id", "subscriber_id", "probability", "decision", "runner_up_id", "runner_up_probability", "why")
_TOLD_EVERY = 500


def match_command(
    queries: Annotated[Path, typer.Argument(help="CSV with id and any of the person's columns.")],
    subscribers: Annotated[Path, typer.Option(help="CSV of the subscriber base.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to write; default stdout.")] = None,
    explain: Annotated[
        list[str] | None, typer.Option(help="Id of a query whose evidence is shown field by field; may be repeated.")
    ] = None,
) -> None:
    """Match a CSV of queries to a CSV of subscribers."""
    from matching.tables import write_table

    if out is not None and not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="--out")
    asked, base = _people(queries), _people(subscribers)
    if unknown := set(explain or ()) - {row["id"].strip() for row in asked.rows}:
        typer.echo(f"{queries}: no query has the id {', '.join(sorted(unknown))}", err=True)
        raise typer.Exit(2)
    lines, bad = _match_all(asked, base, frozenset(explain or ()))
    text = write_table(HEADER, lines)
    if out is None:
        typer.echo(text, nl=False)
    else:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            typer.echo(f"{out}: cannot be written ({error.strerror}); name a writable file", err=True)
            raise typer.Exit(2) from None
    if bad:
        raise typer.Exit(1)


def _people(file: Path) -> Table:
    """The table, by field; says on stderr which columns are no field, as they may be misspelt ones."""
    from matching.columns import read_people
    from matching.tables import TableError

    try:
        table, unused = read_people(file)
    except TableError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if unused:
        typer.echo(f"{file}: not used: {', '.join(unused)}", err=True)
    return table


def tell_bad_rows(what: str, report: ImportReport) -> None:
    """Says on stderr how many rows were left out, and the first few lines and reasons."""
    if report.left_out:
        typer.echo(f"{what}: {report.left_out} rows left out", err=True)
    for row in report.bad[:10]:
        typer.echo(f"  row {row.line}: {row.reason}", err=True)


def _match_all(asked: Table, base: Table, explained: frozenset[str]) -> tuple[list[tuple[str, ...]], int]:
    from sqlmodel import Session

    from matching.importing import import_subscribers
    from matching.report import BadRow, ImportReport
    from matching.validation import row_fault

    engine = _memory_engine()
    with Session(engine) as session:
        report = import_subscribers(session, base.rows)
        session.commit()
        tell_bad_rows("subscribers", report)
        faults = [(line, row_fault(row)) for line, row in enumerate(asked.rows, start=2)]
        bad = tuple(BadRow(line, fault) for line, fault in faults if fault)
        tell_bad_rows("queries", ImportReport(len(asked.rows) - len(bad), bad, len(bad)))
        good = [row for row, (_, fault) in zip(asked.rows, faults, strict=True) if not fault]
        return _answers(session, good, explained), len(bad) + report.left_out


def _answers(session: Session, rows: list[dict[str, str]], explained: frozenset[str]) -> list[tuple[str, ...]]:
    from matching.explaining import waterfall
    from matching.learning import taught_by
    from matching.lexicon import load_lexicon
    from matching.matcher import Matcher
    from matching.query import query_of

    queries, lines = [query_of(row) for row in rows], []
    matcher = Matcher(session, lexicon=taught_by(session, queries, load_lexicon(session)))
    for done, query in enumerate(queries, start=1):
        found = matcher.match(query)
        lines.append(_line(found))
        if query.id in explained:
            typer.echo("\n".join(waterfall(found, matcher.lexicon)), err=True)
        if done % _TOLD_EVERY == 0 or done == len(rows):
            typer.echo(f"\r{done} of {len(rows)} matched", err=True, nl=done == len(rows))
    return lines


def _line(match: Match) -> tuple[str, ...]:
    best, second = match.best, match.runner_up
    return (
        match.query_id,
        best.subscriber_id if best and match.verdict != "none" else "",
        f"{best.probability:.6f}" if best else "0",
        match.verdict,
        second.subscriber_id if second else "",
        f"{second.probability:.6f}" if second else "",
        "; ".join(match.why),
    )


def _memory_engine() -> Engine:
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    from matching.base import BASE_TABLES

    engine = create_engine("sqlite://", hide_parameters=True)
    SQLModel.metadata.create_all(engine, tables=BASE_TABLES)
    return engine
