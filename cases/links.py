"""The arithmetic of the ledger: canonical text, hashes, commitments, and whether links follow from each other.

Needs no database; what is checked here in an installation is checked the same way in an audit bag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OLD = "0"
"""The one chain of the first versions, kept with its hashes as they were."""
_OF_OLD = ("seq", "tag", "subject", "facts", "at", "previous")
_BODY = ("at", "who", "tag", "subject", "facts", "before", "after")
_OF_SEAL = ("number", "at", "day", "heads", "previous", "key_id")
NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first event that does not follow from the one before it."""

    seq: int
    sentence: str
    chain: str = ""


def canonical(value: object) -> bytes:
    """The one way in which a value is written before it is hashed: UTF-8 JSON, keys in order, no blanks."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
    return text.encode()


def as_stored(value: Any) -> Any:  # noqa: ANN401  # JSON
    """A value as it comes back from a JSON column: tuples as lists, dates and decimals as text."""
    return json.loads(canonical(value))


def genesis(chain: str) -> str:
    """What the first entry of a chain follows: the hash of its name, so that no entry fits another chain."""
    return NOTHING_BEFORE if chain == OLD else hashlib.sha256(f"replyflow:{chain}".encode()).hexdigest()


def body_digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 of what an entry says, without its place in a chain; of an entry of which only this is shown, this."""
    return str(entry["body"]) if "body" in entry else _digest(entry, _BODY)


def entry_digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry without its hash: of its place, and of the digest of what it says.

    So a link can be shown, and checked, without what it says.
    """
    if entry["chain"] == OLD:
        return _digest(entry, _OF_OLD)
    place = {name: entry[name] for name in ("chain", "seq", "previous")}
    return hashlib.sha256(canonical(place | {"body": body_digest(entry)})).hexdigest()


def seal_digest(seal: Mapping[str, Any]) -> str:
    """SHA-256 of a seal without its hash and signature."""
    return _digest(seal, _OF_SEAL)


def commitment(salt: str, value: object) -> str:
    """SHA-256 over a random salt of 16 bytes (hexadecimal) and the value: without the salt it says nothing."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(value)).hexdigest()


def _digest(content: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return hashlib.sha256(canonical({name: content[name] for name in names})).hexdigest()


class ChainCheck:
    """Follows chains entry by entry, each chain's entries in order; keeps nothing but where each chain stands."""

    def __init__(self) -> None:
        self.heads: dict[str, tuple[int, str]] = {}

    def add(self, entry: Mapping[str, Any]) -> BrokenLink | None:
        """What is wrong with the next entry of its chain, or None."""
        chain = str(entry["chain"])
        seq, previous = self.heads.get(chain, (0, genesis(chain)))
        if entry["seq"] != seq + 1 or entry["previous"] != previous:
            return BrokenLink(
                seq + 1, f"Event {seq + 1} does not follow the event before it: one is missing or moved.", chain
            )
        if entry_digest(entry) != entry["hash"]:
            return BrokenLink(seq + 1, f"Event {seq + 1} is not as it was written: its hash differs.", chain)
        self.heads[chain] = (seq + 1, str(entry["hash"]))
        return None


def check_events(events: Iterable[Mapping[str, Any]]) -> BrokenLink | None:
    """The first broken link of whole chains, each in order, or None."""
    check = ChainCheck()
    return next((broken for event in events if (broken := check.add(event)) is not None), None)
