"""How quick is an import: `python -m bench.import_base [--rows N] [--database KIND ...] [--folder DIR | --base DIR]`.

Writes an invented base as CSV, loads it into an empty database, refreshes it with the same file, with 1 % of the rows
changed, and with the file as Parquet; prints rows a second, CPU seconds, peak memory of the importing process and
what the tables take. Each step runs as `./replyflow subscribers import` does, in a process of its own. With --base
only the first load is measured; the file and the bases stay in that folder for bench.lookup and bench.matching.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.databases import bytes_on_disk, database, home_of
from bench.people.__main__ import write
from bench.people.population import Population
from matching.index import scheme

_CHANGED_SHARE = 0.01
_PORTION = 50_000
_STEP = "import sys; from commands.main import main; main()"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.import_base", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgres"], nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--folder", type=Path, help="where files and databases lie; default a temporary folder")
    parser.add_argument("--base", type=Path, help="folder that keeps the file and the built bases; first load only")
    given = parser.parse_args()
    if given.base:
        given.base.mkdir(parents=True, exist_ok=True)
        file = _whole(given.base / f"people-{given.rows}-{given.seed}.csv", given.rows, given.seed)
        for kind in given.database:
            home = home_of(given.base, kind, given.rows, given.seed)
            _measure(kind, home, [("first load", file)], given.rows)
            (home / f"built-{scheme()}").write_text("bench.import_base")
        return
    with tempfile.TemporaryDirectory(prefix="replyflow-import-", dir=given.folder) as spare:
        folder = Path(spare)
        folder.chmod(0o755)  # the user postgres must come through
        files = _files(folder, given.rows, given.seed)
        for kind in given.database:
            _measure(kind, folder / kind, files, given.rows)


def _files(folder: Path, rows: int, seed: int) -> list[tuple[str, Path]]:
    whole, moved, columnar = _whole(folder / "base.csv", rows, seed), folder / "moved.csv", folder / "moved.parquet"
    _move(whole, moved, seed)
    _to_parquet(moved, columnar)
    _say(f"{rows:,} rows: CSV {whole.stat().st_size / 1e6:,.0f} MB, Parquet {columnar.stat().st_size / 1e6:,.0f} MB")
    return [
        ("first load", whole),
        ("refresh, nothing changed", whole),
        ("refresh, 1 % moved", moved),
        ("refresh from Parquet, nothing changed", columnar),
    ]


def _whole(file: Path, rows: int, seed: int) -> Path:
    if not file.exists():
        write(Population(rows, seed), file)
    return file


def _move(source: Path, target: Path, seed: int) -> None:
    """One in a hundred now lives at another number of another street, and another has a new phone."""
    chance = random.Random(seed)
    with source.open(encoding="utf-8", newline="") as old, target.open("w", encoding="utf-8", newline="") as new:
        reader = csv.DictReader(old)
        writer = csv.DictWriter(new, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        for row in reader:
            if chance.random() < _CHANGED_SHARE:
                row |= {"street": "Nya Vägen", "house_number": str(chance.randint(1, 90))}
            writer.writerow(row)


def _to_parquet(source: Path, target: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    with source.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        schema = pyarrow.schema([(name, pyarrow.string()) for name in reader.fieldnames or []])
        with parquet.ParquetWriter(target, schema) as writer:
            for portion in _portions(reader):
                writer.write_table(pyarrow.Table.from_pylist(portion, schema))


def _portions(rows: Iterator[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    portion: list[dict[str, str]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _measure(kind: str, home: Path, files: Sequence[tuple[str, Path]], rows: int) -> None:
    with database(kind, home) as engine:  # type: ignore[arg-type]  # argparse allows only the two kinds
        _say(f"\n{kind}, {rows:,} rows, load of the machine {os.getloadavg()[0]:.1f}")
        url = engine.url.render_as_string(hide_password=False)
        for name, file in files:
            told, spent, cpu, peak = _step(home, url, file)
            counts = f"{told['new']:,} new, {told['changed']:,} changed, {told['aliases']:,} former kept"
            speed = f"{spent:7.1f} s {rows / spent:9,.0f} rows/s, CPU {cpu:6.1f} s, peak {peak:5,.0f} MiB"
            _say(f"{name:<38} {speed}: {counts}")
        _say(_sizes(home, url))


def _step(home: Path, url: str, file: Path) -> tuple[dict[str, int], float, float, float]:
    """One import in a process of its own: its report, wall seconds, CPU seconds with children, peak MiB."""
    command = [sys.executable, "-c", _STEP, "--data", str(home), "subscribers", "import", str(file), "--json"]
    environment = {**os.environ, "REPLYFLOW_DATABASE_URL": url}
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        out = process.stdout.read() if process.stdout else b""
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    spent = time.perf_counter() - start
    return json.loads(out), spent, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _sizes(home: Path, url: str) -> str:
    command = [sys.executable, "-c", _STEP, "--data", str(home), "subscribers", "stats", "--json"]
    environment = {**os.environ, "REPLYFLOW_DATABASE_URL": url}
    found = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    parts = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in found["bytes"].items() if size > 1e6)
    keys = f"{found['keys']:,} keys ({found['keys_a_subscriber']} a subscriber, {found['heavy_keys']:,} heavy)"
    return f"{keys}; {parts}; on disk {bytes_on_disk(home) / 1e6:,.0f} MB"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
