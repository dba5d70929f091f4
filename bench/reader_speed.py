"""How near reading comes to the cost of decoding: `python -m bench.reader_speed [--pages N]`.

Prints N letters with six combs, fills them in by hand, scans them at 300 dpi as gray JPEG in PDF, and measures CPU ms
a page (user and system, children included) of the same pages in one run on one thread: the floor (decoding and
registration alone), the reader without and with the printed text, pdf2image with pytesseract field by field, and
`tesseract` on the whole page. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

import cv2
import numpy as np
import pytesseract
from pdf2image import convert_from_path

from ocr.fields.crops import cut
from ocr.page import Page
from ocr.pages import open_pages
from ocr.reader import read_file
from ocr.readings import PageReading
from ocr.registration.aruco import find_markers, find_markers_in_corners, register_aruco
from ocr.registration.result import Matrix, NotRegistered
from ocr.template.loading import TemplateSet, load_templates
from ocr.template.model import CombField, FormField, HandprintField, Template, TextField
from samples import saving
from samples.answers import answers
from samples.filling import Paper, fill
from samples.plans import Sheet
from samples.printing import HERE, addressed, office, on_paper
from samples.scanning import scanned

DPI, CELL_MM = 300, 5.0
DESIGN, CAMPAIGN = "retention-offer", "C26A"
_T = TypeVar("_T")
RATIO, PAGES_A_SECOND, TO_FIELDS, TO_PAGE, MEMORY_MB = 1.5, 28.0, 25.0, 12.0, 200.0


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU ms of one page by way of reading; the reader's own steps in wall ms."""

    ways: Mapping[str, float]
    steps: Mapping[str, float]


def combed(templates: TemplateSet) -> TemplateSet:
    """The letter alone, with cells where people write freely: six combs."""
    template, folder, digest = next(entry for entry in templates.entries if entry[0].name == DESIGN)
    fields = {name: _with_cells(field) for name, field in template.fields.items()}
    return TemplateSet(((template.model_copy(update={"fields": fields}), folder, digest),))


def _with_cells(field: FormField) -> FormField:
    if not isinstance(field, HandprintField):
        return field
    common = {name: getattr(field, name) for name in ("label", "role", "rules", "box", "charset")}
    return CombField(kind="comb", cells=int(field.box[2] / CELL_MM), **common)


def without_text(templates: TemplateSet) -> TemplateSet:
    ((template, folder, digest),) = templates.entries
    fields = {name: field for name, field in template.fields.items() if not isinstance(field, TextField)}
    return TemplateSet(((template.model_copy(update={"fields": fields}), folder, digest),))


