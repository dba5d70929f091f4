"""What a repair takes away: responses that were none, cases without a response, answers to what was not there."""

from __future__ import annotations

from sqlmodel import Session, col, select

from cases import ledger
from cases.examining import Matching
from cases.models import Answer, Case, Document, ExceptionItem, Response
from cases.opening import WHO, hand_over, heir_of
from cases.reconsidering import close_questions, reconsider
from cases.said import holding
from cases.settings import Settings
from ocr.template.loading import TemplateSet


def withdraw(session: Session, settings: Settings, templates: TemplateSet, match: Matching, response: Response) -> None:
    """None of its pages begins a response any more: it is void, and its case goes on without it."""
    before = session.get(Case, response.case_id) if response.case_id else None
    response.state, response.verdict, response.page_ids = "void", None, []
    response.case_id = response.mailing_id = response.subscriber_id = None
    session.add(response)
    session.flush()
    close_questions(session, response)
    batch = session.get_one(Document, response.document_id).batch_id
    facts = {"case": before.id if before else None}
    ledger.record(session, "decision:response:void", response.id or 0, facts, batch=batch, who=WHO)
    if before is not None:
        part_from(session, settings, templates, match, before, response)


def part_from(  # the case that `response` has left, and what considering the others needs
    session: Session, settings: Settings, templates: TemplateSet, match: Matching, case: Case, response: Response
) -> None:
    """The case goes on with the first of the responses that are left; without any it is void."""
    session.flush()
    document = session.get_one(Document, response.document_id)
    heir = heir_of(session, case, response)
    if heir is not None:
        if case.response_id == response.id:
            hand_over(session, case, response, heir, document)
        if heir.template in templates.by_name:
            reconsider(session, settings, templates, match, heir)
    elif case.response_id == response.id:
        # another may take its mailing
        case.state, case.mailing_id = "void", None
        session.add(case)
        facts = {"response": response.id}
        ledger.record(session, "decision:case:void", case.id or 0, facts, batch=document.batch_id, who=WHO)


def forget_unseen(session: Session, response: Response) -> None:
    """Questions whose answer was given on fields that were cut elsewhere may be asked again."""
    kept = {answer.exception_id for answer, _ in holding(session, response)}
    query = select(ExceptionItem).where(ExceptionItem.response_id == response.id, ExceptionItem.state == "answered")
    given = select(Answer.exception_id).where(Answer.response_id == response.id)
    for asked in session.exec(query.where(col(ExceptionItem.id).in_(given))):
        if asked.id not in kept:
            asked.state = "obsolete"
            session.add(asked)
