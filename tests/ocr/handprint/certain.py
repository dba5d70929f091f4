"""Cells beyond doubt."""

from __future__ import annotations

import numpy as np

from ocr.handprint.classes import BLANK, CLASSES, INDEX
from ocr.handprint.lattice import Lattice


def certain(text: str, cells: int) -> Lattice:
    """The lattice of a text that is beyond doubt."""
    found = np.zeros((cells, CLASSES), np.float32)
    found[:, BLANK] = 1.0
    for at, character in enumerate(text):
        if character != " ":
            found[at] = 0.0
            found[at, INDEX[character]] = 1.0
    return Lattice(found)
