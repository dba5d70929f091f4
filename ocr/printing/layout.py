"""Where words stand on paper, in millimetres: what printing draws and what checking a design measures."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph

from ocr.printing.fonts import font
from ocr.template.model import Box, PrintedText, localise

POINT_MM = 25.4 / 72
LABEL_PT, OPTION_PT = 8.0, 9.5
LABEL_GAP_MM, OPTION_GAP_MM = 1.1, 2.2
"""From a label's baseline down to its box; from a tick box to its words."""
MIDDLE = 0.36
"""Half the height of a capital, as a share of the font size."""
_ASCENT, _DESCENT = 0.76, 0.21
_ALIGN = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}
_LEADING = 1.25
_ROUNDING_MM = 0.001
_LEAST_PT = 7.0
"""Tesseract still reads Lato of 7 points at 200 dpi."""


def width_of(text: str, size: float, style: str = "regular") -> float:
    """Width in mm of one line of `size` points."""
    return float(stringWidth(text, font(style), size)) / float(mm)


def fitted(text: str, width: float, size: float) -> tuple[str, float]:
    """The text and its size in points so that it stays within `width` mm: smaller first, then cut with an ellipsis."""
    natural = width_of(text, size)
    if natural <= width:
        return text, size
    smaller = max(size * width / natural, min(size, _LEAST_PT))
    kept = text
    while kept and width_of(text, smaller) > width + _ROUNDING_MM:
        kept = kept[:-1].rstrip()
        text = f"{kept}…"
    return text, smaller


def label_baseline(box: Box) -> tuple[float, float]:
    """Where the label of a field starts: x, and the baseline below the top of the page."""
    return box[0], box[1] - LABEL_GAP_MM


def option_baseline(box: Box) -> tuple[float, float]:
    """Where the words beside a tick box start."""
    x, y, w, h = box
    return x + w + OPTION_GAP_MM, y + h / 2 + OPTION_PT * POINT_MM * MIDDLE


def line_area(text: str, start: tuple[float, float], size: float) -> Box:
    """The box that one line of text covers when its baseline begins at `start`."""
    x, baseline = start
    return x, baseline - size * POINT_MM * _ASCENT, width_of(text, size), size * POINT_MM * (_ASCENT + _DESCENT)


def paragraph(item: PrintedText, language: str) -> Paragraph:
    """The item's text, ready to be wrapped into its box."""
    style = ParagraphStyle(
        "item", fontName=font(item.style), fontSize=item.size, leading=item.size * _LEADING,
        alignment=_ALIGN[item.align], textColor=HexColor(item.color),
    )  # fmt: skip
    return Paragraph(escape(localise(item.text, language)).replace("\n", "<br/>"), style)


def text_area(item: PrintedText, language: str) -> Box:
    """The box that the wrapped text's ink covers; it leaves the item's own box when the text does not fit."""
    x, y, w, h = item.box
    flowing = paragraph(item, language)
    _, height = flowing.wrap(w * mm, h * mm)
    width = max((float(line) / mm for line in flowing.getActualLineWidths0()), default=0.0)
    left = {"left": x, "center": x + (w - width) / 2, "right": x + w - width}[item.align]
    above = item.size * POINT_MM * (1 - _ASCENT)
    return left, y + above, width, float(height) / mm - above
