"""The words of the base stored ready for looking up: a worker starts in a moment, and need not count and sort them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from matching.model import COUNTED
from matching.schema import MatchToken, MatchWords
from matching.vocabulary import Forms, Vocabulary, words

_SOUGHT = frozenset({"first", "last", "street", "city"})
"""Fields in which misspelt words are looked up; of the others only the counts are used."""
_BETWEEN = "\n"
_HASH, _NUMBER, _COUNT = "<u4", "<i4", "<i8"
Token = tuple[str, str]


def store_words(session: Session) -> None:
    """Stores the words that `match_token` counts now, in place of those stored before."""
    session.execute(delete(MatchWords))
    for field, counts in _counted(session).items():
        _store(session, field, counts, Forms.of(words(counts)) if field in _SOUGHT else None)


def store_words_once(session: Session) -> None:
    """Stores the words of a base that was made before words were stored."""
    if session.execute(select(col(MatchWords.field)).limit(1)).scalar() is None:
        store_words(session)


def load_words(session: Session) -> dict[str, Vocabulary]:
    """The words by field as stored, or made from the counts where none are."""
    stored = {row.field: Vocabulary(*_read(row)) for row in session.execute(select(MatchWords)).scalars()}
    return stored or {field: Vocabulary(counts) for field, counts in _counted(session).items()}


def forget_words(session: Session, tokens: Iterable[Token]) -> None:
    """Takes out of the stored words those of `tokens` that no subscriber carries any more."""
    by_field: dict[str, set[str]] = {}
    for field, token in tokens:
        by_field.setdefault(field, set()).add(token)
    for field, asked in by_field.items():
        here = col(MatchToken.field) == field, col(MatchToken.token).in_(asked)
        gone = asked - set(session.execute(select(col(MatchToken.token)).where(*here)).scalars())
        row = session.get(MatchWords, field) if gone else None
        if row is not None:
            _store_without(session, row, gone)


def _store_without(session: Session, row: MatchWords, gone: Collection[str]) -> None:
    counts, forms = _read(row)
    left = {word: count for word, count in counts.items() if word not in gone}
    if len(left) < len(counts):
        session.expunge(row)
        session.execute(delete(MatchWords).where(col(MatchWords.field) == row.field))
        numbers = [number for number, word in enumerate(counts) if word in gone]
        _store(session, row.field, left, forms.without(numbers) if forms else None)


def _counted(session: Session) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {field: {} for field in sorted(COUNTED)}
    rows = session.execute(select(col(MatchToken.field), col(MatchToken.token), col(MatchToken.count)))
    for field, token, count in rows:
        counts[field][token] = count
    return counts


def _store(session: Session, field: str, counts: Mapping[str, int], forms: Forms | None) -> None:
    ordered = words(counts)
    row = {
        "field": field,
        "words": _BETWEEN.join(ordered),
        "counts": np.array([counts[word] for word in ordered], _COUNT).tobytes(),
        "form_hashes": forms.hashes.astype(_HASH).tobytes() if forms else b"",
        "form_words": forms.words.astype(_NUMBER).tobytes() if forms else b"",
    }
    session.execute(insert(MatchWords), row)


def _read(row: MatchWords) -> tuple[dict[str, int], Forms | None]:
    """The counts, in the order of `words`, and the forms."""
    counts = np.frombuffer(row.counts, _COUNT).tolist()
    named = dict(zip(row.words.split(_BETWEEN) if counts else (), counts, strict=True))
    if row.field not in _SOUGHT:
        return named, None
    return named, Forms(np.frombuffer(row.form_hashes, _HASH), np.frombuffer(row.form_words, _NUMBER))
