"""The Ed25519 keys that sign seals: made on first use, changed with a word of the old key, all recorded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlmodel import Session, col, select

from cases import ledger
from cases.links import canonical
from cases.models import LedgerEvent
from cases.settings import Settings

KEYS = "keys"
"""The chain that tells which key signs from when on."""
MADE, CHANGED = "ledger:key:made", "ledger:key:changed"


class SigningError(RuntimeError):
    """No seal can be made with the keys at hand; the message says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs; `id` are the first 16 hexadecimal digits of the SHA-256 of its public half."""

    id: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public half, 32 bytes in hexadecimal."""
        return _public(self.private)

    def sign(self, message: bytes) -> str:
        """The signature, 64 bytes in hexadecimal."""
        return self.private.sign(message).hex()


def present_signer(session: Session, settings: Settings) -> Signer:
    """The key that signs now, in the caller's transaction: made where there is none, changed where another is set.

    Raises SigningError when the key that signed last is lost or a key file is none.
    """
    ledger.lock(session, KEYS)
    last = _last_key(session)
    if settings.signing_key is not None:
        given = _load(settings.signing_key)
        if last is not None and given.id != last:
            _change(session, _load(_path(settings, last)), given)
        return given if last is not None else _first(session, given)
    return _load(_path(settings, last)) if last is not None else _first(session, _new(settings))


def change_key(session: Session, settings: Settings) -> Signer:
    """Makes a new key that the old one vouches for, and commits. Raises SigningError."""
    if settings.signing_key is not None:
        raise SigningError("The key is given by REPLYFLOW_SIGNING_KEY: name another file there to change it.")
    old = present_signer(session, settings)
    new = _new(settings)
    _change(session, old, new)
    session.commit()
    return new


def keys_in(events: Iterable[Mapping[str, Any]]) -> dict[str, str] | str:
    """Public keys by id, from the events of the chain of keys; a sentence when one of them is not vouched for."""
    keys: dict[str, str] = {}
    last = None
    for event in events:
        facts = event["facts"]
        if event["tag"] not in (MADE, CHANGED):
            continue
        if (event["tag"] == MADE) != (last is None) or _id_of(facts["public"]) != facts["key"]:
            return f"Event {event['seq']} of the chain {KEYS} brings in a key that none before it vouches for."
        if last is not None and not is_signed(keys[last], _vow(facts["public"]), facts["signature"]):
            return f"Event {event['seq']} of the chain {KEYS} is not signed by the key before it."
        last = str(facts["key"])
        keys[last] = str(facts["public"])
    return keys


def is_signed(public: str, message: bytes, signature: str) -> bool:
    """Whether the key with this public half (hexadecimal) signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _first(session: Session, key: Signer) -> Signer:
    ledger.record(session, MADE, key.id, {"key": key.id, "public": key.public}, chain=KEYS)
    return key


def _change(session: Session, old: Signer, new: Signer) -> None:
    facts = {"key": new.id, "public": new.public, "by": old.id, "signature": old.sign(_vow(new.public))}
    ledger.record(session, CHANGED, new.id, facts, chain=KEYS)


def _vow(public: str) -> bytes:
    return canonical({"replyflow key": public})


def _last_key(session: Session) -> str | None:
    query = select(LedgerEvent.subject).where(LedgerEvent.chain == KEYS, col(LedgerEvent.tag).in_([MADE, CHANGED]))
    return session.exec(query.order_by(col(LedgerEvent.seq).desc()).limit(1)).first()


def _path(settings: Settings, key_id: str) -> Path:
    return settings.data / "keys" / f"{key_id}.pem"


def _load(path: Path) -> Signer:
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SigningError(f"The signing key {path} cannot be read: {error.strerror}.") from None
    except (TypeError, ValueError):
        raise SigningError(f"{path} is no PEM file of a private key without a password.") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningError(f"{path} is no Ed25519 key.")
    return Signer(_id_of(_public(private)), private)


def _new(settings: Settings) -> Signer:
    private = Ed25519PrivateKey.generate()
    made = Signer(_id_of(_public(private)), private)
    path = _path(settings, made.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    return made


def _public(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _id_of(public: str) -> str:
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]
