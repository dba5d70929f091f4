"""The frame of a bag after RFC 8493: every file is hashed while it is written, and nothing tells when it was."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from typing_extensions import Buffer

MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE = "signature.json"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class BagWriter:
    """Writes a bag into the empty folder `out`; keeps hash and size of each file, and no content."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._hashes: dict[str, str] = {}
        self._bytes = 0
        (out / "data").mkdir(parents=True, exist_ok=True)

    def __contains__(self, name: str) -> bool:
        return name in self._hashes

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A new payload file, `name` relative to ``data/``."""
        path = self.out / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            counted = _Counted(file)
            yield counted  # type: ignore[misc]  # all that writers need of a file
        self.note(name, counted.digest.hexdigest(), counted.size)

    def add(self, name: str, content: bytes) -> None:
        """A whole payload file."""
        with self.writing(name) as file:
            file.write(content)

    def note(self, name: str, sha256: str, size: int) -> None:
        """Takes into the manifest a payload file that lies at its place already."""
        self._hashes[name] = sha256
        self._bytes += size

    def close(self, info: dict[str, str]) -> bytes:
        """Writes manifests and the bag's description (its date as the caller says it); the hash to be signed."""
        lines = "".join(f"{self._hashes[name]}  data/{name}\n" for name in sorted(self._hashes))
        facts = info | {"Payload-Oxum": f"{self._bytes}.{len(self._hashes)}"}
        described = "".join(f"{key}: {value}\n" for key, value in sorted(facts.items()))
        tags = {"bagit.txt": _DECLARATION, "bag-info.txt": described, MANIFEST: lines}
        for name, text in tags.items():
            (self.out / name).write_bytes(text.encode())
        listed = "".join(
            f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(tags.items())
        )
        (self.out / TAGS).write_bytes(listed.encode())
        return hashlib.sha256(listed.encode()).digest()


class _Counted(io.RawIOBase):
    """A file that knows hash and size of what was written."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self.digest, self.size = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, content: Buffer) -> int:
        self.digest.update(content)
        self.size += memoryview(content).nbytes
        return self._file.write(content)
