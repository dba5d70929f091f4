"""What people look at: a workbook of documents and cases, a summary to print. Text of forms is never a formula."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from cases.cells import printable, sheet_cell
from ocr.printing.fonts import font

_LONG_AGO = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # the format knows no time zones
_SHEETS = {
    "documents": ("id", "name", "sha256", "channel", "partner", "state", "reason", "received_at", "batch_id"),
    "cases": ("id", "kind", "state", "offer", "reason", "consent", "subscriber_id", "due", "channel", "partner"),
}


class Workbook:
    """The XLSX, written row by row to `path`; use it in a ``with``. The same rows give the same bytes."""

    def __init__(self, path: Path, scratch: Path) -> None:
        options = {
            "constant_memory": True, "tmpdir": str(scratch), "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        }  # fmt: skip
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"created": _LONG_AGO})
        self._sheets = {name: self._book.add_worksheet(name) for name in _SHEETS}
        self._rows = dict.fromkeys(_SHEETS, 0)
        for name, columns in _SHEETS.items():
            self._write(name, columns)

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def add(self, name: str, row: dict[str, Any]) -> None:
        """Adds a row of a table of the bag, where there is a sheet for it."""
        if name in _SHEETS:
            self._write(name, tuple(row.get(column) for column in _SHEETS[name]))

    def _write(self, name: str, cells: tuple[object, ...]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, int | float):
                self._sheets[name].write(self._rows[name], column, cell)
            elif cell is not None:
                self._sheets[name].write_string(self._rows[name], column, sheet_cell(str(cell)))
        self._rows[name] += 1


class Summary:
    """The printed summary: what the bag holds, its seal, and a line a case; use it in a ``with``."""

    def __init__(self, path: Path, head: list[str]) -> None:
        self._canvas = Canvas(str(path), pagesize=A4, invariant=True, pageCompression=1)
        self._font, self._y = font("regular"), 0.0
        self._new_page()
        for line in head:
            self.line(line)

    def __enter__(self) -> Summary:
        return self

    def __exit__(self, *_: object) -> None:
        self._canvas.save()

    def line(self, text: str) -> None:
        """One line, cut where the paper ends."""
        if self._y < 15 * mm:
            self._canvas.showPage()
            self._new_page()
        self._canvas.drawString(15 * mm, self._y, printable(text)[:130])
        self._y -= 4.4 * mm

    def case(self, row: dict[str, Any]) -> None:
        """A case in one line."""
        names = ("kind", "state", "offer", "due", "subscriber_id", "partner")
        self.line(f"case {row['id']}: " + ", ".join(f"{name} {row[name]}" for name in names if name in row))

    def _new_page(self) -> None:
        self._canvas.setFont(self._font, 8.5)
        self._y = A4[1] - 15 * mm
