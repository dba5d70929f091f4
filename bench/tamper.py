"""Random changes to audit bags and databases: each must be found by verify, and what is untouched must pass.

    python -m bench.tamper                # runs some samples into a folder of its own, then 400 bags and 120 databases
    python -m bench.tamper --bags 50 --databases 10 --seed 7

Prints how many changes of each kind were made and found, and every one that was not.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from cases.audit.bag import MANIFEST, TAGS
from cases.audit.checking import verify_bag
from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.auditing import first_fault
from cases.database import reading_session
from cases.settings import Settings
from cases.store import file_hash

Change = Callable[[random.Random, Path], bool]
TABLES = ("document", "page", "reading", "response", "case", "exception", "ledger", "seal", "commitment", "campaign")
_IGNORED = {"exception": {"leased_by", "leased_until", "draft"}, "campaign": {"signing_key"}}


def files(bag: Path) -> list[Path]:
    """Every file of the bag, in order."""
    return sorted(path for path in bag.rglob("*") if path.is_file())


def flip_byte(lot: random.Random, bag: Path) -> bool:
    path = lot.choice([one for one in files(bag) if one.stat().st_size])
    content = bytearray(path.read_bytes())
    content[lot.randrange(len(content))] ^= 1 << lot.randrange(8)
    path.write_bytes(content)
    return True


def cut_off(lot: random.Random, bag: Path) -> bool:
    path = lot.choice([one for one in files(bag) if one.stat().st_size])
    path.write_bytes(path.read_bytes()[: lot.randrange(path.stat().st_size)])
    return True


def delete_file(lot: random.Random, bag: Path) -> bool:
    lot.choice(files(bag)).unlink()
    return True


def add_file(lot: random.Random, bag: Path) -> bool:
    folder = lot.choice([bag, *(path for path in bag.rglob("*") if path.is_dir())])
    (folder / f"added-{lot.randrange(10**6)}").write_bytes(lot.randbytes(lot.randrange(3)))
    return True


def swap_files(lot: random.Random, bag: Path) -> bool:
    one, other = lot.sample(files(bag), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return first != second


def edit_lines(lot: random.Random, bag: Path) -> bool:
    """Reorders, repeats or drops a line of a table or manifest."""
    path = lot.choice([one for one in files(bag) if one.suffix in (".jsonl", ".txt")])
    lines = path.read_bytes().splitlines(keepends=True)
    if len(lines) < 2:
        return False
    before, place = list(lines), lot.randrange(len(lines))
    way = lot.randrange(3)
    if way == 0:
        lines.pop(place)
    elif way == 1:
        lines.insert(lot.randrange(len(lines)), lines[place])
    else:
        lot.shuffle(lines)
    path.write_bytes(b"".join(lines))
    return lines != before


def forge(lot: random.Random, bag: Path) -> bool:
    """Changes a digit in a table and writes both manifests anew, as somebody does who knows BagIt and has no key."""
    path = lot.choice([one for one in (bag / "data").glob("*.jsonl") if any(48 <= c < 58 for c in one.read_bytes())])
    content = bytearray(path.read_bytes())
    digits = [place for place, character in enumerate(content) if 48 <= character < 58]
    place = lot.choice(digits)
    content[place] = lot.choice([one for one in range(48, 58) if one != content[place]])
    was, listed = file_hash(path), file_hash(bag / MANIFEST)
    path.write_bytes(content)
    for manifest, old, changed in ((bag / MANIFEST, was, path), (bag / TAGS, listed, bag / MANIFEST)):
        manifest.write_text(manifest.read_text().replace(old, file_hash(changed)))
    return True


BAG_CHANGES: tuple[Change, ...] = (flip_byte, cut_off, delete_file, add_file, swap_files, edit_lines, forge)


def change_database(lot: random.Random, database: Path) -> str | None:
    """One change by the owner of the database, who drops the triggers first: what it was, None where it was none."""
    with sqlite3.connect(database) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        table = lot.choice(TABLES)
        rows = connection.execute(f'SELECT rowid FROM "{table}"').fetchall()
        if not rows:
            return None
        row = lot.choice(rows)[0]
        if lot.random() < 0.3:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (row,))
            return f"{table}: row deleted"
        columns = [one[1] for one in connection.execute(f'PRAGMA table_info("{table}")').fetchall()]
        column = lot.choice(
            [one for one in columns if one not in _IGNORED.get(table, set()) and not one.endswith("id")]
        )
        (value,) = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (row,)).fetchone()
        new = _other(lot, value)
        if new is None:
            return None
        try:
            connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, row))
        except sqlite3.IntegrityError:
            # another row has this value already, and the table itself refuses it
            return None
        return f"{table}: {column} changed"


def _other(lot: random.Random, value: object) -> object:
    """Another value of the same form: a digit or a letter changed, a number added."""
    if isinstance(value, int | float):
        return value + 1
    if not isinstance(value, str):
        return None
    places = [place for place, character in enumerate(value) if character in "0123456789abcdef"]
    if not places:
        return None
    place = lot.choice(places)
    kind = "0123456789" if value[place].isdigit() else "abcdef"
    return value[:place] + lot.choice([one for one in kind if one != value[place]]) + value[place + 1 :]


def missed_in_bags(bag: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Makes `count` changes, each to a fresh copy of the bag: how many of each kind, and those that were not found."""
    made, missed = Counter[str](), list[str]()
    number = 0
    while made.total() < count:
        number += 1
        lot = random.Random(seed * 100_003 + number)
        change = BAG_CHANGES[number % len(BAG_CHANGES)]
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(shutil.copytree(bag, Path(scratch) / "bag"))
            if not change(lot, copy):
                continue
            made[change.__name__] += 1
            if not verify_bag(copy):
                missed.append(f"{change.__name__} {number}")
    return made, missed


