"""The summary table that `run` and `demo` end with."""

from __future__ import annotations

from rich.table import Table


def summary_table(numbers: dict[str, float], duplicates: int = 0) -> Table:
    """One line a figure; `duplicates` are files whose bytes were known already."""
    table = Table("what", "number", title="Replyflow")
    for name, number in numbers.items():
        table.add_row(name, f"{number:g}")
    if duplicates:
        table.add_row("duplicates", str(duplicates))
    return table
