"""Phone photos, read: `python -m bench.photos [--sheets N] [--forms NAME...]`.

Prints and fills in N sheets of each form, photographs each in every pose on every table, reads the photos, and prints
for each pose how many are found, how many readings are sure (`ok` or `empty`) and how many of those are right. Lists
every reading that was sure and wrong, and every photo that was not read. Exit code 1 when a photo was not found or a
tick, a code or a signature was sure and wrong.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

import cv2

from bench.sample_accuracy import normal
from bench.shots import POSES, FilledSheet, filled_sheet, photograph, sample_office
from bench.tables import TABLES
from ocr.page import Page
from ocr.reader import read_page
from ocr.readings import PageReading
from samples.printing import Office

MARKS = ("tick", "choice", "code", "signature")
_LANGUAGES = ("sv", "de", "en")


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo: whether it was read, how many fields it has, how many are sure, and what was sure and wrong."""

    pose: str
    name: str
    reason: str | None
    fields: int
    sure: int
    wrong: tuple[tuple[str, str], ...]


@cache
def house() -> Office:
    return sample_office()


def taken(form: str, number: int) -> list[Photo]:
    """Every photo of one sheet."""
    cv2.setNumThreads(1)
    sheet = filled_sheet(house(), house().templates.by_name[form], _LANGUAGES[number % 3], number)
    found = []
    for pose in POSES:
        for table in TABLES:
            name = f"{form} {number} {pose}, {table}"
            page = Page(name, 1, photograph(sheet.image, pose, table, f"{form}/{number}").image)
            found.append(compared(pose, sheet, read_page(page, house().templates)))
    return found


def compared(pose: str, sheet: FilledSheet, reading: PageReading) -> Photo:
    """What was read against what was put onto the sheet."""
    if reading.template != sheet.template.name:
        return Photo(pose, reading.file, reading.reason or f"taken for {reading.template}", 0, 0, ())
    sure = [field for field in reading.fields if field.status in ("ok", "empty")]
    wrong = tuple(
        (field.kind, f"{field.name} ({field.status}): {field.value!r} is {sheet.answers[field.name].value!r}")
        for field in sure
        if normal(field.kind, field.value) != normal(field.kind, sheet.answers[field.name].value)
    )
    return Photo(pose, reading.file, None, len(reading.fields), len(sure), wrong)


def report(photos: Sequence[Photo]) -> bool:
    """Prints the figures; whether every photo was found and no mark was sure and wrong."""
    print(f"{'pose':10} {'photos':>6} {'found':>6} {'fields':>6} {'sure':>6} {'wrong':>6}")
    for pose in POSES:
        own = [photo for photo in photos if photo.pose == pose]
        read = [photo for photo in own if photo.reason is None]
        fields, sure = sum(photo.fields for photo in read), sum(photo.sure for photo in read)
        wrong = sum(len(photo.wrong) for photo in read)
        print(f"{pose:10} {len(own):6} {len(read):6} {fields:6} {sure / max(fields, 1):6.1%} {wrong:6}")
    for photo in photos:
        if photo.reason is not None:
            print(f"NOT READ {photo.name}: {photo.reason}")
        for _, what in photo.wrong:
            print(f"WRONG {photo.name} {what}")
    kinds = Counter(kind for photo in photos for kind, _ in photo.wrong)
    print("sure and wrong: " + (", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "none"))
    return all(photo.reason is None for photo in photos) and not any(kinds[kind] for kind in MARKS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sheets", type=int, default=2, help="sheets of each form")
    parser.add_argument("--forms", nargs="*", help="forms by name; all when not given")
    arguments = parser.parse_args()
    forms = arguments.forms or list(house().templates.by_name)
    tasks = [(form, number) for form in forms for number in range(arguments.sheets)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        photos = [photo for some in pool.map(taken, *zip(*tasks, strict=True)) for photo in some]
    return 0 if report(photos) else 1


if __name__ == "__main__":
    sys.exit(main())