def make_pages(templates: TemplateSet, folder: Path, count: int) -> list[Path]:
    """Each page printed for another subscriber, all its fields filled in by hand, in a file of its own."""
    with (HERE / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        house = office(tuple(csv.DictReader(file)))
    ((template, *_),) = templates.entries
    files = []
    for number in range(count):
        sheet = Sheet(DESIGN, number, "sv", CAMPAIGN, "filled-pdf", False, f"speed/{number}")
        person = addressed(sheet, template, house)
        paper = Paper(on_paper(template, person, "sv", DPI), DPI, random.Random(f"{sheet.seed}/strokes"))
        fill(paper, template, answers(template, sheet, person, house.people[number]), number)
        files.append(folder / f"{number:03d}.pdf")
        saving.save([scanned(paper.image, "clean", sheet.seed)], files[-1], DPI)
    return files


def cpu_ms(work: Callable[[], object]) -> float:
    """User and system time, that of ended children included; `os.times` would count in steps of 10 ms."""
    before = _cpu_s()
    work()
    return (_cpu_s() - before) * 1000


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def registered(file: Path, template: Template) -> tuple[Page, Matrix]:
    """The floor: the page's pixels, and where the form lies on them."""
    page = next(open_pages(file))
    assert isinstance(page, Page)
    found = register_aruco(template, find_markers_in_corners(page.image), page.image.shape[:2])
    assert not isinstance(found, NotRegistered), found.reason
    return page, found.matrix


def read(file: Path, templates: TemplateSet) -> PageReading:
    (reading,) = read_file(file, templates)
    assert reading.registered, reading.reason
    return reading


def by_pytesseract(file: Path, template: Template) -> list[str]:
    """The usual way: the PDF drawn, each field cut out at the form's place and given to Tesseract."""
    image = np.array(convert_from_path(file, dpi=DPI, grayscale=True)[0])
    found = register_aruco(template, find_markers(image), image.shape[:2])
    assert not isinstance(found, NotRegistered), found.reason
    fields = [field for field in template.fields.values() if isinstance(field, TextField | CombField)]
    crops = [cut(image, found.matrix, field.box).image for field in fields]
    return [pytesseract.image_to_string(crop, config="--psm 7") for crop in crops]


def by_page(picture: Path) -> None:
    subprocess.run(["tesseract", str(picture), "-"], capture_output=True, check=True)


def measured(files: Sequence[Path], templates: TemplateSet) -> list[Spent]:
    """All ways on each page in turn, so that whatever else the machine does weighs on all of them alike."""
    ((template, *_),) = templates.entries
    combs, spent = without_text(templates), []
    read(files[0], templates)
    for file in files:
        picture = file.with_suffix(".png")
        cv2.imwrite(str(picture), registered(file, template)[0].image)
        ways = {
            "floor": cpu_ms(partial(registered, file, template)),
            "combs and ticks": cpu_ms(partial(read, file, combs)),
            "all text": cpu_ms(partial(read, file, templates)),
            "pdf2image + pytesseract by field": cpu_ms(partial(by_pytesseract, file, template)),
            "tesseract by page": cpu_ms(partial(by_page, picture)),
        }
        spent.append(Spent(ways, read(file, templates).ms))
    return spent


def peak_mb(files: Sequence[Path], templates: TemplateSet) -> float:
    """Peak memory of this process after reading; `ru_maxrss` would tell that of the process that started it."""
    for file in files:
        read(file, templates)
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def _alone(work: Callable[[Sequence[Path], TemplateSet], _T], files: Sequence[Path], templates: TemplateSet) -> _T:
    """What `work` finds in a fresh process on one thread, as the workers read."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread) as pool:
        return pool.submit(work, files, templates).result()


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _medians(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, ms in row.items():
            columns[name].append(ms)
    return {name: median(values) for name, values in columns.items()}


def report(spent: Sequence[Spent], peak: float) -> bool:
    """Prints the figures; whether all bars hold."""
    ways, steps = _medians([one.ways for one in spent]), _medians([one.steps for one in spent])
    floor, combs, text, fields, page = ways.values()
    print("\n".join(f"{name:34} {ms:8.1f} ms CPU" for name, ms in ways.items()))
    print("steps of all text, wall ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in steps.items()))
    bars = (
        ("combs and ticks / floor", combs / floor, "<=", RATIO),
        ("pages a second a core", 1000 / combs, ">=", PAGES_A_SECOND),
        ("by field / all text", fields / text, ">=", TO_FIELDS),
        ("by page / all text", page / text, ">=", TO_PAGE),
        ("peak MB of a reading process", peak, "<=", MEMORY_MB),
    )
    held = [value <= bar if way == "<=" else value >= bar for _, value, way, bar in bars]
    for (name, value, way, bar), fine in zip(bars, held, strict=True):
        print(f"{name:34} {value:8.2f}  bar {way} {bar:g}: {'held' if fine else 'MISSED'}")
    return all(held)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=12)
    count = parser.parse_args().pages
    os.environ["OMP_THREAD_LIMIT"] = "1"
    templates = combed(load_templates(HERE.parent / "templates"))
    with tempfile.TemporaryDirectory() as name:
        files = make_pages(templates, Path(name), count)
        size = sum(file.stat().st_size for file in files) / count / 1024
        print(f"{count} pages, A4 at {DPI} dpi, gray JPEG of {size:.0f} KiB in PDF; medians a page")
        spent = _alone(measured, files, templates)
        return 0 if report(spent, _alone(peak_mb, files, templates)) else 1


if __name__ == "__main__":
    sys.exit(main())
