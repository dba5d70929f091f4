"""All that the readers of one field say about a text: its cells, its line, and another reader's text of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.handprint import lattice, line
from ocr.handprint.lattice import Lattice
from ocr.handprint.line import Steps
from ocr.handprint.wordlist import WordList
from ocr.handprint.words import plausible
from ocr.readings import Alternative

_BLIND = -8.0
"""Nats below the best text at which the cells of a line are not heard further: it may have been cut wrongly."""
_A_LETTER = 4.0
"""Nats by which each letter that the other reader read otherwise makes a text less likely."""
OUTSIDE = 1e-6
"""How likely one text that is not expected is written, beside one that is: so many other texts there are."""
_CLOSEST = 64
_NUMBERED = re.compile(r"(\d+\w?\s+)?(.*?[^\W\d].*?)(\s*\d+\s*[^\W\d]?)?")


@dataclass(frozen=True, slots=True)
class Evidence:
    """`texts` are the likeliest of each reader; `other` is what a reader without alternatives read, "" for none."""

    texts: tuple[str, ...]
    cells: Lattice | None = None
    steps: Steps | None = None
    other: str = ""

    def likelihoods(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """How likely each text is beside the likeliest of the field's own, (n,), as logs."""
        every = [*texts, *self.texts]
        whole = np.log([plausible(text) for text in every])
        if self.steps is not None:
            whole += line.likelihoods(self.steps, every)
        if self.cells is not None and np.isfinite((logs := lattice.likelihoods(self.cells, every)).max()):
            whole += logs if self.steps is None else np.logaddexp(logs, logs.max() + _BLIND)
        if self.other:
            seen = self.other.casefold()
            whole -= _A_LETTER * np.array([Levenshtein.distance(seen, text.casefold()) for text in every])
        return np.asarray(whole[: len(texts)] - whole[len(texts) :].max(initial=-np.inf), dtype=np.float64)


def weighed(
    evidence: Evidence, expected: Mapping[str, float], outside: float = OUTSIDE, count: int = 5
) -> tuple[Alternative, ...]:
    """The likeliest of the expected texts (each with how usual it is beside the others) and of those read freely.

    `outside` is how likely any one other text is: the readers' own texts that are not expected, and one that no reader
    has thought of, count that much. So the best of a bad lot stays improbable, and ink that clearly says something
    else is heard. Without expected texts the readers' own are weighed against each other.
    """
    texts = [*expected, *(text for text in evidence.texts if text not in expected)]
    if not texts:
        return ()
    odds = np.exp(evidence.likelihoods(texts)) * [expected.get(text, outside) for text in texts]
    top = np.argsort(-odds, kind="stable")[:count]
    whole = odds.sum() + outside
    return tuple((texts[i], float(odds[i] / whole)) for i in top)


def near(words: WordList, evidence: Evidence, *, capitals: bool = False) -> dict[str, float]:
    """The values of the list that the writing may say, in the list's spelling and in capitals, with their shares.

    A house number before or behind a street stays as it was read. `capitals`: nothing else is written here.
    """
    parts = [_parts(text) for text in (*evidence.texts, evidence.other) if text]
    around = dict.fromkeys((before, after) for before, _, after in parts)
    found: dict[str, float] = {}
    # what one reader read must not be outvoted by the alternatives of another
    for texts in (evidence.texts, (evidence.other,) if evidence.other else ()):
        for value, share in words.near([_parts(text)[1] for text in texts], _CLOSEST // max(len(around), 1)):
            spellings = {value.upper()} if capitals else {value, value.upper()}
            found.update({a + spelling + b: share for a, b in around for spelling in spellings})
    return found


def is_numbered(text: str) -> bool:
    """Whether a number stands before or behind the words, of which no list knows whether it is right."""
    before, _, after = _parts(text)
    return bool(before or after)


def _parts(text: str) -> tuple[str, str, str]:
    """The number before a text, the text alone, the number behind it."""
    match = _NUMBERED.fullmatch(text)
    return (match[1] or "", match[2], match[3] or "") if match else ("", text, "")
