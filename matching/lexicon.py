"""What a matcher must know of the whole base: its size, its words and how common each is, heavy keys, the model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from matching.compare import Agreement
from matching.index import state_of
from matching.model import COUNTED, Model, model_from_json
from matching.schema import MatchHeavy
from matching.vocabulary import Vocabulary
from matching.words import load_words

_INITIAL_SHARE = 0.08
"""How common an initial is."""
_COUNTED_ALIKE = 0.05
"""A base of which less has changed still has the words and frequencies it had."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Read once a process; `heavy` are the keys that more subscribers share than are worth fetching, `lessons` counts
    how often the model was taught by settled forms."""

    size: int
    changes: int
    words: Mapping[str, Vocabulary]
    heavy: Mapping[int, int]
    model: Model
    lessons: int = 0

    def share(self, field: str, value: str) -> float | None:
        """How common a folded value is in the base, 0..1; None for a field that names one subscriber."""
        if field not in COUNTED:
            return None
        words = self.words[field]
        if field == "first":
            # whichever of several given names is used, agreement is on one of them
            return max((words.share(word) for word in value.split()), default=1.0)
        return words.share(value.replace(" ", "") if field == "last" else value)

    def share_agreed(self, field: str, value: str, found: Agreement) -> float | None:
        """How common in the base what two sides agree on is, 0..1; None where their level alone tells it."""
        if not found.words:
            return self.share(field, value) if found.level == "exact" else None
        shares = [self.words[field].share(word) for word in found.words]
        told = math.prod(shares) * _INITIAL_SHARE**found.initials if field == "first" else min(shares)
        # a name of several words has as many chances to share one
        return min(1.0, told * len(value.split()))

    def fits(self, changes: int) -> bool:
        """Whether the base, `changes` rows of which were ever changed, is still nearly the one that was read."""
        return abs(changes - self.changes) <= _COUNTED_ALIKE * self.size


def load_lexicon(session: Session, earlier: Lexicon | None = None) -> Lexicon:
    """The lexicon of the base as it is now, or the `earlier` one where the base has hardly changed."""
    changes = int(state_of(session, "changes") or 0)
    lessons = int(state_of(session, "lessons") or 0)
    if earlier is not None and earlier.fits(changes) and earlier.lessons == lessons:
        return earlier
    words = load_words(session)
    rows = session.execute(select(col(MatchHeavy.key), col(MatchHeavy.count)))
    heavy = {row[0]: row[1] for row in rows}
    learnt = state_of(session, "model")
    size = int(state_of(session, "size") or 0)
    return Lexicon(size, changes, words, heavy, model_from_json(learnt) if learnt else Model(), lessons)
