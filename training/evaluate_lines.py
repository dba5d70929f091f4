"""Names, streets and towns of writers not trained on: ``python -m training.evaluate_lines --data ../shared/data``.

With and without a list of all that occur in the data, which is what an organisation with its members' names would
hold (`--streets` adds a gazetteer to the German one), and with another reader where one is installed. ``--fit`` writes
lists.json: how often a value is right, learnt on the validation part, a fifth of which is not in the list.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr.fields.second import LineReader, second_reader
from ocr.handprint.calibration import Calibration, isotonic, load
from ocr.handprint.classes import CHARACTERS, UPPER
from ocr.handprint.evidence import Evidence, near, weighed
from ocr.handprint.line import Steps, best_texts, line_picture, read_lines, within
from ocr.handprint.net import HERE
from ocr.handprint.wordlist import WordList, make_list
from training.fields import automatic
from training.lines import Line, german, names

_FILE = HERE / "lists.json"
_LACKING = "listed, not in it"


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of one kind, the list for them, and the characters that they are written in ("" for all)."""

    name: str
    lines: tuple[Line, ...]
    words: WordList
    characters: str


@dataclass(frozen=True, slots=True)
class Read:
    """One line by one way of reading: `score` is of the readers alone."""

    way: str
    right: bool
    score: float


def sources(data: Path, more: Sequence[str]) -> list[Source]:
    every, towns = names(data / "handprint/name_fields"), german(data / "handwriting/dhsd_german")
    return [
        Source("names", tuple(every), _list(line.text for line in every), UPPER + "-'"),
        Source("german", tuple(towns), _list([*(line.text for line in towns), *more]), ""),
    ]


def _list(values: Iterator[str] | Sequence[str]) -> WordList:
    return make_list([(value, 1.0) for value in sorted(set(values))])


def read(source: Source, part: str, other: LineReader | None) -> list[Read]:
    """Every line of the part in every way: freely, with the list, and with a list that lacks it."""
    lines = [line for line in source.lines if line.part == part]
    steps = read_lines([line_picture(line.gray) for line in lines])
    texts = other.read([line.gray for line in lines]) if other is not None else [""] * len(lines)
    found: list[Read] = []
    for line, own, text in zip(lines, steps, texts, strict=True):
        held = within(own, source.characters) if source.characters else own
        found += _ways(line, held, source, "")
        if other is not None:
            found += _ways(line, held, source, text.upper() if source.characters else text)
    return found


def _ways(line: Line, steps: Steps, source: Source, other: str) -> Iterator[Read]:
    allowed = (source.characters or CHARACTERS) + " "
    other = "".join(character for character in other if character in allowed)
    texts = tuple(dict.fromkeys([*(text for text, _ in best_texts(steps)), *([other] if other else [])]))
    evidence, twice = Evidence(texts, None, steps, other), "_twice" if other else ""
    expected = near(source.words, evidence, capitals=bool(source.characters))
    lacking = {text: share for text, share in expected.items() if text not in (line.text, line.text.upper())}
    for way, known in (("free", {}), ("listed", expected), (_LACKING, lacking)):
        (text, score), *_ = weighed(evidence, known)
        yield Read(way + twice, text == line.text, score)


def fitted(found: Sequence[Read]) -> dict[str, Calibration]:
    """A curve for each way; every fifth line with a list that lacks it."""
    curves = {}
    for way in ("free_twice", "listed", "listed_twice"):
        own, lacking = ([one for one in found if one.way == name] for name in (way, way.replace("listed", _LACKING)))
        own = [other if number % 5 == 0 else one for number, (one, other) in enumerate(zip(own, lacking, strict=True))]
        curves[way] = isotonic(np.array([one.score for one in own]), np.array([one.right for one in own]))
    return curves


def report(source: Source, found: Sequence[Read]) -> None:
    for way in sorted({one.way for one in found}):
        own = [one for one in found if one.way == way]
        right, scores = np.array([one.right for one in own]), np.array([one.score for one in own])
        kind = way.replace(_LACKING, "listed")
        sure = load(_FILE, kind) if kind != "free" else None
        ok = np.array([sure(score) >= 0.99 for score in scores]) if sure else np.zeros(len(own), np.bool_)
        print(json.dumps({
            "lines": source.name, "way": way, "count": len(own), "listed": len(source.words.values),
            "exact": round(float(right.mean()), 4), "ok": round(float(ok.mean()), 4),
            "wrong and ok": int((ok & ~right).sum()),
            "automatic at 0.2 % false": round(automatic(scores, right, 0.002), 4),
        }))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--streets", type=Path, help="more values for the German list, one a line")
    parser.add_argument("--fit", action="store_true", help="write lists.json")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    more = given.streets.read_text("utf-8").splitlines() if given.streets else []
    every, other = sources(given.data, [value.strip() for value in more if value.strip()]), second_reader()
    if given.fit:
        curves = fitted([one for source in every for one in read(source, "validation", other)])
        _FILE.write_text(json.dumps({way: curve.as_json() for way, curve in curves.items()}, indent=1) + "\n")
    for source in every:
        report(source, read(source, "test", other))


if __name__ == "__main__":
    main()
