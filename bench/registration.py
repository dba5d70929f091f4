"""How exactly forms are found: `python -m bench.registration [--sheets N] [--only NAME...] [--list]`.

Prints N sheets of each of our forms (found by their markers, by squares, by their print), fills them in, scans and
photographs them with known maps, and compares where the reader puts the corners of all fields and of the page with
where they truly are, in px of 300 dpi. Exit code 1 when a page is not found, or its mean error is 0.5 px or more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from statistics import mean, median

import cv2
import numpy as np

from bench.shots import DPI, POSES, SCANS, FilledSheet, Shot, filled_sheet, photograph, sample_office, scan
from bench.tables import TABLES
from ocr.locate import Located, locate
from ocr.page import Page
from ocr.registration.geometry import Points, apply
from ocr.registration.result import Matrix
from ocr.template.loading import TemplateSet
from ocr.template.model import ChoiceField, CodeField, SquareMarks, Template
from samples.printing import Office

BAR_PX = 0.5
_SQUARES = SquareMarks(method="squares", squares=((9, 9, 6, 6), (195, 9, 6, 6), (195, 282, 6, 6), (9, 282, 6, 6),
                                                  (9, 140, 6, 6)))  # fmt: skip
LANGUAGES = ("en", "de", "sv")


@dataclass(frozen=True, slots=True)
class Found:
    """One page: mean and greatest error of its field and page corners in px at 300 dpi, or why it was not found."""

    form: str
    how: str
    sheet: int
    mean: float
    most: float
    cpu_ms: float
    reason: str


@cache
def house() -> Office:
    """The sample office, and the letter once more with squares instead of markers."""
    ours = sample_office()
    entries = ours.templates.entries
    letter, folder, digest = next(entry for entry in entries if entry[0].name == "retention-offer")
    squared = letter.model_copy(update={"name": "squares", "code": "SQU1", "marks": _SQUARES})
    return Office(TemplateSet((*entries, (squared, folder, digest))), ours.people, ours.keys)


def shots(sheet: FilledSheet, seed: str) -> Iterator[tuple[str, Shot]]:
    """The sheet in every scan and photo, by name."""
    for how in SCANS:
        yield how, scan(sheet.image, how, seed)
    for pose in POSES:
        for table in TABLES:
            yield f"photo {pose}, {table}", photograph(sheet.image, pose, table, seed)


def measured(form: str, number: int) -> list[Found]:
    """All shots of one sheet, looked for among all forms."""
    cv2.setNumThreads(1)
    template = house().templates.by_name[form]
    sheet = filled_sheet(house(), template, LANGUAGES[number % len(LANGUAGES)], number)
    seed = f"{form}/{number}"
    return [_compared(template, number, how, shot) for how, shot in shots(sheet, seed) if _has_way(template, how)]


def _has_way(template: Template, how: str) -> bool:
    """Squares are for scanners: their affine fit knows no tilt."""
    return not (isinstance(template.marks, SquareMarks) and how.startswith("photo"))


def _compared(template: Template, number: int, how: str, shot: Shot) -> Found:
    started = time.process_time()
    located = locate(Page(how, 1, shot.image), house().templates)
    cpu_ms = (time.process_time() - started) * 1000
    if not isinstance(located, Located) or located.template.name != template.name:
        reason = f"taken for {located.template.name}" if isinstance(located, Located) else located.reason
        return Found(template.name, how, number, np.inf, np.inf, cpu_ms, reason)
    errors = error_px(template, located.registration.matrix, shot.matrix)
    return Found(template.name, how, number, float(errors.mean()), float(errors.max()), cpu_ms, "")


def error_px(template: Template, found: Matrix, true: Matrix) -> Points:
    """How far off each corner of the fields and the page is, in px of a page at 300 dpi."""
    boxes = [(0.0, 0.0, *template.page.mm)]
    for field in template.fields.values():
        if isinstance(field, ChoiceField):
            boxes += [option.box for option in field.options.values()]
        else:
            boxes += field.boxes if isinstance(field, CodeField) else [field.box]
    mm = np.array([[x + dx, y + dy] for x, y, w, h in boxes for dx in (0, w) for dy in (0, h)])
    back = apply(np.linalg.inv(found), apply(true, mm))
    return np.asarray(np.linalg.norm(back - mm, axis=1) * DPI / 25.4)


def table(found: Sequence[Found]) -> Iterator[str]:
    """A line for each form and way of scanning."""
    yield f"{'form':16} {'how':26} {'pages':>5} {'found':>6} {'mean px':>8} {'worst':>6} {'corner':>7} {'ms CPU':>7}"
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in found:
        groups[one.form, one.how].append(one)
    for (form, how), own in groups.items():
        seen = [one for one in own if not one.reason] or [own[0]]
        yield (
            f"{form:16} {how:26} {len(own):5} {sum(not one.reason for one in own) / len(own):6.0%} "
            f"{mean(one.mean for one in seen):8.2f} {max(one.mean for one in seen):6.2f} "
            f"{max(one.most for one in seen):7.2f} {median(one.cpu_ms for one in own):7.1f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sheets", type=int, default=3, help="sheets of each form")
    parser.add_argument("--only", nargs="*", default=[], help="forms by name; all when not given")
    parser.add_argument("--list", action="store_true", help="print every page that misses the bar")
    arguments = parser.parse_args()
    forms = [name for name in house().templates.by_name if not arguments.only or name in arguments.only]
    tasks = [(form, number) for form in forms for number in range(arguments.sheets)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = [one for some in pool.map(measured, *zip(*tasks, strict=True)) for one in some]
    print("\n".join(table(found)))
    missed = [one for one in found if one.mean >= BAR_PX]
    for one in missed if arguments.list else ():
        print(f"{one.form} {one.how} {one.sheet}: {one.reason or f'{one.mean:.2f} px'}")
    print(f"{len(found)} pages, {len(missed)} not found or off by {BAR_PX} px or more in the mean")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
