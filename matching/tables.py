"""CSV tables in and out: any delimiter and encoding a spreadsheet writes, and cells no spreadsheet will run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (
    "id", "name", "first_name", "last_name", "street", "house_number", "postcode", "city", "country", "phone",
    "email", "birth_date", "customer_number", "active",
)  # fmt: skip


_BEGIN_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_STEER = ("\t", "\n")
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_NOT_IN_TABLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


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
    """The cell, with a quote before it when a spreadsheet would take it for a formula (OWASP, CSV injection).

    Blanks and what is not seen do not hide a formula, and full-width signs begin one too. What is no character, or
    none that a table can hold, is replaced; line ends are all of one kind.
    """
    # the writer leaves a lone CR without quotes, and readers take it for the end of the row
    whole = _NOT_IN_TABLES.sub(_REPLACED, cell.replace("\r\n", "\n").replace("\r", "\n"))
    seen = next((one for one in whole if one.isprintable() and not one.isspace() and one != _REPLACED), "")
    return f"'{whole}" if seen in _BEGIN_FORMULAS or whole[:1] in _STEER else whole


def _decode(raw: bytes) -> str:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
