"""Imports run one way: flows and desk -> cases -> matching, ocr."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("ocr", "matching", "cases", "desk", "flows", "commands", "samples", "bench")
MAY_IMPORT = {
    "ocr": set(),
    "matching": set(),
    "cases": {"ocr", "matching"},
    "desk": {"cases", "ocr", "matching"},
    "flows": {"cases", "ocr", "matching"},
}
ONLY_FLOWS = "prefect"


def imported_tops(source: str) -> set[str]:
    tops: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            tops.add(node.module.split(".")[0])
    return tops


def modules_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_before_it(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    offences = {
        str(path.relative_to(ROOT)): sorted(imported_tops(path.read_text()) & set(ROOMS) - allowed)
        for path in modules_of(room)
    }
    assert modules_of(room)
    assert {path: rooms for path, rooms in offences.items() if rooms} == {}


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "flows"])
def test_only_flows_imports_prefect(room: str) -> None:
    offenders = [
        str(path.relative_to(ROOT)) for path in modules_of(room) if ONLY_FLOWS in imported_tops(path.read_text())
    ]
    assert offenders == []


def test_the_rule_sees_an_import_inside_a_function() -> None:
    assert imported_tops("def f():\n    from prefect.client import x\n") == {"prefect"}
