"""A base as CSV: `python -m bench.people --rows 1000000 --seed 1 -o base.csv`; needs the memory of one chunk."""

from __future__ import annotations

import argparse
import csv
import resource
import sys
import time
from pathlib import Path

from bench.people.population import COLUMNS, Population


def write(population: Population, path: Path) -> None:
    """The base with a header line, in the columns of `./replyflow subscribers import`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(population.chunks):
            columns = population.chunk(number).columns
            writer.writerows(zip(*(columns[name].tolist() for name in COLUMNS), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.people", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--out", type=Path, required=True)
    given = parser.parse_args()
    start = time.perf_counter()
    write(Population(given.rows, given.seed), given.out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = given.out.stat().st_size / 1e6
    sys.stdout.write(f"{given.rows} rows, {size:.0f} MB, {time.perf_counter() - start:.1f} s, peak {peak:.0f} MiB\n")


if __name__ == "__main__":
    main()
