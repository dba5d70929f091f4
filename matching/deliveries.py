"""Where rows come from: a CSV or Parquet file read in portions, or rows at hand. Each can be gone through twice."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TextIO

from matching.columns import Columns, find_columns
from matching.tables import TableError, choose_delimiter
from matching.validation import LONGEST_CELL, row_fault

_PORTION_ROWS = 5_000
_PORTION_BYTES = 1 << 20


class Delivered(NamedTuple):
    """One row: `line` counts from 1, header included; `fault` says why it cannot be used."""

    line: int
    row: Mapping[str, str]
    fault: str | None = None


class Delivery(Protocol):
    """Rows that can be gone through more than once, in the same order."""

    def rows(self, only: Sequence[str] | None = None) -> Iterator[Delivered]:
        """The rows by field; with `only`, not necessarily more than these fields. Raises TableError."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Field to the column it comes from."""
        ...

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that are no field."""
        ...


class RowDelivery:
    """Rows at hand, by field. An iterator is read into memory; what can be gone through twice is not."""

    def __init__(self, rows: Iterable[Mapping[Any, Any]]) -> None:
        self._rows = tuple(rows) if isinstance(rows, Iterator) else rows
        self.headers: Mapping[str, str] = {}
        self.unused: tuple[str, ...] = ()

    def rows(self, only: Sequence[str] | None = None) -> Iterator[Delivered]:
        return (Delivered(line, row, row_fault(row)) for line, row in enumerate(self._rows, start=2))


class CsvDelivery:
    """A CSV file of any size, delimiter and usual encoding. Raises TableError when it cannot be read."""

    def __init__(self, path: Path, chosen: Mapping[str, str]) -> None:
        self._path = path
        self._encoding = _encoding_of(path)
        with self._open() as file:
            self._delimiter = choose_delimiter(file.readline())
        self.columns = find_columns(self._header(), chosen)
        self.headers: Mapping[str, str] = self.columns.headers
        self.unused = self.columns.unused

    def rows(self, only: Sequence[str] | None = None) -> Iterator[Delivered]:
        places = {field: place for field, place in self.columns.places.items() if only is None or field in only}
        width = len(self.columns.header)
        for line, cells in self._records():
            fault = _cells_fault(cells, width) or (None if cells[self.columns.places["id"]].strip() else "no id")
            row = {field: cells[place] for field, place in places.items() if place < len(cells)}
            yield Delivered(line, row, fault)

    def _header(self) -> list[str]:
        with self._open() as file:
            try:
                return [name.strip() for name in next(csv.reader(file, delimiter=self._delimiter), [])]
            except csv.Error as error:
                raise TableError(f"{self._path}: not a CSV table ({error})") from None

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        with self._open() as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            next(reader, None)
            try:
                yield from ((reader.line_num, cells) for cells in reader if cells)
            except (csv.Error, UnicodeError) as error:
                raise TableError(f"{self._path}, line {reader.line_num}: not a CSV table ({error})") from None

    def _open(self) -> TextIO:
        errors = "replace" if self._encoding == "cp1252" else "strict"
        return self._path.open(encoding=self._encoding, errors=errors, newline="")


class ParquetDelivery:
    """A Parquet file of any size, read in portions of rows. Raises TableError when it cannot be read."""

    def __init__(self, path: Path, chosen: Mapping[str, str]) -> None:
        from pyarrow import ArrowException, parquet

        self._path, self._unreadable = path, ArrowException
        try:
            self._file = parquet.ParquetFile(path)
        except (ArrowException, OSError) as error:
            raise TableError(f"{path}: not a Parquet file ({error})") from None
        self.columns: Columns = find_columns(self._file.schema_arrow.names, chosen)
        self.headers: Mapping[str, str] = self.columns.headers
        self.unused = self.columns.unused

    def rows(self, only: Sequence[str] | None = None) -> Iterator[Delivered]:
        fields = [field for field in self.columns.places if only is None or field in only]
        wanted = [self.headers[field] for field in fields]
        line = 0
        try:
            for batch in self._file.iter_batches(_PORTION_ROWS, columns=sorted(set(wanted))):
                cells = [[_text(value) for value in batch.column(name).to_pylist()] for name in wanted]
                for line, values in enumerate(zip(*cells, strict=True), start=line + 1):  # noqa: B020  # counts on
                    row = dict(zip(fields, values, strict=True))
                    yield Delivered(line, row, row_fault(row))
        except self._unreadable as error:
            raise TableError(f"{self._path}, after row {line}: not readable as Parquet ({error})") from None


def open_delivery(path: Path, chosen: Mapping[str, str]) -> CsvDelivery | ParquetDelivery:
    """The file as CSV or Parquet, by its first bytes; `chosen` maps fields to columns. Raises TableError."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); give an existing CSV or Parquet file") from None
    return (ParquetDelivery if start == b"PAR1" else CsvDelivery)(path, chosen)


def _cells_fault(cells: list[str], width: int) -> str | None:
    if len(cells) != width:
        return f"{'more' if len(cells) > width else 'fewer'} cells than the header has columns"
    if max(map(len, cells)) > LONGEST_CELL or "\x00" in "".join(cells):
        return f"a cell is longer than {LONGEST_CELL} characters or holds a NUL"
    return None


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while portion := file.read(_PORTION_BYTES):
                decoder.decode(portion)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str | bytes):
        # Bytes are text that its writer did not mark as text.
        return value if isinstance(value, str) else value.decode("utf-8", errors="replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        # A column of numbers with gaps comes as floats: 12345.0 is the postcode 12345, and a gap may be NaN.
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return str(value)
