"""Lists of what the base holds (towns, streets, names), for reading handwriting against them."""

from __future__ import annotations

import os
from pathlib import Path

from sqlmodel import Session, col, func, select

from matching.base import Subscriber

COLUMNS = {
    "postcodes": Subscriber.postcode, "cities": Subscriber.city, "streets": Subscriber.street,
    "first_names": Subscriber.first_name, "last_names": Subscriber.last_name,
}  # fmt: skip


def write_lists(session: Session, folder: Path) -> dict[str, int]:
    """Writes `folder`/cities.txt and its like: each value of the base, a tab, how many subscribers have it.

    Each file is replaced at once, so that a reader finds the old list or the new one. A list without values is taken
    away. Gives the number of values by list.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _write(session, column, folder / f"{name}.txt") for name, column in COLUMNS.items()}


def _write(session: Session, column: str, file: Path) -> int:
    query = select(column, func.count()).where(column != "").group_by(column).order_by(col(column))
    rows = [(" ".join(value.split()), count) for value, count in session.exec(query)]
    lines = [f"{value}\t{count}\n" for value, count in rows if value]
    if not lines:
        file.unlink(missing_ok=True)
        return 0
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text("".join(lines), encoding="utf-8")
    fresh.replace(file)
    return len(lines)
