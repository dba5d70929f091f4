"""`demo`: the whole way on the samples, as a back office would do it."""

from __future__ import annotations

import csv
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from commands.serve import wait_for_signal
from commands.tables import summary_table

if TYPE_CHECKING:
    from cases.settings import Settings
    from cases.summary import Summary

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
_FEW = 5
_LIMIT_S = 900.0


def demo_command(
    ctx: typer.Context,
    leave: Annotated[bool, typer.Option("--exit", help="Stop everything when done.")] = False,
) -> None:
    """Starts the real stack, drops the sample scans into the inbox, waits, and shows what became of them."""
    from cases.settings import Settings
    from flows.server import ServerError
    from flows.stack import running_stack

    console, settings, started = Console(stderr=True), Settings.for_data(ctx.obj.data), time.monotonic()
    scans = sorted(path for path in (SAMPLES / "scans").rglob("*") if path.is_file())
    if not scans:
        console.print(f"There are no sample scans in {SAMPLES / 'scans'}; make some with samples/.")
        raise typer.Exit(1)
    _load(settings)
    console.print("Starting the Prefect server, the deployments, intake and the desk ...")
    try:
        with running_stack(settings) as stack:
            done = _drop_and_wait(settings, scans, console)
            Console().print(summary_table(_numbers(settings, started)))
            console.print(f"Prefect UI  {stack.server.ui_url}\nDesk        {stack.desk_url}", soft_wrap=True)
            if done and not leave:
                console.print("Ctrl-C stops everything.")
                wait_for_signal()
    except ServerError as error:
        console.print(str(error))
        raise typer.Exit(1) from None
    if not done:
        console.print(f"Not every file was done within {_LIMIT_S:.0f} s; {settings.data / 'run'} has the logs.")
        raise typer.Exit(1)


def _load(settings: Settings) -> None:
    from cases.campaigns import import_campaigns
    from cases.database import open_session
    from matching.importing import import_subscribers

    with open_session(settings.data) as session:
        if (SAMPLES / "campaigns.yaml").is_file():
            import_campaigns(session, SAMPLES / "campaigns.yaml")
        with (SAMPLES / "subscribers.csv").open(encoding="utf-8", newline="") as file:
            import_subscribers(session, csv.DictReader(file))
        session.commit()


def _drop_and_wait(settings: Settings, scans: list[Path], console: Console) -> bool:
    hashes = {_sha256(path) for path in scans}
    end = time.monotonic() + _LIMIT_S
    with Progress(console=console) as progress:
        dropped = progress.add_task("dropped into the inbox", total=len(scans))
        decided = progress.add_task("documents done", total=len(hashes))
        for number, scan in enumerate(scans, start=1):
            _drop(scan, settings.inbox)
            progress.update(dropped, completed=number)
            if number % _FEW == 0:
                time.sleep(0.3)
                progress.update(decided, completed=_done(settings, hashes))
        while time.monotonic() < end:
            count = _done(settings, hashes)
            progress.update(decided, completed=count)
            if count == len(hashes) and not any(p.is_file() for p in settings.inbox.rglob("*")):
                return _batches_closed(settings)
            time.sleep(0.5)
    return False


def _drop(scan: Path, inbox: Path) -> None:
    folders = scan.relative_to(SAMPLES / "scans").parts[:-1] or ("paper",)
    target = inbox.joinpath(*folders, scan.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    # under another name until it is whole, as a careful scanner does; the plain copy of others waits out its window
    half = target.with_name(f"{target.name}.part")
    shutil.copyfile(scan, half)
    half.rename(target)


def _done(settings: Settings, hashes: set[str]) -> int:
    from sqlmodel import Session, col, select

    from cases.database import engine_for
    from cases.models import Document

    engine = engine_for(settings)
    with Session(engine) as session:
        query = select(Document.sha256).where(col(Document.state).in_(["done", "rejected"]))
        found = hashes & set(session.exec(query).all())
    engine.dispose()
    return len(found)


def _batches_closed(settings: Settings, wait_s: float = 60.0) -> bool:
    from sqlmodel import Session, col, select

    from cases.database import engine_for
    from cases.models import Batch

    engine, end = engine_for(settings), time.monotonic() + wait_s
    while time.monotonic() < end:
        with Session(engine) as session:
            if session.exec(select(Batch.id).where(col(Batch.state).in_(["queued", "running"]))).first() is None:
                engine.dispose()
                return True
        time.sleep(0.5)
    return False


def _numbers(settings: Settings, started: float) -> dict[str, float]:
    from cases.database import open_session
    from cases.summary import totals

    with open_session(settings.data) as session:
        summary: Summary = totals(session)
    return {**summary.as_dict(), "seconds": round(time.monotonic() - started, 1)}


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