def missed_in_databases(data: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Makes `count` changes, each to a fresh copy of the database, beside the same store."""
    made, missed = Counter[str](), list[str]()
    number = 0
    while made.total() < count:
        number += 1
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(shutil.copy(data / "replyflow.sqlite", scratch))
            what = change_database(random.Random(seed * 100_003 + number), copy)
            if what is None:
                continue
            made[what] += 1
            settings = Settings(data=data, database_url=f"sqlite:///{copy}")
            try:
                with reading_session(settings) as session:
                    found = first_fault(session, settings)
            except (ValueError, TypeError, LookupError) as error:
                found = f"unreadable: {error}"
            if found is None:
                missed.append(f"{what} {number}")
    return made, missed


def at_rest(data: Path) -> None:
    """Brings what is in the write-ahead log into the database file."""
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bags", type=int, default=400)
    parser.add_argument("--databases", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="a data folder with one batch; made from samples without")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = given.data or filled(Path(scratch))
        settings, bag = Settings(data=data), Path(scratch) / "bag"
        with sqlite3.connect(data / "replyflow.sqlite") as connection:
            (batch,) = connection.execute("SELECT id FROM batch").fetchone()
        export_bag(settings, Scope(batch=batch), bag)
        at_rest(data)
        with reading_session(settings) as session:
            untouched = [*map(str, verify_bag(bag)), *filter(None, [first_fault(session, settings)])]
        made, missed = missed_in_bags(bag, given.bags, given.seed)
        print(f"{made.total()} changes to bags, {len(missed)} not found: {missed}", flush=True)
        made_there, missed_there = missed_in_databases(data, given.databases, given.seed)
    for kind, count in sorted((made + made_there).items()):
        print(f"{count:5}  {kind}")
    print(f"{made_there.total()} changes to databases, {len(missed_there)} not found: {missed_there}")
    print("untouched: " + ("; ".join(untouched) or "passes"))
    return 1 if missed or missed_there or untouched else 0


def filled(folder: Path) -> Path:
    """Some samples, run as an operator runs them."""
    import subprocess

    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "commands.main", "--data", str(folder / "data")]
    for what, file in (("subscribers", "subscribers.csv"), ("campaigns", "campaigns.yaml")):
        subprocess.run([*command, what, "import", root / "samples" / file], check=True, cwd=root, stdout=sys.stderr)
    scans = sorted((root / "samples/scans/paper").glob("000[1-6]*"))
    subprocess.run([*command, "run", "--no-prefect", *map(str, scans)], check=False, cwd=root, stdout=sys.stderr)
    return folder / "data"


if __name__ == "__main__":
    sys.exit(main())
