"""Given names that are one person's: what is used daily and what the register says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matching.normalise import fold_name

_LEAST = 4


def same_by_nickname(left: str, right: str) -> bool:
    """Whether two folded given names may be one person's: nicknames, or the beginning of one is the other."""
    short, long = sorted((left, right), key=len)
    return bool(_families(left) & _families(right)) or (len(short) >= _LEAST and long.startswith(short))


def nicknames(name: str) -> frozenset[str]:
    """The other names of the families in which this folded given name is."""
    return frozenset(other for family in _families(name) for other in _table()[1][family]) - {name}


def _families(name: str) -> frozenset[int]:
    return _table()[0].get(name, frozenset())


@cache
def _table() -> tuple[dict[str, frozenset[int]], tuple[tuple[str, ...], ...]]:
    lines = (Path(__file__).parent / "nicknames.txt").read_text(encoding="utf-8").splitlines()
    families = tuple(tuple(map(fold_name, line.split())) for line in lines if line and not line.startswith("#"))
    members: dict[str, set[int]] = {}
    for number, family in enumerate(families):
        for name in family:
            members.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in members.items()}, families
