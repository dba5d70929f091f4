"""`match`: queries against subscribers, both as CSV, without a database server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from matching.deliveries import Delivery
    from matching.query import Match
    from matching.report import ImportReport

HEADER = ("query_id", "subscriber_id", "probability", "decision", "runner_up_id", "runner_up_probability", "why")
_TOLD_EVERY = 500


def match_command(
    queries: Annotated[Path, typer.Argument(help="CSV or Parquet with id and any of the person's columns.")],
    subscribers: Annotated[Path, typer.Option(help="CSV or Parquet of the subscriber base.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to write; default stdout.")] = None,
    explain: Annotated[
        list[str] | None, typer.Option(help="Id of a query whose evidence is shown field by field; may be repeated.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN of the subscribers, like phone=MSISDN.")
    ] = None,
    asked_columns: Annotated[
        list[str] | None, typer.Option("--map-queries", help="FIELD=COLUMN of the queries, likewise.")
    ] = None,
) -> None:
    """Match a CSV of queries to a CSV of subscribers. Usual names of columns are known in three languages."""
    from matching.deliveries import open_delivery
    from matching.tables import TableError, write_table

    if out is not None and not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="--out")
    try:
        base = open_delivery(subscribers, chosen_columns(columns or [], "--map"))
        asked = _asked(queries, chosen_columns(asked_columns or [], "--map-queries"))
        if unknown := set(explain or ()) - {row["id"] for row in asked.rows}:
            typer.echo(f"{queries}: no query has the id {', '.join(sorted(unknown))}", err=True)
            raise typer.Exit(2)
        lines, left_out = _match_all(asked.rows, base, frozenset(explain or ()))
    except TableError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    text = write_table(HEADER, lines)
    if out is None:
        typer.echo(text, nl=False)
    else:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            typer.echo(f"{out}: cannot be written ({error.strerror}); name a writable file", err=True)
            raise typer.Exit(2) from None
    if asked.left_out or left_out:
        raise typer.Exit(1)


def chosen_columns(told: list[str], option: str) -> dict[str, str]:
    """The columns that FIELD=COLUMN names, by field. Raises BadParameter where it is given otherwise or twice."""
    chosen: dict[str, str] = {}
    for one in told:
        field, sign, column = one.partition("=")
        if not (field.strip() and sign and column.strip()):
            raise typer.BadParameter(f"{option} {one}: give FIELD=COLUMN, like phone=MSISDN")
        if field.strip() in chosen:
            raise typer.BadParameter(f"{option} {one}: {field.strip()} is given twice")
        chosen[field.strip()] = column.strip()
    return chosen


def tell_bad_rows(what: str, report: ImportReport) -> None:
    """Says on stderr how many rows were left out, and the first few lines and reasons."""
    if report.left_out:
        typer.echo(f"{what}: {report.left_out} rows left out", err=True)
    for row in report.bad[:10]:
        typer.echo(f"  row {row.line}: {row.reason}", err=True)


def tell_unused(what: str, unused: Sequence[str]) -> None:
    """Says which columns are no field: whoever heads one wrongly would else wonder why nobody is found."""
    if unused:
        typer.echo(f"{what}: columns not used: {', '.join(unused)}", err=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    rows: Sequence[Mapping[str, str]]
    left_out: int


def _asked(file: Path, chosen: dict[str, str]) -> _Asked:
    """The usable queries of a file, whose ids are stripped; what is odd is told. Raises TableError."""
    from matching.columns import ColumnError
    from matching.deliveries import open_delivery
    from matching.report import BadRow, ImportReport

    try:
        delivery = open_delivery(file, chosen)
    except ColumnError as error:
        raise ColumnError(f"{file}: {error}".replace("--map ", "--map-queries ")) from None
    delivered = list(delivery.rows())
    bad = tuple(BadRow(line, fault) for line, _, fault in delivered if fault)
    rows = [{**row, "id": row["id"].strip()} for _, row, fault in delivered if not fault]
    tell_unused("queries", delivery.unused)
    tell_bad_rows("queries", ImportReport(len(rows), bad, len(bad)))
    if twice := [one for one, count in Counter(row["id"] for row in rows).items() if count > 1]:
        typer.echo(f"queries: ids that stand in several rows, each of which is answered: {len(twice)}", err=True)
    return _Asked(rows, len(bad))


def _match_all(
    rows: Sequence[Mapping[str, str]], base: Delivery, explained: frozenset[str]
) -> tuple[list[tuple[str, ...]], int]:
    """The answers, and how many subscribers could not be used."""
    from sqlmodel import Session

    from matching.importing import import_delivery

    with Session(_memory_engine()) as session:
        report = import_delivery(session, base)
        tell_unused("subscribers", report.unused)
        tell_bad_rows("subscribers", report)
        tell_findings(report, "subscribers: ")
        return _answers(session, rows, explained), report.left_out


def tell_findings(report: ImportReport, before: str = "warning: ") -> None:
    """Says on stderr what is odd in a base."""
    for finding in report.findings:
        examples = f" ({', '.join(finding.examples)})" if finding.examples else ""
        count = "1 row" if finding.rows == 1 else f"{finding.rows:,} rows"
        typer.echo(f"{before}{finding.text}: {count}{examples}", err=True)


def _answers(session: Session, rows: Sequence[Mapping[str, str]], explained: frozenset[str]) -> list[tuple[str, ...]]:
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
