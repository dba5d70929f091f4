"""The whole index made anew, when the way of folding or of making keys is no longer the one it was made by."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col

from matching.bulk import make_room
from matching.history import aliases_of
from matching.index import Owned, TokenCounts, note_change, pages, scheme, set_state, state_of
from matching.keys import keys_of
from matching.learning import learn_base
from matching.person import Person, fold_person
from matching.rows import FOLDED_COLUMNS, PLAIN
from matching.schema import MatchKey, MatchToken, Subscriber
from matching.staging import KeyStage
from matching.words import store_words_once

_RAW = tuple(getattr(Subscriber, name) for name in ("id", *PLAIN))
_FOLDED = tuple(getattr(Subscriber, name) for name in FOLDED_COLUMNS)
_values = attrgetter(*Person.__dataclass_fields__)


def make_current(session: Session) -> bool:
    """Makes keys, tokens and folded fields anew if they are not by the present scheme; whether that was needed.

    All in the caller's transaction: lookups see the old index until it commits.
    """
    if state_of(session, "scheme") == scheme():
        store_words_once(session)
        return False
    _rebuild(session)
    set_state(session, "scheme", scheme())
    return True


def _rebuild(session: Session) -> None:
    make_room(session)
    session.execute(delete(MatchKey))
    session.execute(delete(MatchToken))
    tokens, rows = TokenCounts(session), 0
    with KeyStage(session) as stage:
        for page in pages(session, (*_RAW, *_FOLDED)):
            _fold_again(session, page, stage, tokens)
            rows += len(page)
        tokens.write()
        stage.store()
    if note_change(session, rows):
        learn_base(session)


def _fold_again(session: Session, page: list[Any], stage: KeyStage, tokens: TokenCounts) -> None:
    known = aliases_of(session, [row[0] for row in page])
    stale: list[dict[str, str]] = []
    owned: list[Owned] = []
    for row in page:
        person = fold_person(dict(zip(PLAIN, row[1:], strict=False)))
        if _values(person) != tuple(row[1 + len(PLAIN) :]):
            stale.append({"stale_id": row[0], **dict(zip(FOLDED_COLUMNS, _values(person), strict=True))})
        tokens.change(None, person)
        owned.append((row[0], keys_of(person).union(*map(keys_of, known[row[0]]))))
    if stale:
        fold = update(Subscriber).where(col(Subscriber.id) == bindparam("stale_id"))
        session.connection().execute(fold.values({name: bindparam(name) for name in FOLDED_COLUMNS}), stale)
    stage.add(owned)
