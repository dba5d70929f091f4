"""Text that somebody wrote by hand, made fit for the cell of a workbook and the line of a page."""

from __future__ import annotations

from matching.tables import harmless

_MOST_IN_A_CELL = 32_000
"""UTF-16 units; a workbook with a longer cell is called damaged."""


def printable(text: str) -> str:
    """The text without characters that steer a program instead of being seen."""
    return "".join(character if character.isprintable() else " " for character in text)


def sheet_cell(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula, cut where a cell ends."""
    shown = harmless(printable(text))
    if len(shown) * 2 <= _MOST_IN_A_CELL:
        return shown
    return shown.encode("utf-16-le")[: 2 * _MOST_IN_A_CELL].decode("utf-16-le", "ignore")
