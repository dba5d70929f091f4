"""What settled forms teach the matcher: how well they agreed, field by field, with those who had sent them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlmodel import Session, col, select

from cases.models import Response
from matching.compare import COMPARISONS, Level

_AT_ONCE = 1_000


def settled_levels(session: Session) -> Iterator[Mapping[str, Level]]:
    """The level of each compared field, for every response whose sender a person or the machine has settled.

    Forms with a verified code are left out: what we printed on them agrees whoever writes. Those on which the machine
    was sure are not: the doubtful ones alone would teach that people write worse than they do.
    """
    columns = col(Response.subscriber_id), col(Response.candidates), col(Response.matched)
    settled = select(*columns).where(col(Response.subscriber_id).is_not(None)).execution_options(yield_per=_AT_ONCE)
    for subscriber, candidates, matched in session.execute(settled):
        if matched.get("rule") in ("reference", "contradiction"):
            continue
        for one in candidates:
            if one["subscriber_id"] == subscriber and one["evidence"]:
                yield {bar["field"]: bar["level"] for bar in one["evidence"] if bar["field"] in COMPARISONS}
