"""Lists of what a field can say (towns, streets, names), and which of it is near to a doubtful reading."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KNOWN_LISTS = ("postcodes", "cities", "streets", "first_names", "last_names")
"""The lists that an organisation makes from its own base; a design may name them without bringing them along."""
_COMMON = 0.08
"""Pairs of letters in more than this share of a long list tell nothing and cost the most."""
_FEW = 200
Postings = dict[str, NDArray[np.int32]]


class ListError(Exception):
    """A list that cannot be used; the message names file and line."""


@dataclass(frozen=True, eq=False, slots=True)
class WordList:
    """Values in the spelling of the file; `shares` (n,) are how usual each is, 1 for one that is written as often as
    those usually written are.

    100,000 streets take 40 MB and a second to load.
    """

    values: tuple[str, ...]
    shares: NDArray[np.float32]
    version: str
    postings: Postings
    lengths: NDArray[np.float32]

    def near(self, texts: Iterable[str], count: int) -> list[tuple[str, float]]:
        """At most `count` values, with their shares, that have the most, and the rarest, letters beside each other
        in common with `texts`.
        """
        score = np.zeros(len(self.values), np.float32)
        for pair, times in Counter(pair for text in texts for pair in _pairs(text)).items():
            if (found := self.postings.get(pair)) is not None:
                score[found] += times * np.log(1 + len(score) / len(found))
        score /= self.lengths
        top = np.argpartition(-score, count)[:count] if count < len(score) else np.arange(len(score))
        return [(self.values[i], float(self.shares[i])) for i in top if score[i] > 0]


def load_list(file: Path) -> WordList:
    """The list in `file`: a value a line, and after a tab how often it occurs, where that is known.

    Read again when the file has changed. Raises ListError for a file that is no such list.
    """
    try:
        return _loaded(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise ListError(f"{file}: cannot be read: {error.strerror}") from error


@lru_cache(maxsize=32)
def _loaded(file: Path, _changed: int) -> WordList:
    content = file.read_bytes()
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ListError(f"{file}: is not text in UTF-8") from error
    rows = [_row(file, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise ListError(f"{file}: is empty")
    return make_list(rows, f"{file.stem}/{hashlib.sha256(content).hexdigest()[:8]}")


def _row(file: Path, number: int, line: str) -> tuple[str, float]:
    value, *counts = line.split("\t")
    if not value.strip() or len(counts) > 1 or not all(count.strip().isdigit() for count in counts):
        raise ListError(f"{file}:{number}: a line is a value, or a value, a tab and how often it occurs")
    return " ".join(value.split()), float(counts[0]) if counts else 1.0


def make_list(rows: Iterable[tuple[str, float]], version: str = "") -> WordList:
    """The list of `rows` (value, how often it occurs); at least one."""
    values, counts = zip(*rows, strict=True)
    shares = np.array(counts, np.float64) / max(sum(counts), 1e-9)
    usual = max(float((shares**2).sum()), 1e-9)
    lengths = np.sqrt([len(value) + 1 for value in values]).astype(np.float32)
    return WordList(values, (shares / usual).astype(np.float32), version, _postings(values), lengths)


def _postings(values: tuple[str, ...]) -> Postings:
    # plain lists of numbers would take nine times the memory
    found: defaultdict[str, array[int]] = defaultdict(partial(array, "i"))
    for number, value in enumerate(values):
        for pair in _pairs(value):
            found[pair].append(number)
    most = max(_COMMON * len(values), _FEW)
    return {pair: np.array(numbers, np.int32) for pair, numbers in found.items() if len(numbers) <= most}


def _pairs(text: str) -> set[str]:
    """Letters that follow each other, at once or over one that may be misread; `<` and `>` are the ends."""
    letters = f"<{text.casefold()}>"
    return set(_joined(letters, letters[1:], "")) | set(_joined(letters, letters[2:], "_"))


def _joined(letters: str, later: str, between: str) -> Iterator[str]:
    return (one + between + other for one, other in zip(letters, later, strict=False))
