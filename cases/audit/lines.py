"""JSON Lines files of a bag, read in order or by key; of each line only its place is kept in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases.links import canonical

_LONGEST = 1 << 26


class LineError(ValueError):
    """A line is not as an export writes it; the message names file and line."""


class Lines:
    """One table. Raises LineError for lines that are no JSON object, or written in another way than ours."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[Any, list[int]] = {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (row for _, row in self._placed())

    def index(self, key: str) -> None:
        """Makes the rows findable by the column `key`."""
        for place, row in self._placed():
            if key in row:
                self._places.setdefault(row[key], []).append(place)

    def find(self, key: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # JSON
        """The rows with this value in the indexed column, in their order."""
        with self._path.open("rb") as file:
            found = []
            for place in self._places.get(key, ()):
                file.seek(place)
                found.append(json.loads(file.readline()))
        return found

    def first(self, key: Any) -> dict[str, Any] | None:  # noqa: ANN401  # JSON
        """The first of them."""
        return next(iter(self.find(key)), None)

    def _placed(self) -> Iterator[tuple[int, dict[str, Any]]]:
        place = 0
        with self._path.open("rb") as file:
            # a file without line ends would be read into memory whole
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), start=1):
                try:
                    row = json.loads(line)
                    exact = isinstance(row, dict) and canonical(row) + b"\n" == line
                except (ValueError, RecursionError):
                    exact = False
                if not exact:
                    raise LineError(f"{self._path.name}, line {number}, is not as it was written.")
                yield place, row
                place += len(line)
