"""Questions that are alike, as groups for one person: the same kind of field and the same reading proposed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from cases import waiting
from cases.grouping import merged_readings
from cases.models import ExceptionItem, Response
from cases.proposing import Proposal, proposal_of
from ocr.template.loading import TemplateSet

GROUP_AT_MOST = 30
_GROUP_AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class Alike:
    """How many questions of a group one person may take, and one of them as an example."""

    group: str
    count: int
    example: int


def groups_for(session: Session, person: str) -> list[Alike]:
    """The groups of which `person` could take more than one question, the largest first."""
    count = func.count()
    query = select(ExceptionItem.alike, count, func.min(ExceptionItem.id)).where(
        *_confirmable, waiting.free_for(person)
    )
    query = query.group_by(col(ExceptionItem.alike)).having(count >= _GROUP_AT_LEAST)
    rows = session.exec(query.order_by(count.desc(), col(ExceptionItem.alike))).all()
    return [Alike(group, number, example) for group, number, example in rows if group and example]


def take_group(
    session: Session, templates: TemplateSet, person: str, group: str
) -> list[tuple[ExceptionItem, Proposal]]:
    """Leases the most urgent questions of a group to `person`, those already theirs first, and commits."""
    theirs_first = case((col(ExceptionItem.leased_by) == person, 0), else_=1)
    of = (*_confirmable, col(ExceptionItem.alike) == group)
    taken = waiting.take(session, person, GROUP_AT_MOST, *of, order=(theirs_first, *waiting.ORDER))
    proposed = [(asked, proposal) for asked in taken if (proposal := proposed_now(session, templates, asked))]
    _ask_alone(session, {asked.id for asked in taken} - {asked.id for asked, _ in proposed})
    return proposed


def proposed_now(session: Session, templates: TemplateSet, asked: ExceptionItem) -> Proposal | None:
    """What may be confirmed of this question: None when a person found it odd, or form or reading have changed."""
    response = session.get(Response, asked.response_id) if asked.response_id else None
    template = templates.by_name.get(response.template) if response else None
    if response is None or template is None or asked.field is None or asked.odd_by is not None:
        return None
    proposal = proposal_of(template, asked.field, merged_readings(session, response.page_ids).get(asked.field))
    return proposal if proposal and proposal.group == asked.alike else None


def _ask_alone(session: Session, ids: set[int | None]) -> None:
    if ids:
        alone = update(ExceptionItem).where(col(ExceptionItem.id).in_(ids))
        session.execute(alone.values(alike=None, leased_by=None, leased_until=None))
        session.commit()


_confirmable = (
    col(ExceptionItem.state) == "open",
    col(ExceptionItem.alike).is_not(None),
    col(ExceptionItem.odd_by).is_(None),
)
