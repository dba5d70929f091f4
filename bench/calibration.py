"""Whether confidence means what it says: `python -m bench.calibration [--count N] [-o DIR]`.

Draws N sheets of every kind of field, filled in by writers, fonts and subscribers that the curves were not fitted to,
scans them in eleven ways, reads them, and prints by family of fields and by degradation: fields with a value, those
read exactly, the share taken automatically (`ok`) and how many of them are wrong, both with 95 % intervals, the share
that a threshold chosen for these very fields at 0.2 % wrong would take, and the expected calibration error. With -o, a
reliability diagram of each family. Exit code 1 when an error is above its bound.

`--fit` draws other sheets, by the writers kept for that, and writes the curves to ocr/certainty/certainty.json.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.diagrams import save_diagram
from bench.sheets import DEGRADATIONS, Part, make_sheet
from ocr.certainty.curves import FILE, Curve, curves, fit, save
from ocr.certainty.families import FAMILIES, Family
from ocr.certainty.shares import Share, expected_calibration_error, share, threshold_for
from ocr.certainty.values import same_value
from ocr.page import Page
from ocr.reader import read_page
from ocr.readings import Reading, Value

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared/data"
FALSE_ACCEPTS, BOUND = 0.002, 0.05
MEASURED: tuple[Family, ...] = tuple(family for family in FAMILIES if family != "code")
"""Codes check themselves; their confidence says how many copies agree."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reading whose truth is known; `evidence` is empty for a field read as empty. `filled`: it is not blank."""

    family: Family
    degradation: str
    status: str
    confidence: float
    evidence: tuple[float, ...]
    right: bool
    filled: bool


def outcomes(seed: int, data: Path, part: Part) -> list[Outcome]:
    """Draws and reads one sheet; one that is not registered gives nothing, as nothing of it is taken."""
    cv2.setNumThreads(1)
    sheet = make_sheet(data, part, seed)
    page = read_page(Page(f"sheet-{seed}", 1, sheet.image), sheet.templates)
    return [_outcome(reading, sheet.truth[reading.name], sheet.degradation) for reading in page.fields]


def _outcome(reading: Reading, truth: Value, degradation: str) -> Outcome:
    assert reading.family is not None
    right = same_value(reading.kind, reading.value, truth)
    return Outcome(
        reading.family,
        degradation,
        reading.status,
        reading.confidence,
        reading.evidence,
        right,
        truth not in ("", [], False),
    )


def read_sheets(data: Path, part: Part, count: int, *, first: int = 0, jobs: int = 2) -> list[Outcome]:
    """Every field of `count` sheets."""
    # a process forked from one with a net loaded may hang
    work = partial(outcomes, data=data, part=part)
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [one for found in pool.map(work, range(first, first + count), chunksize=4) for one in found]


def fitted(found: Iterable[Outcome]) -> dict[Family, Curve]:
    """A curve for each family; that of codes stays."""
    made: dict[Family, Curve] = {"code": curves()["code"]}
    every = list(found)
    for family in MEASURED:
        own = [one for one in every if one.family == family]
        scored = [one for one in own if one.evidence]
        features, right = np.array([one.evidence for one in scored]), np.array([one.right for one in scored])
        curve = fit(features, right)
        missed, filled = sum(one.status == "empty" and not one.right for one in own), sum(one.filled for one in own)
        # forms differ in how much of them stays blank: taken as half
        empty = 1 / (1 + (missed + 1) / (filled + 2))
        made[family] = replace(curve, empty=empty, threshold=_threshold(curve, features, right))
    return made


def _threshold(curve: Curve, features: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    sure = np.array([curve(row) for row in features])
    return max(threshold_for(sure, right, FALSE_ACCEPTS), 0.5001)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the readings of one kind are worth; `best` is the share that their own best threshold would take."""

    exact: Share
    taken: Share
    wrong: Share
    best: float
    error: float
    empty: Share


def figures(found: Sequence[Outcome]) -> Figures:
    """The figures of these outcomes; those read as empty are counted apart."""
    scored = [one for one in found if one.status != "empty"]
    taken = [one for one in scored if one.status == "ok"]
    empty = [one.right for one in found if one.status == "empty"]
    sure, right = np.array([one.confidence for one in scored]), np.array([one.right for one in scored], np.bool_)
    best = float((sure >= threshold_for(sure, right, FALSE_ACCEPTS)).mean()) if scored else 0.0
    return Figures(
        share(int(right.sum()), len(scored)),
        share(len(taken), len(scored)),
        share(sum(not one.right for one in taken), len(taken)),
        best,
        expected_calibration_error(sure, right) if scored else 0.0,
        share(sum(empty), len(empty)),
    )


def table(found: Sequence[Outcome]) -> Iterator[str]:
    """One line for each family and, below it, each degradation."""
    yield (
        f"{'family':14}{'scan':12}{'fields':>7}{'exact':>8}{'taken':>8} {'95 %':^15}{'wrong':>6} {'95 %':^15}"
        f"{'at 0.2 %':>9}{'ECE':>8}{'empty':>7}{'so':>8}"
    )
    for family in MEASURED:
        own = [one for one in found if one.family == family]
        yield _line(family, "all", figures(own))
        for degradation in DEGRADATIONS:
            yield _line("", degradation, figures([one for one in own if one.degradation == degradation]))


def _line(family: str, scan: str, made: Figures) -> str:
    return (
        f"{family:14}{scan:12}{made.exact.whole:7}{made.exact.value:8.1%}{made.taken.value:8.1%} "
        f"{_interval(made.taken)}{made.wrong.part:6} {_interval(made.wrong)}{made.best:9.1%}{made.error:8.4f}"
        f"{made.empty.whole:7}{made.empty.value:8.1%}"
    )


def _interval(one: Share) -> str:
    return f"{f'{one.low:.2%}-{one.high:.2%}':^15}"


def above_bound(found: Sequence[Outcome], bound: float = BOUND) -> list[Family]:
    """The families whose confidence is further from the truth, on average, than `bound`."""
    return [family for family in MEASURED if figures([one for one in found if one.family == family]).error > bound]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=220, help="sheets; the degradations take turns")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the writers' characters")
    parser.add_argument("--seed", type=int, default=0, help="number of the first sheet")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path, help="folder for the reliability diagrams")
    parser.add_argument("--fit", action="store_true", help="write the curves instead of measuring them")
    given = parser.parse_args()
    if not (given.data / "handprint").is_dir():
        print(f"{given.data} holds no handprint; name the folder with --data", file=sys.stderr)
        return 2
    os.environ["OMP_THREAD_LIMIT"] = "1"  # the sheets fill the cores already
    part: Part = "validation" if given.fit else "test"
    found = read_sheets(given.data, part, given.count, first=given.seed, jobs=given.jobs)
    if given.fit:
        made = fitted(found)
        save(made, FILE)
        print(f"{len(found)} fields of {given.count} sheets: {FILE.name} written")
        return 0
    print(f"{given.count} sheets, {len(found)} fields, writers and fonts not fitted to")
    print("\n".join(table(found)))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        for family in MEASURED:
            own = [one for one in found if one.family == family and one.status != "empty"]
            sure, right = np.array([one.confidence for one in own]), np.array([one.right for one in own])
            save_diagram(given.out / f"{family}.png", family, sure, right)
    failed = above_bound(found)
    print(f"ECE above {BOUND}: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
