"""`demo`: the whole way on the samples, as a back office would do it."""

from __future__ import annotations

import csv
import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from commands.embedded import Stopped, embedded_stack, print_addresses, wait_for_signal
from commands.tables import summary_table

if TYPE_CHECKING:
    from sqlmodel import Session

    from cases.models import Document
    from cases.settings import Settings

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
_PAUSE_EVERY, _PAUSE_S = 5, 0.3
_LIMIT_S = 900.0
_ENDED = ("done", "rejected")
_FIGURES = ("responses", "automatic", "review", "rejected", "cases")


@dataclass(frozen=True, slots=True)
class Pile:
    """The scans to drop, and the hashes of those among them that the data folder has not seen yet."""

    scans: tuple[Path, ...]
    new: frozenset[str]


def demo_command(
    ctx: typer.Context,
    leave: Annotated[bool, typer.Option("--exit", help="Stop everything when done.")] = False,
) -> None:
    """Starts the real stack, drops the sample scans into the inbox, waits, and shows what became of them."""
    from cases.settings import Settings

    console, settings, started = Console(stderr=True), Settings.for_data(ctx.obj.data), time.monotonic()
    done = False
    try:
        pile = _prepare(settings, console)
        console.print("Starting the Prefect server, the deployments, intake and the desk ...")
        with embedded_stack(settings, console) as stack:
            done = _drop_and_wait(settings, pile, console)
            _report(settings, pile, started, console)
            print_addresses(stack, Console())
            if done and not leave:
                console.print("Ctrl-C stops everything.")
                wait_for_signal()
    except (Stopped, KeyboardInterrupt):
        console.print("Everything is stopped.")
    if not done:
        console.print(f"Not every file was done; {settings.data / 'run'} has the logs.", soft_wrap=True, markup=False)
        raise typer.Exit(1)


def _prepare(settings: Settings, console: Console) -> Pile:
    scans = tuple(sorted(path for path in (SAMPLES / "scans").rglob("*") if path.is_file()))
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in scans}
    _load(settings, console)
    with _reading(settings) as session:
        new = hashes - {document.sha256 for document in _documents(session, hashes)}
    if not new:
        console.print(
            f"{settings.data} has had every sample before: they will be counted as duplicates and open nothing twice.\n"
            "To see the whole way again, name a new folder: ./replyflow --data NEW_FOLDER demo",
            soft_wrap=True,
            markup=False,
        )
    return Pile(scans, frozenset(new))


def _load(settings: Settings, console: Console) -> None:
    """Invented subscribers and campaigns, and never into a base of real ones."""
    from sqlmodel import col, select

    from cases.campaigns import import_campaigns
    from cases.database import open_session
    from matching.base import Subscriber
    from matching.importing import import_subscribers
    from matching.lists import write_lists

    with (SAMPLES / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open_session(settings.data) as session:
        if set(session.exec(select(col(Subscriber.id)).limit(len(rows) + 1))) - {row["id"] for row in rows}:
            console.print(f"{settings.data} holds your own subscribers. Name another folder: --data NEW_FOLDER demo")
            raise typer.Exit(2)
        import_campaigns(session, SAMPLES / "campaigns.yaml")
        import_subscribers(session, rows)
        session.commit()
        write_lists(session, settings.lists)


def _drop_and_wait(settings: Settings, pile: Pile, console: Console) -> bool:
    end = time.monotonic() + _LIMIT_S
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        dropped = progress.add_task("dropped into the inbox", total=len(pile.scans))
        taken = progress.add_task("taken in by the watcher", total=len(pile.new))
        decided = progress.add_task("read and decided", total=len(pile.new))

        def look() -> None:
            states = _states(settings, pile)
            progress.update(taken, completed=len(states))
            progress.update(decided, completed=sum(state in _ENDED for state in states))

        for number, scan in enumerate(pile.scans, start=1):
            _drop(scan, settings.inbox)
            progress.update(dropped, completed=number)
            if number % _PAUSE_EVERY == 0:
                time.sleep(_PAUSE_S)
                look()
        while not (quiet := _is_quiet(settings, pile)) and time.monotonic() < end:
            time.sleep(_PAUSE_S)
            look()
        look()
    return quiet


def _drop(scan: Path, inbox: Path) -> None:
    target = inbox / scan.relative_to(SAMPLES / "scans")
    target.parent.mkdir(parents=True, exist_ok=True)
    # under another name until it is whole, as a careful scanner does; the plain copy of others waits out its window
    half = target.with_name(f"{target.name}.part")
    shutil.copyfile(scan, half)
    half.rename(target)


def _states(settings: Settings, pile: Pile) -> list[str]:
    with _reading(settings) as session:
        return [document.state for document in _documents(session, pile.new)]


def _is_quiet(settings: Settings, pile: Pile) -> bool:
    """Whether nothing lies in the inbox, every new document is done, and every batch is closed."""
    from sqlmodel import col, select

    from cases.models import Batch

    ended = [state for state in _states(settings, pile) if state in _ENDED]
    if _left(settings, pile) or len(ended) < len(pile.new):
        return False
    with _reading(settings) as session:
        return session.exec(select(Batch.id).where(col(Batch.state).in_(["queued", "running"]))).first() is None


def _left(settings: Settings, pile: Pile) -> int:
    """The files of the pile that intake did not take."""
    return sum((settings.inbox / scan.relative_to(SAMPLES / "scans")).exists() for scan in pile.scans)


def _report(settings: Settings, pile: Pile, started: float, console: Console) -> None:
    """The table, which accounts for every dropped file: dropped = documents + duplicates + refused."""
    from cases.summary import batch_summary

    with _reading(settings) as session:
        documents = _documents(session, pile.new)
        batches = sorted({document.batch_id for document in documents if document.batch_id})
        summaries = [batch_summary(session, batch_id).as_dict() for batch_id in batches]
    refused = _left(settings, pile)
    duplicates = len(pile.scans) - len(documents) - refused
    counts = {name: sum(one[name] for one in summaries) for name in _FIGURES}
    numbers = {"dropped": len(pile.scans), "documents": len(documents), "duplicates": duplicates, "refused": refused}
    Console().print(summary_table({**numbers, **counts, "seconds": round(time.monotonic() - started, 1)}))
    for document in documents:
        if document.state == "rejected":
            console.print(f"rejected: {document.name}: {document.reason}", soft_wrap=True, markup=False)


@contextmanager
def _reading(settings: Settings) -> Iterator[Session]:
    """A session that never keeps the intake waiting."""
    from sqlmodel import Session

    from cases.database import engine_for

    engine = engine_for(settings).execution_options(reader=True)
    with Session(engine) as session:
        yield session
    engine.dispose()


def _documents(session: Session, hashes: set[str] | frozenset[str]) -> list[Document]:
    from sqlmodel import col, select

    from cases.models import Document

    return list(session.exec(select(Document).where(col(Document.sha256).in_(hashes)).order_by(col(Document.name))))
