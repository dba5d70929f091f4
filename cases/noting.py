"""What a decision was made of, kept on its response so that it can be explained years later."""

from __future__ import annotations

import math
from typing import Any

from cases.examining import Findings
from cases.models import Response
from matching.query import Match

_CANDIDATES_KEPT = 5


def note_findings(response: Response, found: Findings) -> None:
    """Writes rules, sentences, candidates with their weights, and how the match was made onto the response."""
    response.rules = [question.as_json() for question in found.questions]
    response.why = [*found.match.why, *(question.sentence for question in found.questions)]
    if not found.filled:
        response.why = ["Nothing is filled in on the form."]
    note_match(response, found.match)


def note_match(response: Response, match: Match) -> None:
    """Weights are bits: log2 likelihood ratios."""
    response.candidates = [
        {
            "subscriber_id": one.subscriber_id,
            "probability": one.probability,
            "score": one.score,
            "evidence": [_bar(bar.field, bar.level, bar.weight, bar.sentence) for bar in one.evidence],
        }
        for one in match.candidates[:_CANDIDATES_KEPT]
    ]
    response.matched = {
        "rule": match.rule, "verdict": match.verdict, "why": list(match.why), "base": match.base, "model": match.model,
        "start": -math.log2(max(match.base, 1)),
    }  # fmt: skip


def _bar(field: str, level: str, weight: float, sentence: str) -> dict[str, Any]:
    return {"field": field, "level": level, "weight": weight, "sentence": sentence}
