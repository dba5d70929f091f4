"""The responses of a document decided anew after its pages were read again. What persons said stays in force."""

from __future__ import annotations

from collections.abc import Container, Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from cases.answering import Office
from cases.asking import ask
from cases.deciding import decide_response, lock_mailings, response_of, tell_decision
from cases.examining import Findings, examine
from cases.grouping import Group, group_pages
from cases.models import Case, Document, ExceptionItem, Page, Response
from cases.noting import note_findings
from cases.opening import SECOND, contradiction, mailing_of, settle
from cases.reconsidering import reconsider
from cases.said import said_of

Held = dict[str, str]
"""Key of a response (as in `cases.replay.outcome.moments`) -> why it may not be changed."""


def redecide(session: Session, office: Office, document: Document, still: Container[str] = ()) -> Held:
    """Decides known responses anew and unknown ones for the first time, in the caller's transaction.

    The responses with the keys `still` are left as they are.
    """
    groups = {group.pages[0].id: group for group in group_pages(session, document.id or 0)}
    lock_mailings(session, list(groups.values()))
    of = (Response.document_id == document.id, Response.state != "void")
    known = session.exec(select(Response).where(*of)).all()
    held = {
        f"p{one.first_page_id}": why
        for one in known
        if f"p{one.first_page_id}" not in still
        and (why := _known(session, office, document, one, groups.get(one.first_page_id)))
    }
    for group in groups.values():
        first = group.pages[0]
        response = response_of(session, document.id or 0, [page.id or 0 for page in group.pages], first)
        decide_response(session, office.settings, response, document, office.templates, office.match)
    _close(session, document, bool(groups))
    session.flush()
    return held


def _known(  # the response and the pages that it has now
    session: Session, office: Office, document: Document, response: Response, group: Group | None
) -> str | None:
    if group is None or group.pages[0].template not in office.templates.by_name:
        return "lost"
    response.page_ids = [page.id or 0 for page in group.pages]
    response.template = group.pages[0].template
    template = office.templates.by_name[response.template]
    alone = examine(session, office.settings, response, document, template, office.match)
    note_findings(response, alone)
    if response.case_id is not None:
        return _follow(session, office, response, alone)
    if alone.filled:
        settle(session, office.settings, response, document, template, alone)
        session.add(response)
        _tell(session, office, response, document, alone)
    session.add(response)
    return None


def _follow(session: Session, office: Office, response: Response, alone: Findings) -> str | None:
    case = session.get_one(Case, response.case_id)
    if not alone.filled and not said_of(session, response.id or 0).values:
        return "empty"
    if not _keeps_its_mailing(session, response, case, alone):
        return "joins"
    response.verdict = "review" if alone.questions else "auto"
    offer = case.offer
    if case.response_id == response.id:
        case.kind = office.templates.by_name[response.template].answers
    _compare(session, office, case, response, alone)
    _tell(session, office, response, session.get_one(Document, response.document_id), alone)
    # the case is read anew there, under a lock
    session.flush()
    reconsider(session, office.settings, office.templates, office.match, response)
    if case.response_id == response.id and case.offer != offer:
        _compare_others(session, office, case)
    return None


def _keeps_its_mailing(session: Session, response: Response, case: Case, alone: Findings) -> bool:
    """Whether the reference that is read now leads to the same case; one that had none yet gets its mailing."""
    mailing = mailing_of(session, alone.sender)
    if mailing is None or mailing == response.mailing_id:
        return True
    other = session.exec(select(Case).where(Case.mailing_id == mailing)).first()
    if (other is not None and other.id != case.id) or response.mailing_id is not None:
        return False
    response.mailing_id = case.mailing_id = mailing
    case.campaign_id = alone.sender.campaign.id if alone.sender.campaign else case.campaign_id
    session.add(case)
    return True


def _compare(session: Session, office: Office, case: Case, response: Response, alone: Findings) -> None:
    """Asks whether a later response holds that answers otherwise than the first; asks no more where it does not."""
    second = contradiction(case, response, office.templates.by_name[response.template], alone.readings)
    if second is not None:
        response.verdict = "review"
        response.rules, response.why = [*response.rules, second.as_json()], [*response.why, second.sentence]
        if SECOND.rule not in said_of(session, response.id or 0).settled:
            ask(session, response, second, case.due, case.channel)
        return
    query = select(ExceptionItem).where(ExceptionItem.response_id == response.id, ExceptionItem.state == "open")
    for asked in session.exec(query.where(ExceptionItem.rule == SECOND.rule, col(ExceptionItem.field).is_(None))):
        asked.state = "obsolete"
        session.add(asked)


def _compare_others(session: Session, office: Office, case: Case) -> None:
    for other in session.exec(select(Response).where(Response.case_id == case.id)).all():
        if other.id == case.response_id or other.template not in office.templates.by_name:
            continue
        document = session.get_one(Document, other.document_id)
        template = office.templates.by_name[other.template]
        alone = examine(session, office.settings, other, document, template, office.match)
        note_findings(other, alone)
        other.verdict = "review" if alone.questions else "auto"
        _compare(session, office, case, other, alone)
        _tell(session, office, other, document, alone)
        session.flush()
        reconsider(session, office.settings, office.templates, office.match, other)


def _tell(session: Session, office: Office, response: Response, document: Document, alone: Findings) -> None:
    tell_decision(session, office.settings, office.templates, response, document, alone, replayed=True)


def _pages(document: Document) -> SelectOfScalar[Page]:
    return select(Page).where(Page.document_id == document.id).order_by(col(Page.number))


def _close(session: Session, document: Document, has_form: bool) -> None:
    """A document with a form is no longer rejected; a page that is read now is asked about no more."""
    if has_form:
        document.state, document.reason, document.reason_code = "done", None, None
        session.add(document)
    else:
        _reject(document, session.exec(_pages(document)).all())
    asked = select(ExceptionItem).join(Page, col(ExceptionItem.page_id) == Page.id)
    asked = asked.where(ExceptionItem.document_id == document.id, ExceptionItem.state == "open")
    for one in session.exec(asked.where(ExceptionItem.kind == "page", col(Page.registered).is_(True))):
        one.state = "obsolete"
        session.add(one)


def _reject(document: Document, pages: Sequence[Page]) -> None:
    if document.state == "rejected":
        first = next((page for page in pages if page.number > 0), None)
        if first is not None and first.reason:
            document.reason, document.reason_code = first.reason, first.reason_code
