"""A sampled tenth of the subscribers erased: what is left of them anywhere, and whether everything still verifies.

    python -m bench.erasure                   # runs all samples through a Prefect server into a folder of its own
    python -m bench.erasure --data DATA       # on a copy of this data folder
    python -m bench.erasure --seed 7

Looks through every file of the data folder, byte by byte: tables with their free pages, indexes and write-ahead log,
Prefect's database and logs, lists, rejected files, bags. Before that it looks for everybody of the base in what belongs
to Prefect, where nothing of anybody may be.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session, col, select

from bench.kill import ROOT, SAMPLES
from bench.searching import found_in, marks_of, people_in, texts_of
from cases.audit.checking import verify_bag
from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.auditing import first_fault
from cases.database import open_session, reading_session
from cases.models import Batch, Mailing, Response
from cases.privacy.erasing import erase_people
from cases.settings import Settings
from matching.base import Subscriber

_SHARE = 0.1


def filled(folder: Path) -> Path:
    """All samples, run as an operator runs them: by flows of a Prefect server."""
    data = folder / "data"
    command = [sys.executable, "-m", "commands.main", "--data", str(data)]
    for what, file in (("subscribers", "subscribers.csv"), ("campaigns", "campaigns.yaml")):
        subprocess.run([*command, what, "import", SAMPLES / file], check=True, cwd=ROOT, stdout=sys.stderr)
    subprocess.run([*command, "run", SAMPLES / "scans"], check=False, cwd=ROOT, stdout=sys.stderr)
    return data


def everybody(session: Session) -> list[Subscriber]:
    """The base, loosened from the session."""
    people = list(session.exec(select(Subscriber).order_by(Subscriber.id)))
    session.expunge_all()
    session.rollback()
    return people


def sampled(session: Session, people: Sequence[Subscriber], lot: random.Random) -> list[Subscriber]:
    """A tenth of who answered and a tenth of who did not, so that there is something to erase of some."""
    known = {id for id in session.exec(select(Response.subscriber_id).distinct()) if id}
    known |= set(session.exec(select(Mailing.subscriber_id)))
    session.rollback()
    answered = [one for one in people if one.id in known]
    others = [one for one in people if one.id not in known]
    return [
        one for group in (answered, others) for one in lot.sample(group, max(1, round(len(group) * _SHARE))) if group
    ]


def theirs_alone(gone: Sequence[Subscriber], left: Sequence[Subscriber]) -> dict[str, list[str]]:
    """For each of the erased what gives away nobody who stays: a namesake may still be named."""
    shared = "\n".join(mark.casefold() for one in left for mark in marks_of(one).all())
    return {one.id: [mark for mark in marks_of(one).all() if mark.casefold() not in shared] for one in gone}


def left_of(marks: dict[str, list[str]], folder: Path) -> Counter[str]:
    """Where in the folder marks of these people stand: file -> how many."""
    wanted = {mark for own in marks.values() for mark in own}
    found: Counter[str] = Counter()
    for path, text in texts_of(folder):
        if hits := found_in(text, wanted):
            found[path.relative_to(folder).as_posix()] += len(hits)
    return found


def faults(settings: Settings, bags: Sequence[Path]) -> list[str]:
    """The first thing that is wrong with the database, and with each of the bags."""
    with reading_session(settings) as session:
        fault = first_fault(session, settings)
    found = [finding.sentence for bag in bags for finding in verify_bag(bag)[:1]]
    return [*filter(None, [fault]), *found]


def in_prefect(data: Path, people: Sequence[Subscriber]) -> tuple[int, int, dict[str, list[str]]]:
    """How many files and bytes belong to Prefect or are logs, and what of anybody stands in them."""
    files, size = 0, 0
    hits: dict[str, set[str]] = {}
    for folder in (data / "prefect", data / "run"):
        for path, text in texts_of(folder):
            files, size = files + 1, size + path.stat().st_size
            for kind, found in people_in(text, people).items():
                hits.setdefault(kind, set()).update(found)
    return files, size, {kind: sorted(found) for kind, found in hits.items() if found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a data folder, of which a copy is used")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        data = Path(shutil.copytree(given.data, work / "data")) if given.data else filled(work)
        settings = Settings(data=data)
        with open_session(data) as session:
            people = everybody(session)
            gone = sampled(session, people, random.Random(given.seed))
            batches = list(session.exec(select(Batch.id).order_by(col(Batch.id))))
        old = [work / f"old-{batch}" for batch in batches]
        for batch, bag in zip(batches, old, strict=True):
            export_bag(settings, Scope(batch=batch), bag)
            shutil.copytree(bag, settings.exports / batch)
        files, size, hits = in_prefect(data, people)
        print(f"Prefect's database and logs: {files} files, {size / 1e6:.1f} MB", end="; ")
        print(f"of {len(people)} people: {hits or 'nothing'}")
        ids = {one.id for one in gone}
        marks = theirs_alone(gone, [one for one in people if one.id not in ids])
        before = left_of(marks, data)
        print(f"{len(gone)} of {len(people)} subscribers, {sum(map(len, marks.values()))} marks that are theirs alone")
        print(f"before: {before.total()} found in {len(before)} files")
        with open_session(data) as session:
            done = erase_people(session, settings, sorted(ids), "os:bench")
        print(f"erased: {done.subscribers} subscribers, {done.responses} responses, {done.files} files of the store")
        after = left_of(marks, data)
        print(f"after: {after.total()} found in {len(after)} files {dict(after) or ''}")
        new = [work / f"new-{batch}" for batch in batches]
        for batch, bag in zip(batches, new, strict=True):
            export_bag(settings, Scope(batch=batch), bag)
            after += left_of(marks, bag)
        print(f"in new bags: {after.total()}")
        wrong = faults(settings, [*old, *new])
        print(f"database, {len(old)} old and {len(new)} new bags: {'; '.join(wrong) or 'all verify'}")
    return 1 if wrong or after or hits else 0


if __name__ == "__main__":
    sys.exit(main())
