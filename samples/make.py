"""Makes sample scans with their truth; the same seed makes the same files, byte for byte.

python -m samples.make                                        # the committed ones, into samples/
python -m samples.make --count 1000 --seed 7 -o out/scans     # others; their truth goes beside them
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from ocr.printing import print_forms
from ocr.readings import Gray
from samples import saving
from samples.answers import Answers, answers
from samples.digital import typed_form
from samples.filling import Paper, fill
from samples.plans import TROUBLES, Document, Sheet, documents
from samples.printing import HERE, Office, addressed, office, on_paper
from samples.scanning import scanned

COMMITTED, SEED = 40, 1


def make(out: Path, count: int, seed: int, *, jobs: int = 1) -> list[dict[str, Any]]:
    """Writes `count` files below `out`, in `jobs` processes, and returns the truth, one entry a file."""
    with (HERE / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        house = office(tuple(csv.DictReader(file)))
    plans = documents(count, seed, house.people)
    if jobs == 1:
        return [write_document(document, house, out) for document in plans]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(partial(write_document, house=house, out=out), plans, chunksize=8))


def write_document(document: Document, house: Office, out: Path) -> dict[str, Any]:
    """Writes one file below `out` and returns its truth."""
    path = out / document.name
    given = [_answered(sheet, house) for sheet in document.sheets]
    if document.scan.degradation == "born-digital":
        _save_digital(document.sheets[0], given[0], house, path)
    else:
        pages = [
            _on_glass(document, sheet, found, house, page)
            for page, (sheet, found) in enumerate(zip(document.sheets, given, strict=True))
        ]
        saving.save(pages, path, document.scan.dpi)
    truth = [
        _page_truth(page, sheet, found, house)
        for page, (sheet, found) in enumerate(zip(document.sheets, given, strict=True), start=1)
    ]
    return {"file": document.name, "pages": truth, "degradation": document.scan.degradation}


def _answered(sheet: Sheet, house: Office) -> Answers:
    template = house.templates.by_name[sheet.template]
    return answers(template, sheet, addressed(sheet, template, house), house.people[sheet.row])


def _on_glass(document: Document, sheet: Sheet, given: Answers, house: Office, page: int) -> Gray:
    """One page of the file: printed, filled in and scanned."""
    template = house.templates.by_name[sheet.template]
    image = on_paper(template, addressed(sheet, template, house), sheet.language, document.scan.dpi)
    paper = Paper(image, document.scan.dpi, random.Random(f"{sheet.seed}/strokes"))
    fill(paper, template, given, _sender(sheet, house))
    return scanned(paper.image, document.scan.degradation, document.seed, page=page)


def _save_digital(sheet: Sheet, given: Answers, house: Office, path: Path) -> None:
    template = house.templates.by_name[sheet.template]
    path.parent.mkdir(parents=True, exist_ok=True)
    filled = typed_form(template, given, _sender(sheet, house))
    print_forms(filled, [addressed(sheet, template, house)], language=sheet.language, out=path)


def _sender(sheet: Sheet, house: Office) -> int:
    """A number of the person who signs, so that one person signs alike on every sheet."""
    return int(house.people[sheet.row]["id"][1:])


def _page_truth(page: int, sheet: Sheet, given: Answers, house: Office) -> dict[str, Any]:
    known = sheet.trouble != "forged-reference"
    return {
        "page": page, "template": sheet.template, "language": sheet.language, "campaign": sheet.campaign,
        "subscriber_id": house.people[sheet.row]["id"] if known else None,
        "fields": {name: answer.as_truth() for name, answer in given.items()},
        "expect": TROUBLES[sheet.trouble].expect if sheet.trouble else "auto", "why": sheet.trouble or "",
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Make sample scans. The same seed makes the same files, byte for byte.",
        epilog="What can be unusual about a form: " + "; ".join(f"{name}: {t.does}" for name, t in TROUBLES.items()),
    )
    parser.add_argument("--count", type=int, default=COMMITTED, help="files to make, besides five that are no forms")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=1, help="processes that make them")
    parser.add_argument("-o", "--out", type=Path, default=HERE / "scans", help="folder of the scans")
    arguments = parser.parse_args()
    truth = make(arguments.out, arguments.count, arguments.seed, jobs=arguments.jobs)
    truth += saving.bad_input(arguments.out / "paper")
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in truth)
    target = (HERE if arguments.out == HERE / "scans" else arguments.out) / "truth.jsonl"
    target.write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
