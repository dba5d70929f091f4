"""Killed and run again: nothing lost, nothing twice. `python -m bench.kill [--kills N] [--files N] [--seed N]`.

Runs the product once undisturbed on samples, then on empty installations, where it is killed again and again (SIGKILL)
just before a step that lasts (a commit, a rename, a removal), chosen by chance, until it is through. Every database
must then hold the same documents, responses, cases and exceptions, and its ledger must verify.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from cases import ledger
from cases.campaigns import import_campaigns
from cases.database import engine_for, open_session
from cases.models import Batch, Case, Document, ExceptionItem, Page, Response
from cases.settings import Settings
from matching.importing import import_subscribers

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
_LASTING = {"os.rename", "os.remove"}


@dataclass(frozen=True)
class Content:
    """What an installation holds, without numbers and times, which differ from run to run."""

    documents: list[tuple[object, ...]]
    responses: list[tuple[object, ...]]
    cases: list[tuple[object, ...]]
    exceptions: list[tuple[object, ...]]

    def differs_from(self, other: Content) -> list[str]:
        return [part.name for part in fields(self) if getattr(self, part.name) != getattr(other, part.name)]


def prepared(data: Path) -> Path:
    """`data` with the sample subscribers and campaigns in it."""
    with open_session(data) as session:
        import_campaigns(session, SAMPLES / "campaigns.yaml")
        with (SAMPLES / "subscribers.csv").open(encoding="utf-8", newline="") as file:
            import_subscribers(session, csv.DictReader(file))
        session.commit()
    return data


def content_of(settings: Settings) -> Content:
    """What lies in the database of `settings`."""
    engine = engine_for(settings)
    with Session(engine) as session:
        documents = session.exec(select(Document)).all()
        sha = {document.id: document.sha256 for document in documents}
        page = {one.id: (sha[one.document_id], one.number) for one in session.exec(select(Page)).all()}
        responses = {one.id: one for one in session.exec(select(Response)).all()}
        first = {id: page[one.first_page_id] for id, one in responses.items()}
        found = Content(
            sorted(
                (d.sha256, d.state, d.reason_code or "", d.pages or 0) for d in session.exec(select(Document)).all()
            ),
            sorted(
                (*first[id], r.template, r.verdict or "", r.subscriber_id or "", str(r.rules), len(r.page_ids))
                for id, r in responses.items()
            ),
            sorted(
                (*first[c.response_id], c.kind, c.state, c.subscriber_id or "", c.offer or "")
                for c in session.exec(select(Case)).all()
            ),
            sorted(
                (sha[e.document_id], e.rule, e.field or "", str(page.get(e.page_id or 0)))
                # which readings are sampled hangs on a secret of each installation
                for e in session.exec(select(ExceptionItem).where(ExceptionItem.purpose != "sample")).all()
            ),
        )
    engine.dispose()
    return found


def faults_of(settings: Settings) -> list[str]:
    """What may never be: a broken ledger, a document that is not decided, a batch that is not closed."""
    engine = engine_for(settings)
    with Session(engine) as session:
        broken = ledger.verify_chain(session)
        waiting = session.exec(select(Document.id).where(col(Document.state).in_(["received", "reading"]))).all()
        unclosed = session.exec(select(Batch.id).where(Batch.state != "done")).all()
    engine.dispose()
    faults = [broken.sentence] if broken else []
    return faults + [f"document {id} waits" for id in waiting] + [f"batch {id} is open" for id in unclosed]


def run(data: Path, files: Sequence[Path], die_before: int = 0) -> tuple[int, int]:
    """Exit code of `run --no-prefect`, and how many lasting steps it took; killed just before step `die_before`.

    A killed run says no number of steps: 0.
    """
    command = [sys.executable, "-m", "bench.kill", "--child", str(die_before), "--data", str(data), "run"]
    with tempfile.TemporaryFile("w+") as steps:
        child = subprocess.Popen(
            [*command, "--no-prefect", *map(str, files)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=steps
        )
        child.wait()
        steps.seek(0)
        told = [line for line in steps.read().splitlines() if line.startswith("steps ")]
    return child.returncode, int(told[-1].split()[1]) if told else 0


def _child(die_before: int, arguments: list[str]) -> None:
    taken, process = 0, os.getpid()

    def count(*_: object) -> None:
        nonlocal taken
        if os.getpid() != process:
            return
        taken += 1
        if taken == die_before:
            os.kill(process, signal.SIGKILL)

    event.listen(Engine, "commit", count)
    sys.addaudithook(lambda name, _: count() if name in _LASTING else None)
    sys.argv = ["replyflow", *arguments]
    from commands.main import main

    try:
        main()
    finally:
        print(f"steps {taken}", file=sys.stderr, flush=True)


def storm(folder: Path, files: Sequence[Path], steps: int, kills: int, chance: random.Random) -> tuple[int, Settings]:
    """Runs on an empty installation, killed again and again, until it is through or was killed `kills` times."""
    data, done = prepared(folder), 0
    while done < kills:
        code, _ = run(data, files, chance.randint(1, steps))
        if code != -signal.SIGKILL:
            return done, Settings.for_data(data)
        done += 1
    run(data, files)
    return done, Settings.for_data(data)


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        _child(int(sys.argv[2]), sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--files", type=int, help="so many of the samples, evenly chosen; all of them if not given")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    files = sorted(path for path in (SAMPLES / "scans").rglob("*") if path.is_file())
    files = files[:: max(len(files) // given.files, 1)] if given.files else files
    chance, kills, rounds, wrong = random.Random(given.seed), 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        calm, started = prepared(Path(folder) / "calm"), time.perf_counter()
        _, steps = run(calm, files)
        expected = content_of(Settings.for_data(calm))
        numbers = ", ".join(f"{len(getattr(expected, part.name))} {part.name}" for part in fields(expected))
        print(
            f"undisturbed: {len(files)} files, {steps} lasting steps, {time.perf_counter() - started:.1f} s, {numbers}"
        )
        started = time.perf_counter()
        while kills < given.kills:
            rounds += 1
            done, settings = storm(Path(folder) / str(rounds), files, steps, given.kills - kills, chance)
            kills += done
            wrong += [*content_of(settings).differs_from(expected), *faults_of(settings)]
    print(f"killed {kills} times in {rounds} installations, {time.perf_counter() - started:.1f} s")
    print(f"differs from the undisturbed run: {', '.join(wrong) or 'nothing'}")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
