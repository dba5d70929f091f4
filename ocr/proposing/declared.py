"""What the print beside a PDF's own fields says about them: labels of buttons, and whether those are circles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ocr.fields.crops import hull
from ocr.proposing.labels import beside, label_of, tidy
from ocr.proposing.ticks import Proposed
from ocr.proposing.words import Phrase
from ocr.template.areas import overlap
from ocr.template.model import Box


def with_print(field: Proposed, phrases: list[Phrase], rings: list[Box], others: list[Box]) -> Proposed:
    """The declared field with the labels that it does not name itself; `others` are the boxes of all fields."""
    kind = field.data["kind"]
    if kind == "tick" and "label" not in field.data:
        words = _words(field.boxes[0], phrases, others)
        return replace(field, data={"kind": kind, **_label(words), **field.data})
    return replace(field, data=_choice(field, phrases, rings, others)) if kind == "choice" else field


def _choice(field: Proposed, phrases: list[Phrase], rings: list[Box], others: list[Box]) -> dict[str, Any]:
    found = [_words(box, phrases, others) for box in field.boxes]
    said = [words for words in found if words]
    unused = [phrase for phrase in phrases if phrase not in said]
    heading = label_of(hull([*field.boxes, *(words.box for words in said)]), unused)
    circle = all(any(overlap(box, ring) for ring in rings) for box in field.boxes)
    options = {
        name: {**option, **_label(words)}
        for (name, option), words in zip(field.data["options"].items(), found, strict=True)
    }
    head = {"kind": "choice"} | ({"label": heading} if heading else {})
    return head | ({"shape": "circle", "mark": "fill"} if circle else {}) | {"options": options}


def _words(box: Box, phrases: list[Phrase], others: list[Box]) -> Phrase | None:
    near = beside(box, phrases, right=True, others=[other for other in others if other != box])
    return near[0] if near else None


def _label(words: Phrase | None) -> dict[str, str]:
    return {"label": tidy(words.text)} if words else {}
