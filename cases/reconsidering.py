"""A response considered again with what persons have said of it: its questions, its sender and its case follow."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from cases import ledger
from cases.asking import ask
from cases.basis import basis_json
from cases.consenting import keep_consent
from cases.examining import Findings, Matching, examine
from cases.models import Case, Document, ExceptionItem, Response
from cases.noting import note_match
from cases.opening import SECOND, WHO, wish_of
from cases.purposes import HOLDING
from cases.said import Said, said_of
from cases.second_keying import Keying, keyings_left
from cases.settings import Settings
from ocr.template.loading import TemplateSet
from ocr.template.model import Template


def reconsider(
    session: Session, settings: Settings, templates: TemplateSet, match: Matching, response: Response
) -> None:
    """Brings questions, sender and case in step with the answers, in the caller's transaction.

    A question that another answer has settled becomes obsolete; one that a new value raises is asked.
    """
    if response.case_id is None:
        close_questions(session, response)
        return
    template = templates.by_name[response.template]
    document = session.get_one(Document, response.document_id)
    said = said_of(session, response.id or 0)
    found = examine(session, settings, response, document, template, match, said)
    # answers to two responses of one case may come at once, from two batches
    case = session.get_one(Case, response.case_id, with_for_update=True, populate_existing=True)
    offers = _offers(case)
    _ask_what_is_left(session, response, case, found, keyings_left(session, response, template, document))
    response.subscriber_id = found.sure
    note_match(response, found.match)
    _follow(case, response, template, found, said)
    keep_consent(session, response, document, case, template, found)
    session.flush()
    response.state = "exceptions" if _open(session, col(ExceptionItem.response_id) == response.id) else "case"
    of_case = col(ExceptionItem.response_id).in_(select(Response.id).where(Response.case_id == case.id))
    before, case.state = case.state, _state(said, waiting=_open(session, of_case) > 0)
    session.add_all([response, case])
    tag = f"decision:case:{case.state}" if case.state != before else "decision:case:reconsidered"
    basis = basis_json(found, settings.due_days)
    ledger.record(
        session, tag, case.id or 0, {"response": response.id, "was": before, "is": case.state}, batch=document.batch_id,
        who=WHO, before={"offers": offers}, after={"offers": _offers(case), "basis": basis}, response=response.id,
        subscriber=case.subscriber_id,
    )  # fmt: skip


def _offers(case: Case) -> list[str]:
    return case.offer.split(",") if case.offer else []


def close_questions(session: Session, response: Response) -> None:
    """Nothing is asked any more of a response that has no case."""
    query = select(ExceptionItem).where(ExceptionItem.response_id == response.id, ExceptionItem.state == "open")
    for asked in session.exec(query):
        asked.state, asked.leased_by, asked.leased_until = "obsolete", None, None
        session.add(asked)


def _ask_what_is_left(
    session: Session, response: Response, case: Case, found: Findings, keyings: Sequence[Keying]
) -> None:
    kept = {ask(session, response, question, case.due, case.channel).key for question in found.questions}
    kept |= {ask(session, response, one.question, case.due, case.channel, one.purpose).key for one in keyings}
    query = select(ExceptionItem).where(ExceptionItem.response_id == response.id, ExceptionItem.state == "open")
    for asked in session.exec(query.where(col(ExceptionItem.purpose).in_(HOLDING))):
        # whether a second response replaces the first is asked by the case, not found on the form
        second = asked.rule == SECOND.rule and case.response_id != response.id
        if asked.key not in kept and not second:
            asked.state = "obsolete"
            session.add(asked)


def _follow(case: Case, response: Response, template: Template, found: Findings, said: Said) -> None:
    """The case says what its response says, or the later response where a person decided that it holds."""
    if case.response_id != response.id and said.settled.get(SECOND.rule) != "yes":
        case.subscriber_id = case.subscriber_id or found.sure
        return
    wish = wish_of(template, found.readings)
    case.offer, case.reason, case.consent = wish.offer, wish.reason, wish.consent
    case.subscriber_id = found.sure


def _state(said: Said, *, waiting: bool) -> str:
    if waiting:
        return "waiting"
    return "refused" if said.settled.get("campaign-open") == "no" else "open"


def _open(session: Session, of: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ExceptionItem).where(ExceptionItem.state == "open", of)
    return session.exec(query.where(col(ExceptionItem.purpose).in_(HOLDING))).one()
