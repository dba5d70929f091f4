"""Seals: the heads of all chains that grew, hashed onto the seal before and signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlmodel import Session, col, select

from cases import ledger
from cases.clock import now
from cases.links import NOTHING_BEFORE, seal_digest
from cases.models import Chain, Seal, Sealed
from cases.settings import Settings
from cases.signing import KEYS, is_signed, present_signer

Head = Callable[[str, int], str | None]
"""The hash of an entry of a chain, None where there is none."""


def seal_all(session: Session, settings: Settings) -> Seal | None:
    """Seals every chain that grew since its last seal, and commits; None when none did. Raises SigningError."""
    return _seal(session, settings, None)


def seal_batch(session: Session, settings: Settings, batch_id: str) -> Seal | None:
    """Seals the chain of one batch, and commits; None when it did not grow. Raises SigningError."""
    return _seal(session, settings, batch_id)


def seal_day(session: Session, settings: Settings) -> Seal | None:
    """Seals every chain that grew, and commits, once a day (UTC); None when that is done. Raises SigningError."""
    last = last_seal(session, of_day=True)
    session.rollback()
    return None if last and last.day == now().date().isoformat() else _seal(session, settings, None)


def last_seal(session: Session, *, of_day: bool = False) -> Seal | None:
    """The newest seal, or the newest that closes a day."""
    query = select(Seal).where(Seal.day != "") if of_day else select(Seal)
    return session.exec(query.order_by(col(Seal.number).desc()).limit(1)).first()


def is_sealed(session: Session) -> bool:
    """Whether a seal holds each chain to its end."""
    return not _grown(session, None)


def check_seals(seals: Iterable[Mapping[str, Any]], keys: Mapping[str, str], head: Head) -> str | None:
    """The first thing that is wrong with seals, all from the first on, as a sentence; `keys` are public keys by id.

    `head` looks up what a seal says of a chain; a chain that is not at hand is told by raising KeyError.
    """
    previous = NOTHING_BEFORE
    for number, seal in enumerate(seals, start=1):
        if seal["number"] != number or seal["previous"] != previous:
            return f"Seal {number} does not follow the seal before it: one is missing or moved."
        if seal_digest(seal) != seal["hash"]:
            return f"Seal {number} is not as it was made: its hash differs."
        public = keys.get(str(seal["key_id"]))
        if public is None or not is_signed(public, bytes.fromhex(seal["hash"]), str(seal["signature"])):
            return f"Seal {number} is not signed by a key of this ledger."
        wrong = next((chain for chain, said in seal["heads"].items() if not _holds(head, chain, said)), None)
        if wrong is not None:
            return f"The chain {wrong} is not as seal {number} holds it: events were cut off or replaced."
        previous = str(seal["hash"])
    return None


def _holds(head: Head, chain: str, said: tuple[int, str]) -> bool:
    try:
        return head(chain, int(said[0])) == said[1]
    except KeyError:
        return True


def _seal(session: Session, settings: Settings, batch_id: str | None) -> Seal | None:
    signer = present_signer(session, settings)
    ledger.lock(session, "seal")
    heads = _grown(session, batch_id)
    if not heads:
        session.commit()
        return None
    last = last_seal(session)
    content: dict[str, Any] = {
        "number": last.number + 1 if last else 1,
        "at": now().isoformat(),
        "day": "" if batch_id else now().date().isoformat(),
        "heads": {chain.name: [chain.seq, chain.hash] for chain in heads},
        "previous": last.hash if last else NOTHING_BEFORE,
        "key_id": signer.id,
    }
    hashed = seal_digest(content)
    made = Seal(**content, hash=hashed, signature=signer.sign(bytes.fromhex(hashed)))
    session.add(made)
    for chain in heads:
        session.merge(Sealed(name=chain.name, seq=chain.seq))
    session.commit()
    return made


def _grown(session: Session, batch_id: str | None) -> list[Chain]:
    query = select(Chain, Sealed.seq).join(Sealed, col(Sealed.name) == Chain.name, isouter=True)
    if batch_id is not None:
        query = query.where(col(Chain.name).in_([batch_id, KEYS]))
    rows = session.exec(query.order_by(Chain.name).execution_options(populate_existing=True))
    return [chain for chain, sealed in rows if chain.seq > (sealed or 0)]
