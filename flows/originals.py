"""Stored documents at paths where page processes can read them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cases.store import GoneError, Store


@dataclass(frozen=True, slots=True)
class Originals:
    """Documents of one batch, decrypted where they are encrypted, until `until` is closed."""

    store: Store
    until: ExitStack
    _open: dict[str, Path] = field(default_factory=dict)

    def path_of(self, sha256: str) -> Path:
        """Where the document can be read; a path of nothing, which the reader tells, for one that was erased."""
        if sha256 not in self._open:
            try:
                self._open[sha256] = self.until.enter_context(self.store.opened(sha256))
            except GoneError:
                self._open[sha256] = self.store.path_of(sha256)
        return self._open[sha256]
