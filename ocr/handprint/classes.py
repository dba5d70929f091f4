"""The classes of the handprint net and which of them a field can hold."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ocr.template.model import Charset

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER_ACCENTED = "ÅÄÖÜÉ"
LOWER_ACCENTED = "åäöüßé"
PUNCTUATION = "+-./@_,:()&'"
MARKS = "+-./()"
"""Punctuation of dates and phones."""
LOW = "-._,:'"
"""Punctuation lower than half a letter."""
CHARACTERS = DIGITS + UPPER + LOWER + UPPER_ACCENTED + LOWER_ACCENTED + PUNCTUATION

BLANK = len(CHARACTERS)
"""Class of a cell without a character: paper, remains of print, specks, a neighbour's stroke."""
STRUCK = BLANK + 1
"""Class of a struck-out or overwritten character."""
CLASSES = STRUCK + 1

Mask = NDArray[np.bool_]

_HELD: dict[Charset, str] = {
    "digits": DIGITS,
    "upper": UPPER + UPPER_ACCENTED + "-'.",
    "alnum": DIGITS + UPPER + UPPER_ACCENTED,
    "date": DIGITS + "-./",
    "phone": DIGITS + "+-/()",
    "email": DIGITS + LOWER + "@.-_+",
    "text": CHARACTERS,
}


@cache
def allowed(charset: Charset) -> Mask:
    """Which classes a cell of this charset can hold, BLANK and STRUCK always among them; shape (CLASSES,)."""
    return mask_of(_HELD[charset])


def characters(charset: Charset) -> str:
    """The characters that a field of this charset can hold."""
    return _HELD[charset]


def mask_of(held: str) -> Mask:
    """The mask of these characters, with BLANK and STRUCK; raises KeyError for a character the net does not know."""
    mask = np.zeros(CLASSES, np.bool_)
    mask[[INDEX[character] for character in held]] = True
    mask[[BLANK, STRUCK]] = True
    return mask


_CAPITALS_OF = str.maketrans(LOWER + LOWER_ACCENTED.replace("ß", ""), UPPER + UPPER_ACCENTED)
INDEX = {character: index for index, character in enumerate(CHARACTERS)}
FOLD = np.array([INDEX[character.translate(_CAPITALS_OF)] for character in CHARACTERS] + [BLANK, STRUCK])
"""For each class that of its capital: capitals are often written in the shape of their small letters."""
