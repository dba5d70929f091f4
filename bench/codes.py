"""How codes are read: `python -m bench.codes [--forms N] [--data FOLDER] [--jobs N]`.

Prints our own forms for N people each, harms every code in every way (`samples.damage`), scans the sheets in every way,
and prints the share of codes that the first looks alone read, that all looks read, and that OpenCV's decoder would
read; the wrong texts; and CPU ms. Then the same strokes over QR codes of each level of error correction, patches of
forms where no code is, and, where FOLDER is there, public pictures of codes and the codes on real forms. Exit code 1
when a bar is missed or any text is wrong.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import zxingcpp

from ocr.codes.finding import FORMATS, find_codes
from ocr.fields.codes import LADDER, codes_at, read_code
from ocr.fields.crops import cut
from ocr.locate import Located, locate
from ocr.page import Page
from ocr.pages import open_pages
from ocr.readings import Gray
from ocr.registration.aruco import find_markers, register_aruco
from ocr.registration.result import Matrix, NotRegistered
from ocr.template.model import Box, CodeField, Template
from samples.damage import DAMAGES, damage
from samples.filling import Paper
from samples.plans import CAMPAIGNS, Sheet
from samples.printing import HERE, Office, addressed, office, on_paper
from samples.scanning import scanned

DEGRADATIONS = (
    "clean", "skew", "upside-down", "lying", "jpeg", "speckle", "fade", "fold", "photo", "one-bit",
)  # fmt: skip
UNDAMAGED, STROKES = 1.0, 0.75
_LEVELS = ("L", "M", "Q", "H")
_FIRST = ("quick", "thorough", "upright")
"""The looks without the sampled grid: what was there before."""
_OPENCV_PX = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """One code on one scan: its text by each look of the ladder, by all together, and by OpenCV."""

    group: str
    format: str
    truth: str
    texts: Mapping[str, str | None]
    ms: float
    field: str = ""

    @property
    def before(self) -> bool:
        return any(self.texts[name] == self.truth for name in _FIRST)

    @property
    def read(self) -> bool:
        return self.texts["all"] == self.truth

    @property
    def wrong(self) -> list[str]:
        return [text for text in self.texts.values() if text not in (None, self.truth)]


def house() -> Office:
    with (HERE / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        return office(tuple(csv.DictReader(file)))


def sheets(number: int) -> list[Outcome]:
    """The number's person on every form, every damage, every scan."""
    cv2.setNumThreads(1)
    office_ = house()
    found: list[Outcome] = []
    for name, campaign in CAMPAIGNS.items():
        template = office_.templates.by_name[name]
        sheet = Sheet(name, number * 7, "sv", campaign, None, False, f"codes/{number}")
        person, dpi = addressed(sheet, template, office_), (300, 200)[number % 2]
        printed = on_paper(template, person, "sv", dpi)
        for kind in DAMAGES:
            for n, scan in enumerate(DEGRADATIONS):
                # what is undamaged is scanned in every way, what is damaged in one way for each person
                if kind == "none" or n in (number % len(DEGRADATIONS), (number + 5) % len(DEGRADATIONS)):
                    found += _harmed(template, printed, dpi, kind, scan, f"{name}/{number}", person.reference.text)
    return found


def _harmed(
    template: Template, printed: Gray, dpi: int, kind: str, scan: str, seed: str, truth: str
) -> Iterator[Outcome]:
    paper = Paper(printed.copy(), dpi, random.Random(f"{seed}/{kind}/{scan}"))
    (field,) = (field for field in template.fields.values() if isinstance(field, CodeField))
    for box in field.boxes:
        damage(paper, box, kind)
    image = scanned(paper.image, scan, seed)
    matrix = _registered(template, image)
    page = _page_says(template, field, image)
    for box in field.boxes:
        yield _looked_at(kind, field.format, truth, image, matrix, box, page)


def _registered(template: Template, image: Gray) -> Matrix:
    found = register_aruco(template, find_markers(image), image.shape[:2])
    assert not isinstance(found, NotRegistered), found.reason
    return found.matrix


def _page_says(template: Template, field: CodeField, image: Gray) -> str:
    """The status and the value of the code field when the whole page is read among all forms."""
    located = locate(Page("bench", 1, image), house().templates)
    if not isinstance(located, Located):
        return "lost"
    reading = read_code("code", field, image, located.registration.matrix, located.codes)
    return f"{reading.status} {reading.value}" if located.template == template else "other form"


def _looked_at(group: str, kind: str, truth: str, image: Gray, matrix: Matrix, box: Box, page: str) -> Outcome:
    texts = {name: _text(look(image, matrix, box, kind)) for name, look in LADDER}
    texts["opencv"] = _by_opencv(image, matrix, box) if kind == "qr" else None
    started = time.process_time()
    texts["all"] = _text(codes_at(image, matrix, box, kind))
    return Outcome(group, kind, truth, texts, (time.process_time() - started) * 1000, page)


