"""The basis of a conclusion as JSON, for the ledger and for audit bags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cases.examining import Basis, Findings
from cases.models import Campaign
from cases.query import Printed, Sender
from matching.query import Candidate, Match

_KEPT = 5


def basis_json(found: Findings, due_days: int) -> dict[str, Any]:
    """What was found with our keys and the subscriber base, the five best candidates with every weight."""
    sender, printed, match = found.basis.sender, found.basis.printed, found.basis.match
    return {
        "due_days": due_days,
        "sender": {"subscriber": sender.subscriber, "forged": sender.forged, "campaign": _campaign(sender.campaign)},
        "printed": {
            "confirmed": sorted(printed.confirmed),
            "struck_out": list(printed.struck_out),
            "corrected": list(printed.corrected),
        },
        "match": {
            "verdict": match.verdict,
            "rule": match.rule,
            "why": list(match.why),
            "candidates": [_candidate(one) for one in match.candidates[:_KEPT]],
        },
    }


def basis_of(said: Mapping[str, Any]) -> Basis:
    """The basis that `basis_json` wrote; the campaign has no key, and the candidates no bars."""
    sender, match = said["sender"], said["match"]
    candidates = tuple(
        Candidate(one["subscriber"], one["probability"], one["score"], ()) for one in match["candidates"]
    )
    return Basis(
        Sender(sender["subscriber"], _campaign_of(sender["campaign"]), sender["forged"]),
        Printed(
            frozenset(said["printed"]["confirmed"]),
            tuple(said["printed"]["struck_out"]),
            tuple(said["printed"]["corrected"]),
        ),
        Match("", match["verdict"], match["rule"], candidates, tuple(match["why"])),
    )


def _candidate(one: Candidate) -> dict[str, Any]:
    bars = [{"field": bar.field, "level": str(bar.level), "weight": round(bar.weight, 4)} for bar in one.evidence]
    return {"subscriber": one.subscriber_id, "probability": one.probability, "score": one.score, "evidence": bars}


def _campaign(campaign: Campaign | None) -> dict[str, Any] | None:
    if campaign is None:
        return None
    return {
        "id": campaign.id,
        "code": campaign.code,
        "partner": campaign.partner,
        "opens": campaign.opens.isoformat() if campaign.opens else None,
        "closes": campaign.closes.isoformat() if campaign.closes else None,
    }


def _campaign_of(said: Mapping[str, Any] | None) -> Campaign | None:
    if said is None:
        return None
    return Campaign(
        id=said["id"], name=said["code"], code=said["code"], template="", partner=said["partner"], signing_key=b"",
        opens=dt.date.fromisoformat(said["opens"]) if said["opens"] else None,
        closes=dt.date.fromisoformat(said["closes"]) if said["closes"] else None,
    )  # fmt: skip
