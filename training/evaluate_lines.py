"""Exact names of forms: ``python -m training.evaluate_lines --data ../shared/data``, of children not trained on.

With and without the list of all names that occur in the data; that list is what an organisation with its members' names
would hold.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from ocr.handprint.classes import UPPER
from ocr.handprint.line import best_known, best_texts, line_picture, read_lines, within
from training.fields import automatic
from training.lines import Line, german, names


def measured(lines: list[Line], listed: list[str], characters: str) -> dict[str, float]:
    """Shares of lines read exactly, freely and with a list, and what could be taken automatically."""
    free, known, sure = [], [], []
    for steps, line in zip(read_lines([line_picture(line.gray) for line in lines]), lines, strict=True):
        held = within(steps, characters) if characters else steps
        free.append(best_texts(held, 1)[0][0] == line.text)
        (text, p), *_ = best_known(held, listed) or (("", 0.0),)
        known.append(text == line.text)
        sure.append(p)
    return {
        "lines": len(lines), "exact without a list": round(float(np.mean(free)), 4),
        "exact with the list": round(float(np.mean(known)), 4), "names in the list": len(listed),
        "automatic at 0.2 % false": round(automatic(np.array(sure), np.array(known), 0.002), 4),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    every = names(given.data / "handprint/name_fields")
    listed = sorted({line.text for line in every})
    print(json.dumps({"names": measured([line for line in every if line.part == "test"], listed, UPPER + "-'")}))
    towns = german(given.data / "handwriting/dhsd_german")
    listed = sorted({line.text for line in towns})
    print(json.dumps({"german": measured([line for line in towns if line.part == "test"], listed, "")}))


if __name__ == "__main__":
    main()
