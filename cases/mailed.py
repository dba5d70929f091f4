"""To whom a campaign's forms were sent: the list narrows the base when a form comes back without a readable code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, insert
from sqlmodel import Session, col, or_, select

from cases import ledger
from cases.models import Campaign, Mailing
from matching.matcher import Mailed
from matching.schema import Subscriber

_IDS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class ListReport:
    """What bringing in a mailing list did: how many it has now, how many were new, which ids nobody has."""

    listed: int
    new: int
    unknown: tuple[str, ...]


def add_mailing_list(session: Session, campaign: Campaign, ids: Iterable[str]) -> ListReport:
    """Notes that the campaign's form was sent to these subscribers, ids not in the base left out. Commits."""
    new, unknown = 0, list[str]()
    given = iter(dict.fromkeys(ids))
    while part := list(islice(given, _IDS_A_STATEMENT)):
        known = set(session.exec(select(Subscriber.id).where(col(Subscriber.id).in_(part))))
        query = select(Mailing.subscriber_id).where(Mailing.campaign_id == campaign.id)
        there = set(session.exec(query.where(col(Mailing.subscriber_id).in_(part))))
        fresh = [{"campaign_id": campaign.id, "subscriber_id": id} for id in part if id in known - there]
        if fresh:
            session.execute(insert(Mailing), fresh)
        new += len(fresh)
        unknown += [id for id in part if id not in known]
    count = select(func.count()).select_from(Mailing).where(col(Mailing.campaign_id) == campaign.id)
    campaign.mailed = session.execute(count).scalar_one()
    session.add(campaign)
    facts = {"listed": campaign.mailed, "new": new}
    ledger.record(session, "campaign:campaign:mailed", campaign.code, facts, who=ledger.machine("campaigns"))
    listed = campaign.mailed
    session.commit()
    return ListReport(listed, new, tuple(unknown))


def mailed_with(session: Session, template: str, day: dt.date) -> Mailed | None:
    """To whom the campaigns that use `template` and run on `day` were mailed; None where one of them has no list."""
    query = select(Campaign).where(
        Campaign.template == template,
        or_(col(Campaign.opens).is_(None), col(Campaign.opens) <= day),
        or_(col(Campaign.closes).is_(None), col(Campaign.closes) >= day),
    )
    running = list(session.exec(query))
    if not running or any(campaign.mailed is None for campaign in running):
        return None
    codes = [campaign.id for campaign in running]

    def among(ids: Sequence[str]) -> frozenset[str]:
        sent = select(Mailing.subscriber_id).where(col(Mailing.campaign_id).in_(codes))
        return frozenset(session.exec(sent.where(col(Mailing.subscriber_id).in_(ids))))

    return Mailed(sum(campaign.mailed or 0 for campaign in running), among)
