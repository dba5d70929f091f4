"""A response is decided: automatic, review or reject; its case, questions and ledger events in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases import ledger
from cases.checking import Question, check_response, is_filled, ticked_offers
from cases.clock import now
from cases.grouping import contradictions, group_pages, merged_readings
from cases.models import Campaign, Case, Document, ExceptionItem, FieldReading, Mailing, Page, Response
from cases.query import Sender, build_query, compare_print, verify_reference
from cases.rules import Context
from cases.settings import Settings
from matching.base import Subscriber
from matching.query import Match, Query
from ocr.template.loading import TemplateSet
from ocr.template.model import Template

Matching = Callable[[Query], Match]
_WITHDRAWAL_DAYS = 14
_CANDIDATES_KEPT = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """`verdict` is auto, review or reject; `why` are sentences without personal data."""

    response_id: int
    verdict: str
    case_id: int | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Findings:
    readings: Mapping[str, FieldReading]
    sender: Sender
    match: Match
    questions: tuple[Question, ...]
    filled: bool


def decide_document(
    session: Session, settings: Settings, document_id: int, templates: TemplateSet, match: Matching
) -> list[Decision]:
    """Decides every response of a fully read document and commits; running it again changes nothing."""
    ledger.lock(session)
    document = session.get_one(Document, document_id, populate_existing=True)
    pages = session.exec(select(Page).where(Page.document_id == document_id).order_by(col(Page.number))).all()
    if document.state in ("done", "rejected") or not _is_complete(document, pages):
        session.rollback()
        return []
    groups = group_pages(session, document_id)
    decisions = []
    for group in groups:
        response = _response_of(session, document_id, [page.id or 0 for page in group.pages], group.pages[0])
        decisions.append(_decide(session, settings, response, document, templates, match))
    _close_document(session, document, list(pages), bool(groups))
    session.commit()
    return decisions


def decide_response(
    session: Session, settings: Settings, response_id: int, templates: TemplateSet, match: Matching
) -> Decision:
    """Decides one response and commits; a decided one is answered as it was decided."""
    ledger.lock(session)
    response = session.get_one(Response, response_id)
    document = session.get_one(Document, response.document_id)
    decision = _decide(session, settings, response, document, templates, match)
    session.commit()
    return decision


def _is_complete(document: Document, pages: object) -> bool:
    numbers = {page.number for page in pages}  # type: ignore[attr-defined]
    return 0 in numbers or (document.pages is not None and len(numbers) >= document.pages)


def _response_of(session: Session, document_id: int, page_ids: list[int], first: Page) -> Response:
    known = session.exec(select(Response).where(Response.first_page_id == page_ids[0])).first()
    if known is not None:
        return known
    response = Response(
        document_id=document_id, first_page_id=page_ids[0], page_ids=page_ids, template=first.template or ""
    )
    session.add(response)
    session.flush()
    return response


def _decide(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    templates: TemplateSet,
    match: Matching,
) -> Decision:
    if response.verdict is not None:
        return Decision(response.id or 0, response.verdict, response.case_id, tuple(response.why))
    template = templates.by_name[response.template]
    found = _examine(session, settings, response, document, template, match)
    response.rules = [{"rule": q.rule, "field": q.field or "", "sentence": q.sentence} for q in found.questions]
    response.candidates = [
        {"subscriber_id": c.subscriber_id, "probability": c.probability}
        for c in found.match.candidates[:_CANDIDATES_KEPT]
    ]
    response.why = [*found.match.why, *(q.sentence for q in found.questions)]
    response.decided_at = now()
    if not found.filled:
        response.why = ["Nothing is filled in on the form."]
        response.verdict, response.state = "reject", "rejected"
    else:
        _settle(session, settings, response, document, template, found)
    session.add(response)
    ledger.record(
        session, f"decision:response:{response.verdict}", response.id or 0,
        {"match": found.match.rule, "rules": [q.rule for q in found.questions], "case": response.case_id,
         "template_hash": templates.hash_of(response.template), "auto_threshold": settings.auto_threshold},
    )  # fmt: skip
    return Decision(response.id or 0, response.verdict or "", response.case_id, tuple(response.why))


def _examine(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    template: Template,
    match: Matching,
) -> _Findings:
    readings = merged_readings(session, response.page_ids)
    sender = verify_reference(session, readings, template)
    named = session.get(Subscriber, sender.subscriber) if sender.subscriber else None
    printed = compare_print(readings, template, named, settings.same_text)
    answer = match(build_query(str(response.id), readings, template, sender, printed))
    context = Context(template.country, document.received_at.date())
    questions = check_response(template, readings, printed, sender.campaign, context)
    asked = {question.field for question in questions}
    questions += [
        Question("second-answer", name, "Two pages with one reference answer differently; which answer holds?")
        for name in contradictions(session, response.page_ids)
        if name not in asked
    ]
    if sender.forged is not None:
        questions.append(Question("reference-genuine", None, f"{sender.forged} Whose form is this?"))
    elif answer.verdict != "auto" and not _is_anonymous(template):
        questions.append(Question(f"match-{answer.rule}", None, "Which subscriber sent this form?"))
    elif any("name" in role for role in (*printed.struck_out, *printed.corrected)):
        questions.append(
            Question("name-changed", None, "The printed name was struck out or changed; who sent this form?")
        )
    return _Findings(readings, sender, answer, tuple(questions), is_filled(template, readings))


def _is_anonymous(template: Template) -> bool:
    """A feedback card that asks for no name may be answered by anybody."""
    asks = {design.role for design in template.fields.values()}
    return template.answers == "feedback" and not asks & {"name", "last_name", "customer_number", "reference"}


def _settle(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    template: Template,
    found: _Findings,
) -> None:
    """Opens or joins the case when the sender is certain, and asks what must be asked."""
    questions = list(found.questions)
    who_asked = any(q.rule.startswith(("match-", "reference-", "name-")) for q in questions)
    if not who_asked:
        best = found.match.best if found.match.verdict == "auto" else None
        response.subscriber_id = best.subscriber_id if best else None
        mailing = _mailing(session, found.sender, response.subscriber_id)
        response.mailing_id = mailing.id if mailing else None
        case = _case_of(session, settings, response, document, template, found)
        second = _contradiction(case, response, template, found.readings)
        if second is not None:
            questions.append(second)
            response.rules = [
                *response.rules, {"rule": second.rule, "field": second.field or "", "sentence": second.sentence}
            ]  # fmt: skip
            response.why = [*response.why, second.sentence]
        response.case_id = case.id
        if questions:
            case.state = "waiting"
    for question in questions:
        _ask(session, response, question)
    response.verdict = "review" if questions else "auto"
    response.state = "exceptions" if questions else "case"


def _mailing(session: Session, sender: Sender, subscriber_id: str | None) -> Mailing | None:
    campaign: Campaign | None = sender.campaign
    if campaign is None or campaign.id is None or subscriber_id is None:
        return None
    query = select(Mailing).where(Mailing.campaign_id == campaign.id, Mailing.subscriber_id == subscriber_id)
    mailing = session.exec(query).first()
    if mailing is None:
        mailing = Mailing(campaign_id=campaign.id, subscriber_id=subscriber_id)
        session.add(mailing)
        session.flush()
    return mailing


def _case_of(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    template: Template,
    found: _Findings,
) -> Case:
    if response.mailing_id is not None:
        known = session.exec(select(Case).where(Case.mailing_id == response.mailing_id)).first()
        if known is not None:
            ledger.record(session, "decision:response:joined", response.id or 0, {"case": known.id})
            return known
    values = {d.role: r.value for n, d in template.fields.items() if (r := found.readings.get(n)) and d.role}
    days = _WITHDRAWAL_DAYS if template.answers == "withdrawal" else settings.due_days
    reason, consent = values.get("reason"), values.get("consent")
    case = Case(
        mailing_id=response.mailing_id,
        response_id=response.id or 0,
        subscriber_id=response.subscriber_id,
        campaign_id=found.sender.campaign.id if found.sender.campaign else None,
        kind=template.answers,
        offer=",".join(ticked_offers(template, found.readings)) or None,
        reason=", ".join(map(str, reason)) if isinstance(reason, list) else reason or None,
        consent=consent if isinstance(consent, bool) else None,
        due=document.received_at.date() + dt.timedelta(days=days),
        channel=document.channel,
        partner=document.partner or (found.sender.campaign.partner if found.sender.campaign else None),
        opened_at=now(),
    )
    session.add(case)
    session.flush()
    ledger.record(session, "decision:case:opened", case.id or 0, {"response": response.id, "kind": case.kind})
    return case


def _contradiction(
    case: Case, response: Response, template: Template, readings: Mapping[str, FieldReading]
) -> Question | None:
    offer = ",".join(ticked_offers(template, readings)) or None
    if case.response_id == response.id or offer == case.offer:
        return None
    return Question(
        "second-answer", None, "A second response to the same mailing answers differently; which answer holds?"
    )


def _ask(session: Session, response: Response, question: Question) -> None:
    person = question.rule.startswith(("match-", "reference-", "name-"))
    session.add(
        ExceptionItem(
            key=f"response:{response.id}:{question.field or question.rule}",
            kind="match" if person else "field",
            document_id=response.document_id,
            response_id=response.id,
            field=question.field,
            rule=question.rule,
            question=question.sentence,
            asked_at=now(),
        )
    )


def _close_document(session: Session, document: Document, pages: list[Page], has_form: bool) -> None:
    if has_form:
        document.state = "done"
        for page in pages:
            if not page.registered:
                question = f"Page {page.number} was not read: {page.reason} What is it?"
                session.add(
                    ExceptionItem(
                        key=f"page:{page.id}", kind="page", document_id=document.id or 0, page_id=page.id,
                        rule=page.reason_code or "not-registered", question=question, asked_at=now(),
                    )
                )  # fmt: skip
    else:
        document.state = "rejected"
        document.reason = pages[0].reason or "No page of this document is a form that is known here."
        document.reason_code = pages[0].reason_code or "no-form"
    facts = {"reason_code": document.reason_code} if document.reason_code else {}
    ledger.record(session, f"decision:document:{document.state}", document.id or 0, facts)
