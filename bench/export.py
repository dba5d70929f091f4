"""How fast, and in how much memory, a big batch is exported, beside copying and hashing the same files.

    python -m bench.export                  # 10,000 pages; about 3 GB of disk in the temporary folder
    python -m bench.export --pages 500 --folder /var/tmp/export

Makes a batch of so many one-page forms (see bench.copies), exports it by the command line in a process of its own,
copies the bag with `cp`, hashes the copy with `sha256sum`, and verifies the bag. MB are 10^6 bytes of the bag's files.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_MB, _KIB_A_MB = 1e6, 1e3 / 1.024


@dataclass(frozen=True, slots=True)
class Took:
    """What a command took: seconds by the wall and of the processors, and the most memory in MB (0: of no interest)."""

    wall_s: float
    cpu_s: float
    most_mb: float


def timed(command: Sequence[str]) -> Took:
    """Runs a command from the checkout to its end; stops everything when it fails."""
    started = time.perf_counter()
    child = subprocess.Popen(list(command), cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return Took(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / _KIB_A_MB)


def size_of(folder: Path) -> tuple[int, int]:
    """How many files lie below a folder, and their bytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def line(what: str, took: Took, size: int) -> str:
    rate = size / _MB / took.wall_s
    memory = f", at most {took.most_mb:.0f} MB of memory" if took.most_mb else ""
    return f"{what:22} {took.wall_s:7.1f} s, {took.cpu_s:7.1f} s of CPU, {rate:7.1f} MB/s{memory}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary one without")
    parser.add_argument("--data", type=Path, help="a base that bench.copies has made, to be used again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        data, bag, copy = (Path(scratch) / name for name in ("data", "bag", "copy"))
        if given.data is not None:
            data = given.data.resolve()
        else:
            started = time.perf_counter()
            # in another process: a child's memory is counted from that of its parent on
            subprocess.run([sys.executable, "-m", "bench.copies", str(data), str(given.pages)], cwd=ROOT, check=True)
            print(f"{given.pages} pages taken in, stored and decided in {time.perf_counter() - started:.0f} s")
        with sqlite3.connect(data / "replyflow.sqlite") as connection:
            batch, pages = connection.execute("SELECT batch_id, count(*) FROM document").fetchone()
        print(f"{pages} pages", flush=True)
        replyflow = [sys.executable, "-m", "commands.main", "--data", str(data)]
        exported = timed([*replyflow, "export", batch, "-o", str(bag)])
        files, size = size_of(bag)
        print(f"the bag: {files} files, {size / _MB:.0f} MB")
        print(line("export", exported, size), flush=True)
        copied = timed(["cp", "-r", str(bag), str(copy)])
        hashed = timed(["sh", "-c", 'find "$0" -type f -print0 | xargs -0 sha256sum', str(copy)])
        both = Took(copied.wall_s + hashed.wall_s, copied.cpu_s + hashed.cpu_s, 0)
        print(line("cp, then sha256sum", both, size), flush=True)
        print(line("verify", timed([*replyflow, "verify", str(bag)]), size))
    return 0 if exported.most_mb < 500 else 1


if __name__ == "__main__":
    sys.exit(main())
