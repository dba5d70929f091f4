"""The cells of whole comb fields, written by one training writer each, scanned and cut: what the net meets on forms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ocr.fields.crops import PX_PER_MM
from ocr.handprint.classes import INDEX
from ocr.handprint.comb import cut_cells
from training.fields import MARGIN_MM, Hands, draw

_KIND, _CELLS = "postcode", 5
"""Five random digits; other kinds favour some digits."""
Drawn = Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]
"""Batches of pictures and their classes."""


def comb_batches(writers: Hands, seed: int, count: int, size: int) -> Drawn:
    """`count` batches of (size, 32, 32) cut cells and their classes; the same for the same seed."""
    for number in range(count):
        rng = np.random.default_rng((seed, number, 1))
        pictures, classes = list[NDArray[np.uint8]](), list[int]()
        while len(pictures) < size:
            field = draw(_KIND, writers, rng)
            for cell, character in zip(cut_cells(field.crop, MARGIN_MM, _CELLS, PX_PER_MM), field.text, strict=True):
                if not cell.empty:
                    pictures.append(cell.picture)
                    classes.append(INDEX[character])
        yield np.stack(pictures[:size]), np.array(classes[:size], np.int64)
