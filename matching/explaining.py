"""The evidence for each candidate as lines that a person reads: the waterfall of weights, in bits and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from matching.lexicon import Lexicon
from matching.query import Candidate, Match

_BAR_BITS, _WIDEST = 1.0, 26
_SHOWN = 3


def waterfall(match: Match, lexicon: Lexicon) -> Iterator[str]:
    """What decided on one query: the verdict, then for each of the best candidates its fields from start to sum."""
    yield f"query {match.query_id}: {match.verdict} ({match.rule})"
    yield from (f"  because {why}" for why in match.why)
    yield f"  base of {lexicon.size} subscribers, model {lexicon.model.version}"
    for candidate in match.candidates[:_SHOWN]:
        yield from _of(candidate, lexicon.size)


def _of(candidate: Candidate, size: int) -> Iterator[str]:
    start = -math.log2(max(size, 1))
    yield f"  {candidate.subscriber_id}  probability {candidate.probability:.6f}"
    yield _row(start, "one subscriber among all, before anything is compared")
    for bar in candidate.evidence:
        yield _row(bar.weight, bar.sentence)
    yield _row(start + candidate.score, "sum, against a stranger")


def _row(bits: float, words: str) -> str:
    """A line such as ``    +9.1 bits  #########  surname agrees``."""
    width = min(round(abs(bits) / _BAR_BITS), _WIDEST)
    return f"    {bits:+6.1f} bits  {('+' if bits > 0 else '-') * width:<{_WIDEST}}  {words}"
