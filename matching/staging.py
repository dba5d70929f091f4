"""The keys of a big load: put aside on disk by their highest bits, then stored in key order.

In key order every page of the index is written once and full, which is what makes ten million subscribers quick.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from matching.bulk import bulk_insert
from matching.index import KEY_COLUMNS, KEY_TABLE, Owned, Posting

_BITS = 6
_BUFFER_BYTES = 1 << 16
_BETWEEN = "\0"  # no id holds it: rows with a NUL are refused


class KeyStage:
    """Two temporary files for each of 64 ranges of keys: the keys, and whose they are. TMPDIR says where they lie.

    A range of ten million subscribers takes some 300 MB of memory while it is sorted.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files = ExitStack()
        self._keys = [self._file() for _ in range(1 << _BITS)]
        self._owners = [self._file() for _ in range(1 << _BITS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, owned: Sequence[Owned]) -> None:
        """Puts aside the keys of subscribers who have none in the base."""
        counts = [len(keys) for _, keys in owned]
        keys = np.fromiter(chain.from_iterable(keys for _, keys in owned), np.int64, sum(counts))
        order = np.argsort(keys)
        keys, owners = keys[order], np.repeat(np.arange(len(owned)), counts)[order]
        ids = [owned[owner][0] for owner in owners.tolist()]
        ends = np.searchsorted(keys, _UPPER, "right").tolist()
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            if start < end:
                self._keys[number].write(keys[start:end].tobytes())
                self._owners[number].write("".join(f"{one}{_BETWEEN}" for one in ids[start:end]).encode())

    def store(self) -> None:
        """Adds all that was put aside to the keys of the base."""
        bulk_insert(self._session, KEY_TABLE, KEY_COLUMNS, self._sorted())

    def _sorted(self) -> Iterator[Posting]:
        for key_file, owner_file in zip(self._keys, self._owners, strict=True):
            keys = np.frombuffer(_whole(key_file), np.int64)
            owners = _whole(owner_file).decode().split(_BETWEEN)
            order = np.argsort(keys, kind="stable")
            yield from zip(keys[order].tolist(), map(owners.__getitem__, order.tolist()), strict=True)

    def _file(self) -> IO[bytes]:
        return self._files.enter_context(tempfile.TemporaryFile(buffering=_BUFFER_BYTES))


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _upper() -> NDArray[np.int64]:
    """The highest key of each range."""
    width = 1 << (64 - _BITS)
    return np.array([-(1 << 63) + width * (number + 1) - 1 for number in range(1 << _BITS)], np.int64)


_UPPER = _upper()