def _text(found: Sequence[object]) -> str | None:
    return next((str(getattr(code, "text", "")) for code in found), None)


def _by_opencv(image: Gray, matrix: Matrix, box: Box) -> str | None:
    return _opencv_reads(cut(image, matrix, box, _OPENCV_PX).image)


def _opencv_reads(image: Gray) -> str | None:
    try:
        return cv2.QRCodeDetector().detectAndDecode(image)[0] or None
    except (cv2.error, UnicodeDecodeError):
        return None


def strokes_by_level(number: int) -> list[Outcome]:
    """Three strokes over a QR code of each level of error correction, printed as large as on the letter."""
    cv2.setNumThreads(1)
    office_ = house()
    template = office_.templates.by_name["retention-offer"]
    sheet = Sheet(template.name, number, "sv", CAMPAIGNS[template.name], None, False, f"level/{number}")
    truth, dpi = addressed(sheet, template, office_).reference.text, (300, 200)[number % 2]
    (field,) = (field for field in template.fields.values() if isinstance(field, CodeField))
    blank = on_paper(template, None, "sv", dpi)
    found: list[Outcome] = []
    for level in _LEVELS:
        paper = Paper(blank.copy(), dpi, random.Random(f"{number}"))
        for box in field.boxes:
            _paste(paper, box, truth, level)
            damage(paper, box, "three strokes")
        image = scanned(paper.image, DEGRADATIONS[number % len(DEGRADATIONS)], f"level/{number}")
        matrix = _registered(template, image)
        found += [_looked_at(f"level {level}", "qr", truth, image, matrix, box, "") for box in field.boxes]
    return found


