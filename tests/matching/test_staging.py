"""Keys put aside on disk: every key of the whole range comes back, in rising order, with its owner."""

from __future__ import annotations

import pytest
from sqlmodel import Session, col, select

from matching import staging
from matching.base import MatchKey
from matching.staging import KeyStage

EDGES = [-(2**63), -(2**63) + 1, -(2**58), -(2**58) - 1, -1, 0, 1, 2**58 - 1, 2**58, 2**63 - 1]


def test_every_key_of_the_whole_range_is_stored_with_its_owner(session: Session) -> None:
    owned = [(f"S{n}\t\\ö", EDGES[n % 3 :: 3]) for n in range(7)]
    with KeyStage(session) as stage:
        stage.add(owned[:4])
        stage.add([])
        stage.add(owned[4:])
        stage.store()
    stored = set(session.execute(select(col(MatchKey.key), col(MatchKey.subscriber_id))))
    assert stored == {(key, owner) for owner, keys in owned for key in keys}


def test_keys_are_stored_in_rising_order_whatever_the_order_of_their_owners(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    monkeypatch.setattr(staging, "bulk_insert", lambda *given: stored.extend(key for key, _ in given[-1]))
    with KeyStage(session) as stage:
        for key in reversed(EDGES):
            stage.add([(f"S{key}", [key])])
        stage.store()
    assert stored == sorted(EDGES)
