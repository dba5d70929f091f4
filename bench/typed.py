"""How typed forms are read: `python -m bench.typed [--forms N] [--jobs N]`.

Prints a form whose combs, free fields and text fields are filled in with a typewriter or on a computer, N times in each
face, scans every sheet with every degradation, reads it, and prints for each group of fields how many values are exact,
how many are `ok` and how many of those are wrong. Exit code 1 when a bar on gray scans is missed.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import random
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import cv2
from PIL import ImageFont

from ocr.page import Page
from ocr.reader import read_pages
from ocr.readings import Gray
from ocr.template.loading import TemplateSet
from ocr.template.model import CombField, Template
from samples.filling import BASELINE_MM, Paper
from samples.people import people
from samples.printing import on_paper
from samples.scanning import scanned

_FONTS = Path("/usr/share/fonts/truetype")
DEGRADATIONS = (
    "clean", "skew", "upside-down", "lying", "jpeg", "speckle", "fade", "fold", "photo", "one-bit",
)  # fmt: skip
GRAY = tuple(name for name in DEGRADATIONS if name != "one-bit")
BARS = {"digits": 0.999, "capitals": 0.999, "e-mail": 0.98, "address": 0.99}
GROUPS = {
    "digits": ("customer_number", "phone", "postcode", "date", "serial"), "capitals": ("name",),
    "e-mail": ("email_cells", "email_line", "email_text"), "address": ("address",), "free words": ("street", "city"),
    "any letters": ("letters",),
}  # fmt: skip
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ"
_DOMAINS = ("gmail.com", "hotmail.com", "telia.com", "web.de", "example.org", "t-online.de", "firma-ab.se")


@dataclass(frozen=True, slots=True)
class Face:
    """A way of typing: letters of `size` mm; a typewriter's stand up to `off` mm beside their cells, unevenly black."""

    name: str
    file: Path
    size: float
    off: float = 0.0


FACES = (
    Face("typewriter", _FONTS / "liberation/LiberationMono-Regular.ttf", 4.2, 0.5),
    Face("computer mono", _FONTS / "dejavu/DejaVuSansMono.ttf", 4.0),
    Face("PDF form", _FONTS / "liberation/LiberationSans-Regular.ttf", 4.2),
    Face("sans", _FONTS / "dejavu/DejaVuSans.ttf", 3.9),
    Face("serif", _FONTS / "liberation/LiberationSerif-Regular.ttf", 4.4),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field of one scan."""

    face: str
    degradation: str
    field: str
    truth: str
    value: str
    status: str

    @property
    def right(self) -> bool:
        return self.value == self.truth


def _comb(cells: int, charset: str, box: list[float], *rules: str) -> dict[str, object]:
    return {"kind": "comb", "cells": cells, "charset": charset, "box": box, "rules": rules}


@cache
def form() -> TemplateSet:
    """A form with all kinds of writing fields, each charset with and without cells."""
    fields: dict[str, object] = {
        "reference": {"kind": "code", "format": "qr", "role": "reference", "boxes": [[160, 24, 22, 22]]},
        "customer_number": _comb(8, "digits", [24, 60, 48, 8], "customer_number"),
        "phone": _comb(13, "phone", [90, 60, 78, 8], "phone"),
        "postcode": _comb(5, "digits", [24, 76, 30, 8], "postcode"),
        "date": _comb(8, "digits", [60, 76, 48, 8], "date"),
        "serial": _comb(10, "digits", [114, 76, 60, 8]),
        "name": _comb(26, "upper", [24, 92, 156, 8]),
        "letters": _comb(20, "upper", [24, 108, 110, 8]),
        "email_cells": _comb(32, "email", [24, 124, 160, 8]),
        "email_line": {"kind": "handprint", "charset": "email", "box": [24, 140, 90, 8]},
        "street": {"kind": "handprint", "box": [24, 156, 80, 8]},
        "city": {"kind": "handprint", "box": [110, 156, 70, 8]},
        "email_text": {"kind": "text", "charset": "email", "box": [24, 172, 90, 7]},
        "address": {"kind": "text", "lines": 3, "box": [24, 190, 90, 19]},
    }
    marks = {"method": "aruco", "ids": [0, 1, 2, 3], "size": 9, "margin": 9}
    common = {"name": "typed", "code": "TYP1", "title": "Typed", "country": "SE", "languages": ["de"]}
    page = {"size": "A4"}
    template = Template.model_validate({**common, "page": page, "marks": marks, "fields": fields})
    return TemplateSet(((template, Path(), "typed"),))


def values(seed: str) -> dict[str, str]:
    """What one sheet says."""
    random_ = random.Random(seed)
    (person,) = itertools.islice(people(40, random_.getrandbits(30)), random_.randrange(40), None, 40)
    # no model at hand has the letter ë
    name = f"{person['first_name']} {person['last_name']}".replace("ë", "e")
    first, last = (folded(person[part]) for part in ("first_name", "last_name"))
    account = random_.choice((f"{first}.{last}", f"{first[0]}.{last}", f"{last}{random_.randint(1950, 2005)}", first))
    mail = f"{account[:17]}@{random_.choice(_DOMAINS)}"
    town, day = f"{person['postcode']} {person['city']}", f"{random_.randint(1, 12):02}{random_.randint(1, 28):02}"
    return {
        "customer_number": person["customer_number"], "phone": person["phone"].replace("+46", "0"),
        "postcode": person["postcode"].replace(" ", ""), "date": f"2026{day}",
        "serial": "".join(random_.choice("0123456789") for _ in range(10)),
        "name": name.upper().replace("ß", "SS")[:26],
        "letters": "".join(random_.choice(_LETTERS) for _ in range(18)),
        "email_cells": mail, "email_line": mail, "email_text": mail,
        "street": f"{person['street']} {person['house_number']}", "city": person["city"],
        "address": f"{name}\n{person['street']} {person['house_number']}\n{town}",
    }  # fmt: skip


def folded(name: str) -> str:
    """A name as it stands in a mailbox."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return "".join(character for character in plain if character.isascii() and character.isalpha())


def typed(face: Face, seed: str, dpi: int) -> tuple[Gray, dict[str, str]]:
    """The printed form with its values typed in, and these values."""
    ((template, _, _),) = form().entries
    truth, random_ = values(seed), random.Random(f"{seed}/paper")
    paper = Paper(on_paper(template, None, "de", dpi), dpi, random_)
    for name, text in truth.items():
        spec = template.fields[name]
        off = random_.uniform(-face.off, face.off), random_.uniform(-face.off, face.off)
        if isinstance(spec, CombField):
            _type_cells(paper, spec, text, face, off)
        else:
            _type_lines(paper, spec.box, text.split("\n"), face, off)  # type: ignore[union-attr]
    return paper.image, truth


def _type_cells(paper: Paper, spec: CombField, text: str, face: Face, off: tuple[float, float]) -> None:
    x, y, w, h = spec.box
    for cell, character in enumerate(text):
        place = (x + (cell + 0.5) * w / spec.cells + off[0], y + 0.5 * h + 0.36 * face.size + off[1])
        paper.text(character, place, _font(face, paper.scale), "ms")


def _type_lines(
    paper: Paper, box: tuple[float, float, float, float], lines: Sequence[str], face: Face, off: tuple[float, float]
) -> None:
    x, y, _, h = box
    for n, line in enumerate(lines):
        place = (x + 1.5 + off[0], y + (n + 1) * h / len(lines) - BASELINE_MM + off[1] / 2)
        paper.text(line, place, _font(face, paper.scale), "ls")


def _font(face: Face, scale: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face.file), round(face.size * scale))