def _paste(paper: Paper, box: Box, text: str, level: str) -> None:
    code = zxingcpp.create_barcode(text, FORMATS["qr"], ec_level=level)
    modules = np.asarray(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    x, y, w, h = (round(side * paper.scale) for side in box)
    paper.image[y : y + h, x : x + w] = cv2.resize(modules, (w, h), interpolation=cv2.INTER_NEAREST_EXACT)


def texts_from_nothing(number: int) -> list[str]:
    """What the sampled grid reads where no code is: print, writing, lines. Must be nothing."""
    cv2.setNumThreads(1)
    office_, random_ = house(), random.Random(f"nothing/{number}")
    template = office_.templates.by_name[("retention-offer", "renewal-card", "feedback-card")[number % 3]]
    image = scanned(on_paper(template, None, "sv", 200), DEGRADATIONS[number % len(DEGRADATIONS)], f"nothing/{number}")
    matrix, (width, height) = _registered(template, image), template.page.mm
    _, look = LADDER[1]
    found = []
    for _ in range(20):
        side = random_.uniform(8, 26)
        box = (random_.uniform(4, width - side - 4), random_.uniform(4, height - side - 4), side, side)
        if not _on_code(template, box):
            found += [_text(look(image, matrix, box, kind)) for kind in ("qr", "datamatrix")]
    return [text for text in found if text is not None]


def _on_code(template: Template, box: Box) -> bool:
    boxes = [b for field in template.fields.values() if isinstance(field, CodeField) for b in field.boxes]
    return any(abs(box[0] - b[0]) < 6 and abs(box[1] - b[1]) < 6 for b in boxes)


def picture(file: Path) -> tuple[str, str, bool, bool, bool]:
    """A public picture: its set and name; whether we read it, read something else, and OpenCV reads it."""
    cv2.setNumThreads(1)
    kind = file.parent.name.rsplit("-", 1)[0].replace("qrcode", "qr")
    truth = _squeezed(file.with_suffix(".txt").read_bytes().decode("utf-8", "replace"))
    image = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    texts = [_squeezed(code.text) for code in find_codes(image, formats=[kind])]
    other = _squeezed(_opencv_reads(image) or "") if kind == "qr" else ""
    return file.parent.name, file.name, truth in texts, bool(texts) and truth not in texts, other == truth


def _squeezed(text: str) -> str:
    return "".join(text.split())


def pictures(data: Path) -> list[Path]:
    kinds = {"qrcode" if kind == "qr" else kind for kind in FORMATS}
    files = sorted(file for file in (data / "barcodes").rglob("*") if file.suffix in (".png", ".jpg", ".webp"))
    return [file for file in files if file.with_suffix(".txt").exists() and file.parent.name.rsplit("-", 1)[0] in kinds]


REAL = {
    "formscanner/samples/Questionnaire/Questionnaire/Q00001.jpg": ("Interviewer: Mario Rossi", 1),
    "formscanner/samples/Questionnaire/Questionnaire/Q00002.jpg": ("Interviewer: Mario Rossi", 1),
    "formscanner/samples/Test/Test/T00001.jpg": ("University of Udine", 1),
    "formscanner/samples/Test/Test/T00002.jpg": ("Statistics", 1),
    "quexf/doc/test_blank.pdf": ("00000101", 1),
    "quexf/doc/filled/test_filled_1.pdf": ("00000102", 2),
}
"""Codes on real forms, by file: how the text begins, and the page."""


def real_codes(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """File, truth and the texts found on its page, with every format looked for."""
    bank = json.loads((data / "forms/bank/ground_truth.json").read_text(encoding="utf-8"))
    places = {f"bank/{name}": (page["barcode_ean13"], 1) for name, page in bank.items() if "barcode_ean13" in page}
    for name, (truth, number) in {**places, **REAL}.items():
        page = next(open_pages(data / "forms" / name, wanted=[number]))
        texts = [code.text for code in find_codes(page.image, formats=FORMATS)] if isinstance(page, Page) else []
        yield name, truth, texts


def table(found: Sequence[Outcome]) -> Iterator[str]:
    """One line for each damage and format; pages count as read when their field is ok."""
    yield (
        f"{'':16}{'codes':>6}{'before':>8}{'grid':>8}{'all':>8}{'wrong':>6}{'OpenCV':>8}{'page':>8}{'ms':>7}{'most':>7}"
    )
    for group, kind in dict.fromkeys((one.group, one.format) for one in found):
        own = [one for one in found if (one.group, one.format) == (group, kind)]
        shares = [
            np.mean([one.before for one in own]), np.mean([one.texts["grid"] == one.truth for one in own]),
            np.mean([one.read for one in own]),
        ]  # fmt: skip
        opencv = f"{np.mean([one.texts['opencv'] == one.truth for one in own]):8.1%}" if kind == "qr" else f"{'-':>8}"
        page = f"{np.mean([one.field == f'ok {one.truth}' for one in own]):8.1%}" if own[0].field else f"{'-':>8}"
        times = [one.ms for one in own]
        yield (
            f"{group:14}{kind[:2]}{len(own):6}" + "".join(f"{share:8.1%}" for share in shares)
            + f"{sum(len(one.wrong) for one in own):6}{opencv}{page}{median(times):7.1f}{max(times):7.1f}"
        )  # fmt: skip


def missed(found: Sequence[Outcome]) -> list[str]:
    """The bars that do not hold."""

    def share(group: str) -> float:
        return float(np.mean([one.read for one in found if one.group == group]))

    texts = [one.field.removeprefix("ok ") for one in found if one.field.startswith("ok ")]
    truths = {one.truth for one in found}
    bars = {
        "undamaged": share("none") >= UNDAMAGED, "three strokes": share("three strokes") >= STROKES,
        "none wrong": not any(one.wrong for one in found) and all(text in truths for text in texts),
    }  # fmt: skip
    return [name for name, held in bars.items() if not held]


def of_data(data: Path, pool: ProcessPoolExecutor) -> bool:
    """Prints what is read of public pictures and real forms; whether nothing was wrong and every form's code read."""
    seen = list(pool.map(picture, pictures(data), chunksize=8))
    for name in dict.fromkeys(one[0] for one in seen):
        own = [one for one in seen if one[0] == name]
        read, wrong, more = (
            sum(one[2] for one in own),
            sum(one[3] for one in own),
            sum(one[4] and not one[2] for one in own),
        )
        print(f"{name:16}{len(own):4} pictures{read:4} read{wrong:3} wrong{more:3} more by OpenCV")
        print("".join(f"  another text: {one[1]}\n" for one in own if one[3]), end="")
    fine = True
    for file, truth, texts in real_codes(data):
        right = any(text.startswith(truth) for text in texts)
        fine &= right
        print(f"{'read' if right else 'MISSED':7}{file} ({len(texts)} codes)")
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=10, help="people for whom every form is printed")
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared/data")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        own = [one for some in pool.map(sheets, range(arguments.forms)) for one in some]
        print("\n".join(table(own)))
        levels = [one for some in pool.map(strokes_by_level, range(2 * arguments.forms)) for one in some]
        print("three strokes over a QR code of 22 mm:\n" + "\n".join(table(levels)))
        made_up = [text for some in pool.map(texts_from_nothing, range(3 * arguments.forms)) for text in some]
        print(f"texts read where no code is: {len(made_up)} of {3 * arguments.forms * 40} looks {made_up}")
        fine = of_data(arguments.data, pool) if arguments.data.is_dir() else True
    failed = [*missed(own), *(["nothing is no code"] if made_up else []), *([] if fine else ["real forms"])]
    print(f"missed: {', '.join(failed) or 'nothing'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
