"""What a matcher must know of the whole base: its size, its words and their frequency, its too common keys, its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from matching.base import MatchKey, Subscriber
from matching.model import COUNTED, Model
from matching.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Read once a process; `heavy` are the keys that more subscribers share than are worth fetching."""

    size: int
    words: Mapping[str, Vocabulary]
    heavy: Mapping[int, int]
    model: Model

    def share(self, field: str, value: str) -> float | None:
        """How common a folded value is in the base, 0..1; None for a field that names one subscriber."""
        if field not in COUNTED:
            return None
        words = self.words[field]
        if field == "first":
            # whichever of several given names is used, agreement is on one of them
            return max(words.share(word) for word in value.split()) if value else None
        return words.share(value.replace(" ", "") if field == "last" else value)


def load_lexicon(session: Session, heavy_key: int, model: Model | None = None) -> Lexicon:
    """The lexicon of the base as it is now; keys with more than `heavy_key` subscribers count as too common."""
    size = session.exec(select(func.count()).select_from(Subscriber)).one()
    words = {field: Vocabulary(_counts(session, field)) for field in sorted(COUNTED)}
    crowd = func.count()
    heavy = session.exec(select(MatchKey.key, crowd).group_by(col(MatchKey.key)).having(crowd > heavy_key))
    return Lexicon(size, words, {key: count for key, count in heavy}, model or Model())


def _counts(session: Session, field: str) -> dict[str, int]:
    column = getattr(Subscriber, f"folded_{field}")
    found: dict[str, int] = {}
    for value, count in session.exec(select(column, func.count()).where(column != "").group_by(column)):
        for word in _tokens(field, value):
            found[word] = found.get(word, 0) + count
    return found


def _tokens(field: str, value: str) -> set[str]:
    words = {word for word in value.split() if len(word) > 1}
    if field == "first":
        return words
    if field == "last":
        return words | {value.replace(" ", "")}
    return {value}
