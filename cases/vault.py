"""Stored files encrypted, each under a key of its own that a master key wraps: to destroy a file's key is to erase it.

Files are AES-256-GCM in blocks after the STREAM construction (Hoang et al., Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance, 2015): a block that is cut off, moved or changed is found. A file's key never encrypts
anything else, so nonces count from 0 and the same content gives the same bytes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"RFE1"
_BLOCK, _TAG, _NONCE, _KEY = 1 << 16, 16, 12, 32


class VaultError(Exception):
    """A key or a stored file that cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Master keys by name, the one for new files first."""

    keys: tuple[tuple[str, bytes], ...]

    def wrap(self, key: bytes, name: str) -> bytes:
        """A file's key, readable only with the newest master key and only for the file `name`."""
        master, secret = self.keys[0]
        nonce = secrets.token_bytes(_NONCE)
        return f"{master} {(nonce + AESGCM(secret).encrypt(nonce, key, name.encode())).hex()}\n".encode()

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """The file's key. Raises VaultError."""
        master, _, sealed = wrapped.decode("ascii", "replace").strip().partition(" ")
        secret = dict(self.keys).get(master)
        if secret is None:
            raise VaultError(f"The master key {master} is missing from the key file; put it back below the newest.")
        try:
            raw = bytes.fromhex(sealed)
            return AESGCM(secret).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise VaultError(f"The key of {name[:12]} was damaged, or belongs to another file.") from None

    def is_newest(self, wrapped: bytes) -> bool:
        """Whether it is the newest master key that wraps this key."""
        return wrapped.split(b" ", 1)[0].decode("ascii", "replace") == self.keys[0][0]


def read_ring(file: Path) -> KeyRing:
    """The master keys of a key file: lines of a name and 64 hexadecimal digits, newest first. Raises VaultError."""
    try:
        lines = [line.split() for line in file.read_text("ascii").splitlines() if line.strip()]
        keys = tuple((name, bytes.fromhex(digits)) for name, digits in lines)
    except (OSError, ValueError):
        raise VaultError(f"{file} is no key file. Make one with: ./replyflow keys new -o {file}") from None
    if not keys or any(len(secret) != _KEY for _, secret in keys) or len({name for name, _ in keys}) < len(keys):
        raise VaultError(f"{file} must hold lines of a name and 64 hexadecimal digits, each name once.")
    return KeyRing(keys)


def add_key(file: Path) -> str:
    """Puts a new master key on top of a key file, made if absent; its name. Raises VaultError or OSError."""
    former = [f"{name} {secret.hex()}" for name, secret in read_ring(file).keys] if file.exists() else []
    name = secrets.token_hex(4)
    half = file.with_name(f".{file.name}.{name}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.writelines(f"{line}\n" for line in (f"{name} {new_key().hex()}", *former))
        target.flush()
        os.fsync(target.fileno())
    half.replace(file)
    return name


def new_key() -> bytes:
    """A key for one file."""
    return secrets.token_bytes(_KEY)


def encrypt(source: BinaryIO, target: BinaryIO, key: bytes) -> None:
    """Writes what `source` holds from here on, in blocks of 64 KiB."""
    cipher = AESGCM(key)
    target.write(MAGIC)
    block, number = source.read(_BLOCK), 0
    while True:
        following = source.read(_BLOCK)
        target.write(cipher.encrypt(_nonce(number, last=not following), block, None))
        if not following:
            return
        block, number = following, number + 1


def decrypt(source: BinaryIO, key: bytes) -> Iterator[bytes]:
    """The content in blocks; each is checked before it is given out. Raises VaultError."""
    cipher = AESGCM(key)
    if source.read(len(MAGIC)) != MAGIC:
        raise VaultError("This is no encrypted file of the store.")
    block, number = source.read(_BLOCK + _TAG), 0
    while True:
        following = source.read(_BLOCK + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), block, None)
        except InvalidTag:
            raise VaultError("An encrypted file of the store was changed or cut off.") from None
        if not following:
            return
        block, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])
