"""Files under DATA/store, named by the SHA-256 of their content: ``ab/cdef...``. Written once, never changed.

With a master key they are encrypted, and the wrapped key of each lies under DATA/store-keys: to erase a file for ever,
in old copies of the store too, is to destroy that key.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cases import vault

_BLOCK, _NAME = 1 << 20, 64
_PLAIN = "replyflow-"
_MEMORY = Path("/dev/shm")  # noqa: S108  # names there are drawn by lot and readable by their owner alone


class GoneError(Exception):
    """The file is not in the store: it was erased, or never there."""


@dataclass(frozen=True, slots=True)
class Store:
    """The store of one installation; `key_file` holds its master keys, where files are encrypted."""

    data: Path
    key_file: Path | None = None

    def path_of(self, sha256: str) -> Path:
        """Where the file with this hash lies, or would lie; perhaps encrypted."""
        return self.data / "store" / sha256[:2] / sha256[2:]

    def holds(self, sha256: str) -> bool:
        """Whether the file can be had."""
        return self.path_of(sha256).is_file() and (self._key_path(sha256).is_file() or self._is_clear(sha256))

    def put_stream(self, source: BinaryIO) -> tuple[str, int]:
        """Stores the content of `source`; its hash and how many bytes. Durable when it returns; safe to repeat."""
        digest, size = hashlib.sha256(), 0
        with _half_made(self.scratch()) as (half, target):
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
            self._place(half, target, digest.hexdigest(), durable=True)
        return digest.hexdigest(), size

    def put_bytes(self, content: bytes) -> str:
        """Stores what can be made again (crops), without waiting for the disk; its hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.holds(sha256):
            with _half_made(self.scratch()) as (half, target):
                target.write(content)
                self._place(half, target, sha256, durable=False)
        return sha256

    def blocks(self, sha256: str) -> Iterator[bytes]:
        """The content in blocks. Raises GoneError, and VaultError where it cannot be decrypted."""
        try:
            with self.path_of(sha256).open("rb") as source:
                key = self._key(sha256)
                if key is not None:
                    yield from vault.decrypt(source, key)
                    return
                while block := source.read(_BLOCK):
                    yield block
        except FileNotFoundError:
            raise GoneError(f"The file {sha256[:12]} is not in the store.") from None

    def read(self, sha256: str) -> bytes:
        """The whole content. Raises as `blocks` does."""
        return b"".join(self.blocks(sha256))

    def is_intact(self, sha256: str) -> bool:
        """Whether the content still has the hash that it is named by. Raises GoneError."""
        digest = hashlib.sha256()
        try:
            for block in self.blocks(sha256):
                digest.update(block)
        except vault.VaultError:
            return False
        return digest.hexdigest() == sha256

    @contextmanager
    def opened(self, sha256: str) -> Iterator[Path]:
        """A path at which the content can be read meanwhile. Raises as `blocks` does."""
        if not self.holds(sha256):
            raise GoneError(f"The file {sha256[:12]} is not in the store.")
        if self._key(sha256) is None:
            yield self.path_of(sha256)
            return
        with _half_made(self._plain_folder(sha256)) as (plain, target):
            target.writelines(self.blocks(sha256))
            target.flush()
            yield plain

    def destroy(self, sha256: str) -> bool:
        """Erases the file and its key; whether there was one."""
        there = self.path_of(sha256).is_file()
        self._key_path(sha256).unlink(missing_ok=True)
        self.path_of(sha256).unlink(missing_ok=True)
        return there

    def renew_keys(self) -> tuple[int, int]:
        """Encrypts what still lies in clear and wraps every key with the newest master key; how many of each.

        Safe to kill and to run again, while others read and write. Raises VaultError.
        """
        sealed = wrapped = 0
        for path in sorted((self.data / "store").glob("??/*")):
            sha256 = path.parent.name + path.name
            if len(sha256) != _NAME:
                continue
            if self._is_clear(sha256):
                with path.open("rb") as source:
                    self._seal(source, sha256, self._ring(), durable=True)
                sealed += 1
            else:
                wrapped += self._wrap_again(sha256)
        return sealed, wrapped

    def sweep_scratch(self, older_than_s: float = 3600) -> int:
        """Removes copies that a killed process left half-made, which may hold personal data; how many."""
        oldest, count = time.time() - older_than_s, 0
        left = [*self.scratch().glob("*"), *(self.data / "store").glob("??/tmp*"), *_MEMORY.glob(f"{_PLAIN}*")]
        for path in left:
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def scratch(self) -> Path:
        """The folder for files that are still being made; what is left there is swept away."""
        folder = self.data / "store" / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _ring(self) -> vault.KeyRing:
        if self.key_file is None:
            raise vault.VaultError("A stored file is encrypted; name the key file with REPLYFLOW_STORE_KEY.")
        return vault.read_ring(self.key_file)

    def _key_path(self, sha256: str) -> Path:
        return self.data / "store-keys" / sha256[:2] / sha256[2:]

    def _is_clear(self, sha256: str) -> bool:
        # a file that arrived may itself begin like an encrypted one
        return not self._begins_sealed(sha256) or file_hash(self.path_of(sha256)) == sha256

    def _begins_sealed(self, sha256: str) -> bool:
        with self.path_of(sha256).open("rb") as file:
            return file.read(len(vault.MAGIC)) == vault.MAGIC

    def _key(self, sha256: str) -> bytes | None:
        """The key of an encrypted file; None for one in clear."""
        try:
            wrapped = self._key_path(sha256).read_bytes()
        except FileNotFoundError:
            if self._is_clear(sha256):
                return None
            raise GoneError(f"The key of the file {sha256[:12]} was destroyed.") from None
        if self._begins_sealed(sha256):
            return self._ring().unwrap(wrapped, sha256)
        # a key is there before its file is encrypted
        if file_hash(self.path_of(sha256)) == sha256:
            return None
        raise vault.VaultError(f"The file {sha256[:12]} of the store was changed.")

    def _place(self, half: Path, written: BinaryIO, sha256: str, *, durable: bool) -> None:
        written.flush()
        if self.holds(sha256):
            return
        if self.key_file is None:
            if durable:
                os.fsync(written.fileno())
            _settle(half, self.path_of(sha256), durable=durable)
        else:
            with half.open("rb") as source:
                self._seal(source, sha256, self._ring(), durable=durable)

    def _seal(self, source: BinaryIO, sha256: str, ring: vault.KeyRing, *, durable: bool) -> None:
        key = self._key_for(sha256, ring)
        with _half_made(self.scratch()) as (half, target):
            vault.encrypt(source, target, key)
            target.flush()
            if durable:
                os.fsync(target.fileno())
            _settle(half, self.path_of(sha256), durable=durable)

    def _key_for(self, sha256: str, ring: vault.KeyRing) -> bytes:
        """The file's key, a new one if it has none; of several processes that make one, the first wins."""
        path, fresh = self._key_path(sha256), vault.new_key()
        path.parent.mkdir(parents=True, exist_ok=True)
        with _half_made(self.scratch()) as (half, target):
            target.write(ring.wrap(fresh, sha256))
            target.flush()
            os.fsync(target.fileno())
            try:
                os.link(half, path)
            except FileExistsError:
                return ring.unwrap(path.read_bytes(), sha256)
        _sync_folder(path.parent)
        return fresh

    def _wrap_again(self, sha256: str) -> bool:
        path, ring = self._key_path(sha256), self._ring()
        if not path.is_file() or ring.is_newest(wrapped := path.read_bytes()):
            return False
        with _half_made(self.scratch()) as (half, target):
            target.write(ring.wrap(ring.unwrap(wrapped, sha256), sha256))
            target.flush()
            os.fsync(target.fileno())
            _settle(half, path, durable=True)
        return True

    def _plain_folder(self, sha256: str) -> Path:
        """Where a decrypted copy may lie for a while: in memory if it fits there."""
        size = self.path_of(sha256).stat().st_size
        fits = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 4 * size
        return _MEMORY if fits else self.scratch()


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _half_made(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file in `folder`, gone afterwards unless it was moved away."""
    descriptor, name = tempfile.mkstemp(prefix=_PLAIN, dir=folder)
    try:
        with os.fdopen(descriptor, "w+b") as target:
            yield Path(name), target
    finally:
        Path(name).unlink(missing_ok=True)


def _settle(half: Path, target: Path, *, durable: bool) -> None:
    """Moves a finished file to its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half.chmod(0o440)
    half.replace(target)
    if durable:
        _sync_folder(target.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
