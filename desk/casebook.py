"""Cases: the list with its search, and each with everything that is known of it; documents as they arrived."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session, col, select

from cases import history
from cases.channels import CHANNELS
from cases.finding import MOST, Wanted, find_cases
from cases.models import Campaign, Case, Document, Page, Person, Response
from cases.second_keying import keyed_blind
from desk.evidence import asked_about_pages, sheet_of
from desk.facts import reasons_of
from desk.pictures import accesses_of
from desk.present import Present, Reading, RowId
from desk.replays import lines_of
from desk.show import show
from matching.base import Subscriber

router = APIRouter(include_in_schema=False)
_SHOWN = 50
STATES = ("open", "waiting", "refused")


def _or_none(text: object) -> object:
    return text.strip() or None if isinstance(text, str) else text


Text = Annotated[str | None, BeforeValidator(_or_none)]
Day = Annotated[dt.date | None, BeforeValidator(_or_none)]
Below = Annotated[int | None, BeforeValidator(_or_none), Field(ge=1, le=MOST)]


class Search(BaseModel):
    """The fields of the search; empty ones ask for nothing."""

    q: Text = None
    state: Text = None
    channel: Text = None
    partner: Text = None
    campaign: Text = None
    since: Day = None
    until: Day = None
    before: Below = None


@router.get("/cases")
def cases(request: Request, session: Reading, person: Present, search: Annotated[Search, Query()]) -> HTMLResponse:
    wanted = Wanted(search.q, search.state, search.channel, search.partner, search.campaign, search.since, search.until)
    found = find_cases(session, wanted, before=search.before, most=_SHOWN)
    asked = {key: value for key, value in search.model_dump(exclude={"before"}).items() if value is not None}
    campaigns = session.exec(select(Campaign).order_by(col(Campaign.code))).all()
    last = found[-1].id if len(found) == _SHOWN else None
    return show(
        request,
        "cases.html",
        person=person,
        cases=found,
        search=search,
        campaigns=campaigns,
        codes={one.id: one.code for one in campaigns},
        forms={one.id: one.template for one in campaigns},
        states=STATES,
        channels=CHANNELS,
        first=f"/cases?{urlencode(asked)}",
        next=f"/cases?{urlencode({**asked, 'before': last})}" if last else None,
    )


@router.get("/cases/{case_id}")
def one_case(request: Request, session: Reading, person: Present, case_id: RowId) -> HTMLResponse:
    case = session.get(Case, case_id)
    if case is None:
        return show(request, "unknown.html", 404, person=person, what="case")
    query = select(Response).where(Response.case_id == case_id).order_by(col(Response.id))
    answers = session.exec(query).all()
    for one in answers:
        accesses_of(request).saw(person.login, one.document_id)
    templates = request.app.state.templates
    sheets = [sheet_of(session, templates, one, person.language, _hidden(session, person, one)) for one in answers]
    return show(
        request,
        "case.html",
        person=person,
        case=case,
        campaign=session.get(Campaign, case.campaign_id) if case.campaign_id else None,
        subscriber=session.get(Subscriber, case.subscriber_id) if case.subscriber_id else None,
        sheets=sheets,
        reasons_of=reasons_of,
        lines_of=lines_of,
        events=history.of_case(session, case_id),
    )


@router.get("/documents/{document_id}")
def one_document(request: Request, session: Reading, person: Present, document_id: RowId) -> HTMLResponse:
    document = session.get(Document, document_id)
    if document is None:
        return show(request, "unknown.html", 404, person=person, what="document")
    accesses_of(request).saw(person.login, document_id)
    query = select(Response).where(Response.document_id == document_id).order_by(col(Response.id))
    pages = session.exec(select(Page).where(Page.document_id == document_id).order_by(col(Page.number))).all()
    return show(
        request,
        "document.html",
        person=person,
        document=document,
        pages=pages,
        responses=_told(session, list(session.exec(query).all())),
        asked=asked_about_pages(session, document_id, person.language),
        events=history.of_document(session, document_id, [page.id or 0 for page in pages]),
    )


def _hidden(session: Session, person: Person, response: Response) -> set[str]:
    """What somebody who may still key it must not see."""
    return set() if person.role == "auditor" else keyed_blind(session, response.id or 0)


def _told(session: Session, responses: list[Response]) -> list[tuple[Response, list[int], list[tuple[str, str, str]]]]:
    """Each response with the numbers of its pages and the reasons for its decision."""
    ids = [page for one in responses for page in one.page_ids]
    numbers = dict(session.exec(select(Page.id, Page.number).where(col(Page.id).in_(ids))).all())
    return [(one, [numbers[page] for page in one.page_ids if page in numbers], reasons_of(one)) for one in responses]