def sheet(number: int, *, seed: int) -> list[Outcome]:
    """Every scan of one sheet read; its face follows from its number."""
    cv2.setNumThreads(1)
    face, key = FACES[number % len(FACES)], f"{seed}/{number}"
    image, truth = typed(face, key, (300, 200)[number // len(FACES) % 2])
    scans = [Page(key, n, scanned(image, name, f"{key}/{name}")) for n, name in enumerate(DEGRADATIONS, start=1)]
    found = []
    for name, reading in zip(DEGRADATIONS, read_pages(scans, form()), strict=True):
        by_name = {field.name: field for field in reading.fields}
        for field, text in truth.items():
            one = by_name.get(field)
            value = str(one.value or "") if one else ""
            found.append(Outcome(face.name, name, field, text, value, one.status if one else "unread"))
    return found


def without_blanks(found: Iterable[Outcome]) -> Iterator[Outcome]:
    """Cells have no blanks of their own: an empty cell is one or none."""
    for one in found:
        squeezed = [" ".join(text.split(" ")) for text in (one.truth, one.value)]
        yield replace(one, truth=squeezed[0], value=squeezed[1])


def exact(found: Sequence[Outcome]) -> float:
    return sum(one.right for one in found) / max(len(found), 1)


def table(found: Sequence[Outcome], rows: Mapping[str, Sequence[Outcome]]) -> Iterator[str]:
    """For each row its share of exact values by group of fields."""
    yield f"{'':16}" + "".join(f"{group:>12}" for group in GROUPS)
    for title, own in rows.items():
        parts = [[one for one in own if one.field in names] for names in GROUPS.values()]
        yield f"{title:16}" + "".join(f"{exact(part):12.2%}" for part in parts)


def by_field(found: Sequence[Outcome]) -> Iterator[str]:
    yield f"{'field':16}{'values':>8}{'exact':>9}{'ok':>9}{'wrong ok':>9}"
    for field in itertools.chain.from_iterable(GROUPS.values()):
        own = [one for one in found if one.field == field]
        ok = [one for one in own if one.status == "ok"]
        wrong = sum(not one.right for one in ok)
        yield f"{field:16}{len(own):8}{exact(own):9.2%}{len(ok) / max(len(own), 1):9.2%}{wrong:9}"


def missed(gray: Sequence[Outcome]) -> list[str]:
    """The groups below their bar on gray scans."""
    return [group for group, bar in BARS.items() if exact([one for one in gray if one.field in GROUPS[group]]) < bar]


def report(found: Sequence[Outcome]) -> bool:
    """Prints the figures; whether all bars hold."""
    gray = [one for one in found if one.degradation in GRAY]
    print("\n".join(by_field(gray)))
    rows = {name: [one for one in found if one.degradation == name] for name in DEGRADATIONS}
    rows |= {face.name: [one for one in gray if one.face == face.name] for face in FACES}
    print("\n".join(table(found, {**rows, "gray, all": gray})))
    for one in gray:
        if not one.right:
            print(f"{one.face}, {one.degradation}, {one.field}, {one.status}: {one.value!r} is {one.truth!r}")
    failed = missed(gray)
    print(f"below the bar on gray scans: {', '.join(failed) or 'none'}")
    return not failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=10, help="sheets in each face; each is scanned in every way")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    numbers = range(arguments.forms * len(FACES))
    with ProcessPoolExecutor(arguments.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = [one for some in pool.map(partial(sheet, seed=arguments.seed), numbers) for one in some]
    print(f"{len(numbers)} sheets, {len(numbers) * len(DEGRADATIONS)} scans at 300 and 200 dpi")
    return 0 if report(list(without_blanks(found))) else 1


if __name__ == "__main__":
    sys.exit(main())
