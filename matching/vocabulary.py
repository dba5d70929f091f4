"""The words that a base knows, and which of them a misspelt word may have been.

Symmetric deletion (W. Garbe, SymSpell, 2012): two words within two edits share a form with up to two letters deleted.
Fuzzy search runs over the hundred thousand words of a base, not over its ten million rows.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

_PREFIX = 7
_SHORT, _LONG = 4, 6
_EDIT_BITS = 5.0
"""What an edit costs against how common a word is: one letter in thirty is misread or misspelt."""
_MOST_LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Near:
    """A word of the base and how many bits less likely it is than the word as read; 0 for the word itself."""

    word: str
    cost: float


class Forms(NamedTuple):
    """What words become when letters are deleted: hashes in rising order (uint32), each with its word's number."""

    hashes: NDArray[np.uint32]
    words: NDArray[np.int32]

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        hashes: list[int] = []
        owners: list[int] = []
        for number, word in enumerate(words):
            forms = _deletions(word)
            hashes.extend(map(_hash, forms))
            owners.extend([number] * len(forms))
        found = np.array(hashes, np.uint32)
        order = np.argsort(found, kind="stable")
        return cls(found[order], np.array(owners, np.int32)[order])

    def without(self, gone: Iterable[int]) -> Self:
        """The forms of the words that are left once those with these numbers are taken out."""
        kept = np.ones(int(self.words.max(initial=-1)) + 1, np.bool_)
        kept[list(gone)] = False
        left = kept[self.words]
        return type(self)(self.hashes[left], (np.cumsum(kept, dtype=np.int32) - 1)[self.words[left]])


class Vocabulary:
    """Words with the number of subscribers who carry each, common ones first so that they are looked at first.

    `forms` are those of `words(counts)`, in that order, where they are at hand.
    """

    def __init__(self, counts: Mapping[str, int], forms: Forms | None = None) -> None:
        self._words = words(counts)
        self._counts = dict(counts)
        self._total = sum(counts.values())
        # made when first asked: of most fields only the counts are used
        self._forms = cache(lambda: forms or Forms.of(self._words))
        self.near = lru_cache(20_000)(self._near)

    def share(self, word: str) -> float:
        """How common a word is among all subscribers, 0..1; one more than seen, as unseen is not impossible."""
        return min(1.0, (self._counts.get(word, 0) + 1) / (self._total + 100))

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def _near(self, word: str, count: int = 4) -> tuple[Near, ...]:
        """The `count` likeliest words of the base that `word` may stand for, itself first where somebody carries it."""
        edits = _edits(word)
        found: dict[str, float] = {}
        sharing = [self._words[index] for index in self._sharing(word)]
        for other, distance, _ in extract(word, sharing, scorer=OSA.distance, score_cutoff=edits, limit=None):
            if distance:
                # a common word is more often meant than a rare one
                found[other] = distance * _EDIT_BITS - math.log2(self._counts[other]) / 2
        itself = (Near(word, 0.0),) if word in self._counts else ()
        nearest = sorted(found.items(), key=lambda pair: pair[1])[: count - len(itself)]
        return (*itself, *(Near(other, max(cost, 1.0)) for other, cost in nearest))

    def _sharing(self, word: str) -> Iterable[int]:
        asked = np.array(sorted(map(_hash, _deletions(word))), np.uint32)
        hashes, words = self._forms()
        starts = np.searchsorted(hashes, asked, "left").tolist()
        ends = np.searchsorted(hashes, asked, "right").tolist()
        owners = [words[a:b] for a, b in zip(starts, ends, strict=True) if b > a]
        return sorted({*np.concatenate(owners).tolist()})[:_MOST_LOOKED_AT] if owners else ()


def words(counts: Mapping[str, int]) -> list[str]:
    """The words with the commonest first: the same order on every database."""
    return sorted(counts, key=lambda word: (-counts[word], word))


def _hash(form: str) -> int:
    """The same in every process; where two forms share one, the words are compared once more than needed."""
    return zlib.crc32(form.encode())


def _edits(word: str) -> int:
    return 0 if len(word) < _SHORT else 1 if len(word) < _LONG else 2


def _deletions(word: str) -> set[str]:
    found = {word[:_PREFIX]}
    for _ in range(_edits(word)):
        found |= {form[:at] + form[at + 1 :] for form in found for at in range(len(form))}
    return found
