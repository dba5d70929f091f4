"""A seal on one page, to be printed, signed by hand and kept away from the machine: the anchor of later checks."""

from __future__ import annotations

from pathlib import Path

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from cases.models import Seal

_GROUP, _GROUPS_A_LINE = 4, 8
_QR_MM = 45


def seal_text(seal: Seal) -> str:
    """The seal as text: its number, moment and key, and its hash in groups of four characters."""
    parts = [seal.hash[start : start + _GROUP] for start in range(0, len(seal.hash), _GROUP)]
    lines = [" ".join(parts[start : start + _GROUPS_A_LINE]) for start in range(0, len(parts), _GROUPS_A_LINE)]
    head = (f"Replyflow seal {seal.number}", f"made  {seal.at}", f"key   {seal.key_id}", "")
    end = (
        "",
        f"Chains of the ledger that it holds: {len(seal.heads)}; those sealed",
        "earlier it holds by the seal before it. Who has this page can tell",
        "later whether the ledger of that day is still the same: what verify",
        "prints of an audit bag must be what this page says.",
    )
    return "\n".join((*head, *lines, *end)) + "\n"


def seal_code(seal: Seal) -> str:
    """What the QR code says: the word RFSEAL1, number, hash and key, parted by blanks."""
    return f"RFSEAL1 {seal.number} {seal.hash} {seal.key_id}"


def print_seal(seal: Seal, out: Path) -> None:
    """Writes the seal as a page (.pdf) or as text (.txt); the same seal gives the same bytes. Raises OSError."""
    if out.suffix == ".txt":
        out.write_text(seal_text(seal), encoding="utf-8")
        return
    with out.open("wb") as file:
        canvas = Canvas(file, pagesize=A4, invariant=True)
        text = canvas.beginText(25 * mm, A4[1] - 30 * mm)
        text.setFont("Courier", 11, leading=16)
        text.textLines(seal_text(seal), trim=0)
        canvas.drawText(text)
        _draw_code(canvas, seal_code(seal))
        canvas.line(25 * mm, 40 * mm, 110 * mm, 40 * mm)
        canvas.drawString(25 * mm, 35 * mm, "Date, name, signature")
        canvas.save()


def _draw_code(canvas: Canvas, code: str) -> None:
    widget = QrCodeWidget(code, barLevel="M")
    left, low, right, high = widget.getBounds()
    side = _QR_MM * mm
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (high - low), 0, 0])
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, 25 * mm, 110 * mm)
