"""How often readings are right: `python -m bench.sample_accuracy [--count N | --scans FOLDER]`.

Makes N fresh samples with a seed of its own (or takes a folder that holds a truth.jsonl), reads every page, and prints
for each kind of field how many readings are `ok` and how many of those agree with the truth; then the same for `empty`.
Lists every reading that was sure and wrong. Exit code 1 when a kind under the bar agrees on less than 99 %.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ocr.reader import read_file
from ocr.readings import Value
from ocr.template.loading import TemplateSet, load_templates
from samples.make import make

ROOT = Path(__file__).parents[1]
BAR, BARRED = 0.99, ("code", "tick", "choice", "text", "signature")
_CELLED = ("comb",)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field of one page: what the machine said of it and what is true."""

    file: str
    page: int
    field: str
    kind: str
    writing: str
    status: str
    value: Value
    truth: Value

    @property
    def right(self) -> bool:
        return normal(self.kind, self.value) == normal(self.kind, self.truth)


def normal(kind: str, value: Value) -> object:
    """The value as a template's author compares it: blanks squeezed, letters composed, options in any order."""
    if isinstance(value, list):
        return frozenset(value)
    if isinstance(value, str) or value is None:
        text = unicodedata.normalize("NFC", value or "")
        return re.sub(r"\s+", "" if kind in _CELLED else " ", text).strip()
    return value


def outcomes(line: dict[str, Any], scans: Path, templates: TemplateSet) -> list[Outcome]:
    """Reads the file of one line of truth; a form page that is not read gives no readings, which counts as not ok."""
    pages = {page["page"]: page for page in line["pages"]}
    found = []
    for reading in read_file(scans / line["file"], templates) if pages else ():
        page = pages[reading.page]
        by_name = {field.name: field for field in reading.fields} if reading.template == page["template"] else {}
        for name, truth in page["fields"].items():
            field = by_name.get(name)
            status, value = (field.status, field.value) if field else ("unread", None)
            found.append(
                Outcome(
                    line["file"], reading.page, name, truth["kind"], truth["writing"], status, value, truth["value"]
                )
            )
    return found


def read_all(truth: Sequence[dict[str, Any]], scans: Path, *, jobs: int = 2) -> list[Outcome]:
    """Every field of every file, read in `jobs` processes."""
    task = partial(outcomes, scans=scans, templates=load_templates(ROOT / "templates"))
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [outcome for some in pool.map(task, truth, chunksize=4) for outcome in some]


def load_truth(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def agreement(found: Iterable[Outcome], status: str = "ok") -> dict[str, tuple[int, int]]:
    """By kind: readings of that status, and those among them that are right."""
    counts: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for outcome in found:
        if outcome.status == status:
            counts[outcome.kind] += 1
            right[outcome.kind] += outcome.right
    return {kind: (counts[kind], right[kind]) for kind in counts}


def wrong(found: Iterable[Outcome]) -> list[Outcome]:
    """Readings that the machine was sure of (`ok` or `empty`) and that are not so."""
    return [outcome for outcome in found if outcome.status in ("ok", "empty") and not outcome.right]


def below_bar(found: Sequence[Outcome]) -> list[str]:
    """The kinds under the bar whose `ok` readings agree too rarely."""
    return [kind for kind, (ok, right) in agreement(found).items() if kind in BARRED and right < BAR * ok]


def table(found: Sequence[Outcome]) -> Iterator[str]:
    """One line for each kind of field and way of writing."""
    yield f"{'kind':10} {'writing':8} {'fields':>6} {'ok':>6} {'share':>7} {'agree':>8}   {'empty':>5} {'agree':>8}"
    for kind, writing in sorted({(one.kind, one.writing) for one in found}):
        own = [one for one in found if (one.kind, one.writing) == (kind, writing)]
        ok, ok_right = agreement(own).get(kind, (0, 0))
        empty, empty_right = agreement(own, "empty").get(kind, (0, 0))
        yield (
            f"{kind:10} {writing:8} {len(own):6} {ok:6} {ok / len(own):7.1%} {_share(ok_right, ok)}"
            f"   {empty:5} {_share(empty_right, empty)}"
        )
    for kind, (ok, ok_right) in sorted(agreement(found).items()):
        count = sum(one.kind == kind for one in found)
        yield f"{kind:10} {'all':8} {count:6} {ok:6} {ok / count:7.1%} {_share(ok_right, ok)}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:8.2%}" if whole else f"{'-':>8}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="fresh samples to make")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--scans", type=Path, help="a folder of scans, its truth.jsonl inside or beside it")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.scans:
        inside = arguments.scans / "truth.jsonl"
        truth = load_truth(inside if inside.is_file() else arguments.scans.parent / "truth.jsonl")
        found = read_all(truth, arguments.scans, jobs=arguments.jobs)
    else:
        with tempfile.TemporaryDirectory() as folder:
            truth = make(Path(folder), arguments.count, arguments.seed, jobs=arguments.jobs)
            found = read_all(truth, Path(folder), jobs=arguments.jobs)
    degradations = {line["file"]: line["degradation"] for line in truth}
    print(f"{len(truth)} files, {sum(len(line['pages']) for line in truth)} pages, {len(found)} fields")
    print("\n".join(table(found)))
    for one in wrong(found):
        where = f"{one.file} p{one.page} {one.field}"
        print(f"WRONG {where} ({degradations[one.file]}, {one.writing}, {one.status}): {one.value!r} is {one.truth!r}")
    failed = below_bar(found)
    print(f"below {BAR:.0%} of ok readings: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
