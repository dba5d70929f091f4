"""The typefaces of printed forms, embedded so that every printer shows the same letters."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FOLDERS = (Path("/usr/share/fonts/truetype/lato"), Path("/usr/share/fonts/truetype/dejavu"))
_FILES = {
    "regular": ("Lato-Regular.ttf", "DejaVuSans.ttf"),
    "bold": ("Lato-Bold.ttf", "DejaVuSans-Bold.ttf"),
    "italic": ("Lato-Italic.ttf", "DejaVuSans.ttf"),
}


class FontsMissingError(Exception):
    """No typeface to print with."""


@cache
def font(style: str) -> str:
    """The registered name of a style (regular, bold, italic). Raises FontsMissingError with the package to install."""
    for folder, file in zip(_FOLDERS, _FILES[style], strict=True):
        if (folder / file).is_file():
            name = f"Replyflow-{style}"
            pdfmetrics.registerFont(TTFont(name, str(folder / file)))
            return name
    raise FontsMissingError("No typeface was found to print with. Install the Debian package fonts-lato.")


def letters_lacking(text: str) -> str:
    """The letters and digits of `text` that the typeface does not have, and that would be missing on paper."""
    known = pdfmetrics.getFont(font("regular")).face.charToGlyph
    return "".join(one for one in text if one.isalnum() and ord(one) not in known)
