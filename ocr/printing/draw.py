"""A page to draw on in millimetres from the top left, as form.yaml counts."""

from __future__ import annotations

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ocr.printing.codes import Modules
from ocr.printing.fonts import font
from ocr.printing.layout import paragraph
from ocr.template.model import Box, PrintedText


class Pen:
    """Draws on one canvas whose page is `height` mm high."""

    def __init__(self, canvas: Canvas, height: float) -> None:
        self._canvas, self._height = canvas, height

    def rect(self, box: Box, *, stroke: str | None = None, fill: str | None = None, width: float = 0.2) -> None:
        x, y, w, h = box
        if stroke:
            self._canvas.setStrokeColor(HexColor(stroke))
            self._canvas.setLineWidth(width * mm)
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        bottom = self._height - y - h
        self._canvas.rect(x * mm, bottom * mm, w * mm, h * mm, stroke=int(bool(stroke)), fill=int(bool(fill)))

    def circle(self, box: Box, *, stroke: str, width: float) -> None:
        x, y, w, h = box
        self._canvas.setStrokeColor(HexColor(stroke))
        self._canvas.setLineWidth(width * mm)
        bottom = self._height - y - h
        self._canvas.ellipse(x * mm, bottom * mm, (x + w) * mm, (bottom + h) * mm, stroke=1, fill=0)

    def line(self, ends: tuple[float, float, float, float], *, color: str, width: float, dashed: bool = False) -> None:
        x1, y1, x2, y2 = ends
        self._canvas.setStrokeColor(HexColor(color))
        self._canvas.setLineWidth(width * mm)
        self._canvas.setDash([1.2 * mm, 1.0 * mm] if dashed else [])
        self._canvas.line(x1 * mm, (self._height - y1) * mm, x2 * mm, (self._height - y2) * mm)
        self._canvas.setDash([])

    def modules(self, modules: Modules, box: Box) -> None:
        """Draws the dark modules as runs, so that no hairline shows between neighbours."""
        x, y, w, h = box
        rows, columns = modules.shape
        self._canvas.setFillColor(HexColor("#000000"))
        path = self._canvas.beginPath()
        for row in range(rows):
            start = None
            for column in range(columns + 1):
                dark = column < columns and modules[row, column]
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    top = self._height - y - (row + 1) * h / rows
                    left = x + start * w / columns
                    path.rect(left * mm, top * mm, (column - start) * w / columns * mm, h / rows * mm)
                    start = None
        self._canvas.drawPath(path, stroke=0, fill=1)

    def text(self, item: PrintedText, language: str) -> None:
        """Wraps the text into its box, from the top."""
        x, y, w, h = item.box
        flowing = paragraph(item, language)
        _, used = flowing.wrap(w * mm, h * mm)
        flowing.drawOn(self._canvas, x * mm, (self._height - y) * mm - used)

    def string(self, text: str, x: float, baseline: float, size: float, *, color: str = "#000000") -> None:
        """One line whose baseline is `baseline` mm below the top."""
        self._canvas.setFont(font("regular"), size)
        self._canvas.setFillColor(HexColor(color))
        self._canvas.drawString(x * mm, (self._height - baseline) * mm, text)

    def centred(self, text: str, x: float, baseline: float, size: float) -> None:
        self._canvas.setFont(font("regular"), size)
        self._canvas.setFillColor(HexColor("#000000"))
        self._canvas.drawCentredString(x * mm, (self._height - baseline) * mm, text)
