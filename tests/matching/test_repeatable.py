"""The same files give the same answers, to the last digit: in every process, and whatever the order of their rows."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORT = ("Alex", "Alec", "Sascha", "Xander")


def people(count: int) -> list[dict[str, str]]:
    with (ROOT / "samples/subscribers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:count]
    return [{**row, "first_name": SHORT[place % len(SHORT)]} for place, row in enumerate(rows)]


def asked(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Cards of people who write Alexander in full; some surnames and phones are misread or missing."""
    cards = []
    for place, row in enumerate(rows):
        phone = row["phone"][:-1] + "7" if place % 2 else row["phone"]
        surname = row["last_name"][:-1] + "x" if place % 3 else row["last_name"]
        cards.append({"id": f"q{place}", "name": f"Alexander {surname}", "phone": phone if place % 4 else ""})
    return cards


def answers(folder: Path, base: list[dict[str, str]], cards: list[dict[str, str]], seed: int) -> list[str]:
    """The lines of `match` in a process whose sets have the order that `seed` gives them, sorted by query."""
    for name, rows in (("base.csv", base), ("cards.csv", cards)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    command = [sys.executable, "-m", "commands.main", "match", "cards.csv", "--subscribers", "base.csv"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return sorted(done.stdout.splitlines())


@pytest.fixture
def first(tmp_path: Path) -> list[str]:
    base = people(300)
    return answers(tmp_path, base, asked(base[:120]), seed=1)


def test_another_process_says_the_same(first: list[str], tmp_path: Path) -> None:
    base = people(300)
    assert len(first) == 121
    assert answers(tmp_path, base, asked(base[:120]), seed=2) == first


def test_rows_in_another_order_say_the_same(first: list[str], tmp_path: Path) -> None:
    base = people(300)
    assert answers(tmp_path, base[::-1], asked(base[:120])[::-1], seed=3) == first
