"""CSV tables in and out: any delimiter and encoding a spreadsheet writes, and cells no spreadsheet will run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (
    "id", "name", "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone",
    "email", "birth_date", "customer_number", "active",
)  # fmt: skip


class TableError(Exception):
    """A file that cannot be used as a table; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as dictionaries by lower-case column name, in file order."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(path: Path, *, needed: Sequence[str] = ("id",), known: Sequence[str] = COLUMNS) -> Table:
    """Reads a CSV file. Raises TableError, with the `known` columns, when the file or a `needed` one is missing."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); give an existing CSV file") from None
    text = _decode(raw)
    delimiter = choose_delimiter(text.split("\n", 1)[0])
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = [name.strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = tuple(reader)
    except csv.Error as error:
        raise TableError(f"{path}: not a CSV table ({error})") from None
    for name in needed:
        if name not in columns:
            raise TableError(f"{path}: the header has no column {name}; its columns may be {', '.join(known)}")
    return Table(tuple(columns), rows)


def choose_delimiter(header: str) -> str:
    """The delimiter of a header line: counting beats csv.Sniffer, which guesses letters in short headers."""
    return max(",;\t|", key=header.count)


def write_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """The CSV text, each cell harmless in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: str) -> str:
    """The cell, with a quote before it when a spreadsheet would take it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r") else cell


def _decode(raw: bytes) -> str:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
