"""`subscribers import`, `erase` and `stats`: load, refresh and look after the subscriber base."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.match import chosen_columns, tell_bad_rows, tell_findings

if TYPE_CHECKING:
    from matching.report import ImportReport

_TOLD_EVERY_S = 1.0
_TOLD_TO_A_FILE_EVERY_S = 10.0
_ROWS_TOLD = 10

app = typer.Typer(no_args_is_help=True, help="Load and look after the subscriber base.")
DataOption = Annotated[Path | None, typer.Option(help="Folder of the database; default the global --data.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def subscribers() -> None:
    """Load and look after the subscriber base."""


@app.command("import", epilog="Example: ./replyflow subscribers import customers.csv --map phone=MSISDN")
def import_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file of the subscriber base.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column is a field, where its name does not tell."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="The file is the whole base: who is not in it becomes inactive.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import or refresh subscribers by id; rows that cannot be used are told and left out.

    The towns, streets and names of the base go to DATA/lists, where the reader looks handwriting up.

    A former name, address, phone or e-mail is kept: forms that still bear it find the subscriber.
    """
    from cases.database import open_session
    from cases.settings import Settings
    from matching.base import import_file
    from matching.lists import write_lists
    from matching.tables import TableError

    progress = _Progress()
    try:
        chosen = chosen_columns(columns or [], "--map")
        folder = _folder(ctx, data)
        with open_session(folder) as session:
            report = import_file(session, file, chosen=chosen, replace=replace, told=progress)
            listed = write_lists(session, Settings.for_data(folder).lists)
    except TableError as error:
        progress.end()
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    progress.end()
    _tell(file, report, progress.seconds, as_json)
    if not as_json:
        typer.echo("lists: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in listed.items()))
    if report.left_out:
        raise typer.Exit(1)


@app.command("erase", epilog="Example: ./replyflow subscribers erase S000017 S000018")
def erase_command(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of the subscribers.")] = None,
    listed: Annotated[Path | None, typer.Option("--from", help="A text file with one id a line.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase people for good: base, values, pictures, keys and salts. Cases stay countable, and nobody's."""
    from cases.database import open_session
    from cases.privacy.erasing import erase_people
    from cases.settings import Settings
    from commands.people import who_runs_this

    wanted = [*(ids or []), *(_listed(listed) if listed else [])]
    if not wanted:
        raise typer.BadParameter("name at least one id, or a file with --from")
    folder = _folder(ctx, data)
    with open_session(folder) as session:
        done = erase_people(session, Settings.for_data(folder), wanted, who_runs_this())
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(done)))
    else:
        typer.echo(f"{done.subscribers} subscribers erased, with {done.responses} responses and {done.files} pictures")
    for unknown in done.unknown[:_ROWS_TOLD]:
        typer.echo(f"{unknown}: nothing is held of this id", err=True)
    for held in done.held[:_ROWS_TOLD]:
        typer.echo(f"{held}: on legal hold, nothing was erased", err=True)
    if done.unknown or done.held:
        raise typer.Exit(1)


@app.command("stats", epilog="Example: ./replyflow subscribers stats --json")
def stats_command(ctx: typer.Context, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say how many subscribers, former values and keys the base holds."""
    from cases.database import open_session
    from matching.stats import stats_of

    with open_session(_folder(ctx, data)) as session:
        found = dataclasses.asdict(stats_of(session))
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        shown = ", ".join(f"{key} {count:,}" for key, count in value.items()) if isinstance(value, dict) else value
        typer.echo(f"{name.replace('_', ' '):<22} {f'{shown:,}' if type(shown) is int else shown}")


@app.command("learn", epilog="Example: ./replyflow subscribers learn")
def learn_command(ctx: typer.Context, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Learn from the forms whose senders are settled how people write: the weights of the match follow."""
    from cases.database import open_session
    from cases.taught import settled_levels
    from matching.learning import learn_settled
    from matching.lexicon import load_lexicon

    with open_session(_folder(ctx, data)) as session:
        before = load_lexicon(session).model
        settled = list(settled_levels(session))
        after = learn_settled(session, settled)
        session.commit()
    if as_json:
        typer.echo(json.dumps({"forms": len(settled), "learnt": after is not None, "m": (after or before).m}))
        return
    if after is None:
        typer.echo(f"{len(settled)} forms are settled: too few to learn from, nothing is changed")
        return
    typer.echo(f"learnt from {len(settled)} settled forms; bits for a field that agrees, and that differs")
    for field in after.m:
        was, now = ([model.weight(field, level) for level in ("exact", "differs")] for model in (before, after))
        typer.echo(f"{field:<16} {was[0]:+6.1f} -> {now[0]:+6.1f}   {was[1]:+6.1f} -> {now[1]:+6.1f}")


class _Progress:
    """Rows, rows a second and the share done, on stderr: one line on a terminal, a line now and then in a file."""

    def __init__(self) -> None:
        self._start = self._told = time.monotonic()
        self._phase, self._phase_start, self._open = "", self._start, False
        self._every = _TOLD_EVERY_S if sys.stderr.isatty() else _TOLD_TO_A_FILE_EVERY_S

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._phase_start = phase, now
        elif now - self._told < self._every:
            return
        self._told = now
        speed = f", {done / (now - self._phase_start):,.0f} rows/s" if now > self._phase_start else ""
        share = f" of {total:,} ({done / total:.0%})" if total else ""
        self._write(f"{phase}: {done:,}{share} rows{speed}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def end(self) -> None:
        """Leaves the line that was being rewritten."""
        if self._open:
            typer.echo("", err=True)
        self._open = False

    def _write(self, line: str) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{line:<78}", err=True, nl=False)
            self._open = True
        elif self.seconds >= _TOLD_TO_A_FILE_EVERY_S:
            typer.echo(line, err=True)


def _folder(ctx: typer.Context, data: Path | None) -> Path:
    return data or (ctx.obj.data if ctx.obj is not None else Path("data"))


def _listed(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{file}: not a readable text file with one id a line") from None


def _tell(file: Path, report: ImportReport, seconds: float, as_json: bool) -> None:
    if as_json:
        told = {"file": str(file), **dataclasses.asdict(report), "seconds": round(seconds, 2)}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(_summary(report, seconds))
    tell_bad_rows(str(file), report)
    if not as_json:
        tell_findings(report)


def _summary(report: ImportReport, seconds: float) -> str:
    parts = [f"{report.new:,} new", f"{report.changed:,} changed", f"{report.unchanged:,} unchanged"]
    if report.aliases:
        parts.append(f"{report.aliases:,} former names or addresses kept")
    if report.made_inactive:
        parts.append(f"{report.made_inactive:,} not in the file and now inactive")
    unused = f"\nnot used: {', '.join(report.unused)}" if report.unused else ""
    return f"{report.imported} subscribers imported in {seconds:.1f} s: {', '.join(parts)}{unused}"
