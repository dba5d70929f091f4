"""A statement as CSV, XLSX and PDF: the same statement always gives the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from sqlmodel import Session, col, select

from cases.cells import printable, sheet_cell
from cases.models import Statement, StatementLine
from matching.tables import harmless
from ocr.printing.fonts import font

HEADER = ("line", "case", "what", "of month", "amount", "currency", "why", "terms", "ledger", "pictures")
_LONG_AGO = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # file formats without zones; the same in every copy
_MOST_SHOWN = 1500
_WIDTHS_MM = (11, 16, 22, 17, 24, 76, 20)


@dataclass(frozen=True, slots=True)
class Paper:
    """A stored statement with its lines, as it is handed out."""

    statement: Statement
    lines: tuple[StatementLine, ...]

    @property
    def name(self) -> str:
        """A harmless file name without its ending."""
        partner = "".join(letter if letter.isalnum() else "-" for letter in self.statement.partner)[:40]
        return f"settlement-{partner}-{self.statement.month:%Y-%m}-{self.statement.id}"


def paper_of(session: Session, statement_id: int) -> Paper | None:
    """The statement with this number."""
    statement = session.get(Statement, statement_id)
    if statement is None:
        return None
    query = select(StatementLine).where(StatementLine.statement_id == statement_id).order_by(col(StatementLine.number))
    return Paper(statement, tuple(session.exec(query)))


def as_csv(paper: Paper) -> str:
    """One row a line and a last one with the total; text cells are harmless in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for line in paper.lines:
        # an amount may begin with a minus: it is a number and no formula
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in _cells(paper, line)])
    writer.writerow(["", "", "total", "", paper.statement.total, paper.statement.currency, "", "", "", ""])
    return out.getvalue()


def as_xlsx(paper: Paper) -> bytes:
    """One sheet; amounts are numbers shown with two places, all else is text and never a formula."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": _LONG_AGO, "title": paper.name})
        money, bold = book.add_format({"num_format": "0.00"}), book.add_format({"bold": True})
        sheet = book.add_worksheet("settlement")
        sheet.write_row(0, 0, HEADER, bold)
        for row, line in enumerate(paper.lines, start=1):
            for column, cell in enumerate(_cells(paper, line)):
                _write(sheet, row, column, cell, money)
        last = len(paper.lines) + 1
        sheet.write_string(last, 2, "total", bold)
        sheet.write_number(last, 4, float(paper.statement.total), money)
        sheet.write_string(last, 5, paper.statement.currency)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(last - 1, 1), len(HEADER) - 1)
        sheet.set_column(6, 6, 60)
    return out.getvalue()


def as_pdf(paper: Paper) -> bytes:
    """A4, for printing: who, which month, every line, the total, and the digest that the ledger holds."""
    out = io.BytesIO()
    page = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=12 * mm, rightMargin=12 * mm, topMargin=14 * mm, bottomMargin=14 * mm,
        title=paper.name, invariant=1,
    )  # fmt: skip
    plain = ParagraphStyle("plain", fontName=font("regular"), fontSize=8, leading=10)
    big = ParagraphStyle("big", parent=plain, fontName=font("bold"), fontSize=15, leading=20)
    right = ParagraphStyle("right", parent=plain, alignment=2)
    statement = paper.statement
    head = [
        Paragraph(f"Settlement {statement.month:%Y-%m}", big),
        Paragraph(f"Partner: {_shown(statement.partner)}", plain),
        Paragraph(_state(statement), plain),
        Paragraph(f"Digest of the lines: {statement.digest}", plain),
        Spacer(1, 5 * mm),
    ]
    page.build([*head, _table(paper, plain, right)], onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _state(statement: Statement) -> str:
    told = f"Proposed by {statement.proposed_by} on {statement.proposed_at:%Y-%m-%d}"
    if statement.decided_by and statement.decided_at:
        told += f", {statement.state} by {statement.decided_by} on {statement.decided_at:%Y-%m-%d}"
    return _shown(told)


def _shown(text: str) -> str:
    """Text for a paragraph; a cell of the table cannot be longer than a page."""
    return escape(printable(text)[:_MOST_SHOWN])


def _table(paper: Paper, plain: ParagraphStyle, right: ParagraphStyle) -> LongTable:
    titles = ("Line", "Case", "What", "Of", f"Amount ({paper.statement.currency})", "Why", "Terms")
    rows: list[list[Any]] = [[Paragraph(title, plain) for title in titles]]
    rows += [
        [
            Paragraph(str(line.number), right), Paragraph(str(line.case_id), right),
            Paragraph(_shown(line.kind), plain),
            Paragraph(f"{line.of_month:%Y-%m}", plain), Paragraph(str(line.amount), right),
            Paragraph(_shown(line.sentence), plain), Paragraph(_shown(line.terms[:8]), plain),
        ]
        for line in paper.lines
    ]  # fmt: skip
    rows.append(["", "", Paragraph("<b>Total</b>", plain), "", Paragraph(str(paper.statement.total), right), "", ""])
    table = LongTable(rows, colWidths=[width * mm for width in _WIDTHS_MM], repeatRows=1)
    line, pale = colors.HexColor("#c9d0cd"), colors.HexColor("#eef1ef")
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, line),
                ("BACKGROUND", (0, 0), (-1, 0), pale),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEABOVE", (0, -1), (-1, -1), 1, colors.black),
            ]
        )
    )
    return table


def _foot(canvas: Any, page: SimpleDocTemplate) -> None:  # noqa: ANN401  # reportlab gives it no public type
    canvas.setFont(font("regular"), 7)
    canvas.drawRightString(198 * mm, 8 * mm, f"{page.title}, page {canvas.getPageNumber()}")


def _cells(paper: Paper, line: StatementLine) -> tuple[int | str | Decimal, ...]:
    pictures = " ".join(f"{name}:{crop[:12]}" for name, crop in sorted(line.evidence.get("crops", {}).items()))
    return (
        line.number, line.case_id, line.kind, f"{line.of_month:%Y-%m}", line.amount, paper.statement.currency,
        line.sentence, line.terms, str(line.evidence.get("ledger") or ""), pictures,
    )  # fmt: skip


def _write(sheet: Any, row: int, column: int, cell: object, money: Any) -> None:  # noqa: ANN401  # xlsxwriter is untyped
    if isinstance(cell, Decimal):
        sheet.write_number(row, column, float(cell), money)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, sheet_cell(str(cell)))
