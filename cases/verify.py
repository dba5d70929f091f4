"""Checks an audit bag with nothing but the bag."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cases.links import check_events
from cases.store import file_hash

Code = Literal["no-bag", "missing", "unexpected", "changed", "wrong-name", "broken-ledger"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the bag is not as it was exported; `path` is relative to the bag."""

    code: Code
    path: str
    sentence: str


def verify_bag(bag: Path) -> list[Finding]:
    """What is wrong with the bag; an empty list when nothing is."""
    manifest = bag / "manifest-sha256.txt"
    if not (bag / "bagit.txt").is_file() or not manifest.is_file():
        return [Finding("no-bag", "manifest-sha256.txt", "This folder holds no audit bag.")]
    wanted = _manifest(manifest.read_text(encoding="utf-8"))
    present = {path.relative_to(bag).as_posix() for path in (bag / "data").rglob("*") if not path.is_dir()}
    findings = [Finding("missing", path, "A file of the bag is missing.") for path in sorted(wanted.keys() - present)]
    findings += [
        Finding("unexpected", path, "A file was added to the bag.") for path in sorted(present - wanted.keys())
    ]
    findings += [
        Finding("changed", path, "The file is not as it was exported.")
        for path in sorted(wanted.keys() & present)
        if file_hash(bag / path) != wanted[path]
    ]
    return findings + _originals(bag) + _ledger(bag)


def _manifest(text: str) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _originals(bag: Path) -> list[Finding]:
    """An original is named by its hash, so that even a rewritten manifest cannot hide a change."""
    return [
        Finding("wrong-name", path.relative_to(bag).as_posix(), "The original does not have the hash it is named by.")
        for path in sorted((bag / "data" / "documents").glob("*"))
        if path.is_file() and file_hash(path) != path.name
    ]


def _ledger(bag: Path) -> list[Finding]:
    path = bag / "data" / "ledger.jsonl"
    if not path.is_file():
        return []
    try:
        broken = check_events([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    except (ValueError, AttributeError):
        return [Finding("broken-ledger", "data/ledger.jsonl", "The ledger is not readable any more.")]
    return [Finding("broken-ledger", "data/ledger.jsonl", broken.sentence)] if broken else []
