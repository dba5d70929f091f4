"""Makes sample scans with their truth; the same seed makes the same files.

python -m samples.make -o samples/scans            # the committed ones
python -m samples.make --count 500 --seed 7 -o out/scans
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pdf2image import convert_from_path

from commands.print_forms import printed_values
from ocr.codes.reference import Reference, sign
from ocr.printing import Person, print_forms
from ocr.readings import Gray
from ocr.template.loading import TemplateSet, load_templates
from ocr.template.model import ChoiceField, CodeField, SignatureField, Template, TextField, TickField
from samples import saving, scanning
from samples.filling import Paper, fill_over, strike, tick
from samples.filling import sign as sign_paper

HERE = Path(__file__).parent
_CAMPAIGN = {"retention-offer": "C26A", "renewal-card": "C26B", "feedback-card": "C26C"}


@dataclass
class Plan:
    """One filled form: which, whose, what is written, how it is scanned, and what should become of it."""

    template: str
    row: int
    language: str
    campaign: str
    trouble: str | None = None
    degradation: str = "clean"
    dpi: int = 200
    suffix: str = ".pdf"
    folder: str = "paper"
    truth: dict[str, Any] = field(default_factory=dict)


_DEGRADATIONS = (
    "clean",
    "skew",
    "turned",
    "jpeg",
    "speckle",
    "fade",
    "fold",
    "one-bit",
    "photo",
    "clean",
    "skew",
    "lying",
)
_TROUBLES = ("two-offers", "unsigned", "struck-name", "new-phone", "closed", "forged")


def plans(count: int, seed: int, people: int) -> Iterator[Plan]:
    """`count` forms: most can go through, the others each have one trouble that a person must look at."""
    random_ = random.Random(seed)
    names = ("retention-offer", "retention-offer", "renewal-card", "feedback-card")
    for number in range(count):
        trouble = _TROUBLES[number // 7 % len(_TROUBLES)] if number % 7 == 6 else None
        template = "retention-offer" if trouble else names[number % 4]
        degradation = _DEGRADATIONS[number % len(_DEGRADATIONS)] if not trouble else "clean"
        photo, bits = degradation == "photo", degradation == "one-bit"
        yield Plan(
            template, random_.randrange(people), ("sv", "en", "de")[number % 3],
            "C25X" if trouble == "closed" else _CAMPAIGN[template], trouble, degradation,
            300 if bits or number % 9 == 0 else 200,
            ".jpg" if photo else ".tif" if bits else (".pdf", ".png", ".pdf", ".webp")[number % 4 if number % 8 else 0],
            "photo" if photo else "partner/acme" if template == "renewal-card" else "paper",
        )  # fmt: skip


def make(out: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Writes the scans below `out` and returns the truth, one entry a file."""
    with (HERE / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    campaigns = {entry["code"]: entry for entry in yaml.safe_load((HERE / "campaigns.yaml").read_text())}
    templates = load_templates(HERE.parent / "templates")
    truth = []
    for number, plan in enumerate(plans(count, seed, len(people)), start=1):
        key = bytes.fromhex(campaigns[plan.campaign]["signing_key"])
        name = f"{plan.folder}/{number:04d}-{plan.template}{plan.suffix}"
        image = _filled(plan, people[plan.row], templates, key, seed * 10_000 + number)
        saving.save(_scanned(image, plan, seed * 10_000 + number), out / name, plan.dpi)
        truth.append(_truth_line(name, plan, people[plan.row]))
    return truth


def _filled(plan: Plan, row: dict[str, str], templates: TemplateSet, key: bytes, seed: int) -> Gray:
    template = templates.by_name[plan.template]
    reference = sign(Reference(template.code, plan.campaign, row["id"]), b"nobody" if plan.trouble == "forged" else key)
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "form.pdf"
        person = Person(reference, printed_values(row))
        print_forms(template, [person], language=plan.language, out=pdf)
        image = np.array(convert_from_path(pdf, dpi=plan.dpi, grayscale=True)[0], dtype=np.uint8)
    plan.truth = _printed_truth(template, person)
    paper = Paper(image, plan.dpi, random.Random(seed))
    for name, spec in template.fields.items():
        _answer(paper, plan, name, spec, seed=int(row["id"][1:]))
    return paper.image


def _printed_truth(template: Template, person: Person) -> dict[str, Any]:
    truth: dict[str, Any] = {}
    for name, spec in template.fields.items():
        if isinstance(spec, CodeField):
            truth[name] = {"kind": "code", "value": person.reference.text, "writing": "printed"}
        elif isinstance(spec, TextField) and spec.prefill:
            truth[name] = {"kind": "text", "value": person.values.get(spec.prefill, ""), "writing": "printed"}
    return truth


def _answer(paper: Paper, plan: Plan, name: str, spec: Any, seed: int) -> None:  # noqa: ANN401
    if isinstance(spec, ChoiceField):
        _choose(paper, plan, name, spec)
    elif isinstance(spec, TickField):
        yes = paper.random_.random() < 0.5
        if yes:
            tick(paper, spec.box, paper.random_.choice(("v", "x")))
        plan.truth[name] = {"kind": "tick", "value": yes, "writing": "hand"}
    elif isinstance(spec, SignatureField):
        signed = plan.trouble != "unsigned"
        if signed:
            sign_paper(paper, spec.box, seed)
        plan.truth[name] = {"kind": "signature", "value": signed, "writing": "hand"}
    elif name == "name" and plan.trouble == "struck-name":
        strike(paper, spec.box)
        paper.write("Gunnel Nytorp", (spec.box[0] + 48, spec.box[1] - 3, 45, 10))
        plan.truth[name] = {"kind": "text", "value": None, "writing": "struck"}
    elif name == "new_email" and plan.trouble == "new-phone":
        paper.write("ny.adress@example.se", spec.box)
        plan.truth[name] = {"kind": spec.kind, "value": "ny.adress@example.se", "writing": "hand"}


def _choose(paper: Paper, plan: Plan, name: str, spec: ChoiceField) -> None:
    options = list(spec.options)
    chosen = paper.random_.sample(options, paper.random_.randint(1, 2) if spec.multiple else 1)
    if plan.trouble == "two-offers" and spec.role == "offer":
        chosen = paper.random_.sample(options, 2)
    for option in chosen:
        tick(paper, spec.options[option].box, paper.random_.choice(("v", "x", "x", "slash")))
    rest = [option for option in options if option not in chosen]
    if plan.trouble is None and rest and paper.random_.random() < 0.08:
        fill_over(paper, spec.options[rest[0]].box)
    plan.truth[name] = {"kind": "choice", "value": [o for o in options if o in chosen], "writing": "hand"}


def _scanned(image: Gray, plan: Plan, seed: int) -> Gray:
    random_ = random.Random(seed + 1)
    scan = scanning.noisy(scanning.skewed(image, random_, 0.6), seed)
    steps = {
        "skew": lambda: scanning.skewed(scan, random_, 2.5),
        "turned": lambda: scanning.turned(scan, 2),
        "lying": lambda: scanning.turned(scan, 1),
        "speckle": lambda: scanning.speckled(scan, seed),
        "fade": lambda: scanning.faded(scan),
        "fold": lambda: scanning.folded(scan),
        "one-bit": lambda: scanning.one_bit(scan),
        "photo": lambda: scanning.photographed(image, random_, seed),
    }
    return steps.get(plan.degradation, lambda: scan)()


def _truth_line(name: str, plan: Plan, row: dict[str, str]) -> dict[str, Any]:
    page = {
        "page": 1, "template": plan.template, "subscriber_id": None if plan.trouble == "forged" else row["id"],
        "campaign": plan.campaign, "fields": plan.truth, "expect": "review" if plan.trouble else "auto",
        "why": plan.trouble or "",
    }  # fmt: skip
    return {"file": name, "pages": [page], "degradation": plan.degradation}


def main() -> None:
    parser = argparse.ArgumentParser(description="Make sample scans.")
    parser.add_argument("--count", type=int, default=38)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--out", type=Path, default=HERE / "scans")
    arguments = parser.parse_args()
    truth = make(arguments.out, arguments.count, arguments.seed)
    truth += saving.bad_input(arguments.out / "paper")
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in truth)
    target = HERE / "truth.jsonl" if arguments.out == HERE / "scans" else arguments.out / "truth.jsonl"
    target.write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
