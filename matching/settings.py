"""What decides between automatic, review and none."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Thresholds of the decision.

    `auto` and `review` are probabilities (0..1); `margin` is how many bits (log2) the best must lead the second by;
    `candidates` are scored at most; `alternatives` is how many readings of a field are tried. The shares are prior
    probabilities: that a sender is not in the base, that they are a relative of a candidate or another resident of the
    address, not in the base themselves; that such a relative gives the candidate's phone or e-mail, or customer number;
    that a stranger has a candidate's full name, anywhere or in the same town; that the sender of a campaign's form is
    none of those to whom it was mailed.
    """

    auto: float = 0.999
    review: float = 0.2
    margin: float = 7.0
    candidates: int = 30
    alternatives: int = 4
    stranger_share: float = 0.2
    relative_share: float = 0.05
    resident_share: float = 0.02
    stranger_namesake_share: float = 0.02
    local_namesake_share: float = 0.02
    shared_contact: float = 0.1
    shared_customer_number: float = 0.05
    outsider_share: float = 0.02

    def as_json(self) -> dict[str, float]:
        """What the ledger keeps, so that an old decision can be explained."""
        return asdict(self)
