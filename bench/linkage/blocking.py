"""Which rows of a list are worth comparing: those that share words which few rows have, misspelt ones included.

A list of some thousand rows can afford what a base of millions cannot (`matching.keys`): each word is a key of its own.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from bench.linkage.datasets import Pair, Row
from matching.normalise import fold
from matching.person import Person, fold_person
from matching.vocabulary import Vocabulary

Word = tuple[str, str]
"""What a word stands for (given name and surname alike are names) and the folded word."""
_WORDS = {"first_name": "name", "last_name": "name", "street": "street", "city": "city"}
_CODES = ("number", "postcode", "birth_date", "phone", "customer_number")
_MISSPELT = ("name", "street", "city", "email")
_LEAST_LETTERS, _NEAREST, _NEARLY = 4, 6, 0.6
"""A misspelt word tells this share of what the word itself would."""
_COMMON, _PARTNERS, _ENOUGH = 200, 40, 0.75
"""At most so many others are compared with a row; words must tell this share of what it takes to single out a row."""


def candidates(rows: Sequence[Row]) -> set[Pair]:
    """The pairs of ids worth comparing, the smaller id first."""
    words = [words_of(row) for row in rows]
    index = _Index(words)
    found: set[Pair] = set()
    for place, own in enumerate(words):
        told = index.told(place, own)
        for other in sorted(told, key=lambda one: -told[one])[:_PARTNERS]:
            one, two = sorted((rows[place]["id"], rows[other]["id"]))
            found.add((one, two))
    return found


def words_of(row: Row) -> frozenset[Word]:
    """Every word of names, street and town, whole values of numbers, both halves of an e-mail address."""
    person = fold_person(row)
    return frozenset((*_spoken(row), *_coded(person)))


def _spoken(row: Row) -> Iterator[Word]:
    for column, kind in _WORDS.items():
        parts = fold(row.get(column, "")).split()
        yield from ((kind, part) for part in {*parts, "".join(parts)} if len(part) > 1)


def _coded(person: Person) -> Iterator[Word]:
    yield from ((field, getattr(person, field)) for field in _CODES if getattr(person, field))
    if person.email:
        local, _, domain = person.email.partition("@")
        yield from (("email", local), ("domain", domain))
    if person.birth_date:
        yield "day", person.birth_date[5:]


class _Index:
    """Which rows have a word, and how much a word tells in bits."""

    def __init__(self, words: Sequence[frozenset[Word]]) -> None:
        self._words = words
        self._counts = Counter(word for own in words for word in own)
        self._rows: dict[Word, list[int]] = defaultdict(list)
        for place, own in enumerate(words):
            for word in own:
                self._rows[word].append(place)
        of_kind = {kind: {w: n for (k, w), n in self._counts.items() if k == kind} for kind in _MISSPELT}
        self._vocabularies = {kind: Vocabulary(counts) for kind, counts in of_kind.items() if counts}
        self._enough = _ENOUGH * math.log2(max(len(words), 2))

    def told(self, place: int, own: frozenset[Word]) -> dict[int, float]:
        """The other rows of whom the words that they share with this one tell enough, and how much."""
        best: dict[int, dict[Word, float]] = defaultdict(dict)
        for word in own:
            for other, share in self._near(word):
                bits = share * self._bits(other)
                for row in self._rows[other] if self._counts[other] <= _COMMON else ():
                    if row != place and bits > best[row].get(word, 0.0):
                        best[row][word] = bits
        common = frozenset(word for word in own if self._counts[word] > _COMMON)
        told = {
            row: sum(words.values()) + sum(map(self._bits, common & self._words[row])) for row, words in best.items()
        }
        return {row: bits for row, bits in told.items() if bits >= self._enough}

    def _near(self, word: Word) -> Iterator[tuple[Word, float]]:
        yield word, 1.0
        kind, text = word
        if kind in self._vocabularies and len(text) >= _LEAST_LETTERS:
            for near in self._vocabularies[kind].near(text, _NEAREST):
                if near.word != text and len(near.word) >= _LEAST_LETTERS:
                    yield (kind, near.word), _NEARLY

    def _bits(self, word: Word) -> float:
        return math.log2(len(self._words) / self._counts[word])
