"""A response opens a case or joins the one of its mailing, and its questions are asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from cases import ledger
from cases.asking import ask
from cases.checking import Question, ticked_offers
from cases.clock import now
from cases.consenting import keep_consent
from cases.examining import Findings
from cases.models import Case, Document, FieldReading, Mailing, Response
from cases.query import Sender
from cases.settings import Settings
from ocr.template.model import Template

WHO = ledger.machine("rules")
SECOND = Question(
    "second-answer", None, "A second response to the same mailing answers differently; which answer holds?"
)
_WITHDRAWAL_DAYS = 14


def settle(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    template: Template,
    found: Findings,
) -> None:
    """Gives the response its case, asks what must be asked, and sets verdict and state.

    A case whose sender is in question belongs to nobody until a person has said who it was.
    """
    questions = list(found.questions)
    response.subscriber_id = found.sure
    response.mailing_id = mailing_of(session, found.sender)
    case = _case_of(session, settings, response, document, template, found)
    response.case_id = case.id
    keep_consent(session, response, document, case, template, found)
    second = contradiction(case, response, template, found.readings)
    if second is not None:
        questions.append(second)
        response.rules = [*response.rules, second.as_json()]
        response.why = [*response.why, second.sentence]
    if questions:
        case.state = "waiting"
    for question in questions:
        ask(session, response, question, case.due, case.channel)
    response.verdict = "review" if questions else "auto"
    response.state = "exceptions" if questions else "case"


def mailing_of(session: Session, sender: Sender) -> int | None:
    """The mailing that a verified reference names, whoever filled the form in."""
    campaign = sender.campaign
    if campaign is None or campaign.id is None or sender.subscriber is None:
        return None
    query = select(Mailing).where(Mailing.campaign_id == campaign.id, Mailing.subscriber_id == sender.subscriber)
    mailing = session.exec(query).first()
    if mailing is None:
        mailing = Mailing(campaign_id=campaign.id, subscriber_id=sender.subscriber)
        session.add(mailing)
        session.flush()
    return mailing.id


def _case_of(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    template: Template,
    found: Findings,
) -> Case:
    if response.mailing_id is not None:
        query = select(Case).where(Case.mailing_id == response.mailing_id).with_for_update()
        known = session.exec(query.execution_options(populate_existing=True)).first()
        if known is not None:
            known.subscriber_id = known.subscriber_id or response.subscriber_id
            if known.id != response.case_id:
                ledger.record(
                    session, "decision:response:joined", response.id or 0, {"case": known.id},
                    batch=document.batch_id, who=WHO,
                )  # fmt: skip
            return known
    case = _new_case(settings, response, document, template, found)
    own = _own_case(session, response, document)
    if own is not None:
        # by its number people know it; what it says follows the form
        for name in ("mailing_id", "campaign_id", "kind", "due", "partner"):
            setattr(own, name, getattr(case, name))
        own.state = "open" if own.state == "void" else own.state
        return own
    session.add(case)
    session.flush()
    facts = {"response": response.id, "kind": case.kind}
    ledger.record(session, "decision:case:opened", case.id or 0, facts, batch=document.batch_id, who=WHO)
    return case


def _own_case(session: Session, response: Response, document: Document) -> Case | None:
    """The case that this response has opened before, unless others who answered the same mailing go on with it."""
    own = session.exec(select(Case).where(Case.response_id == response.id)).first()
    if own is None or own.mailing_id == response.mailing_id:
        return own
    heir = heir_of(session, own, response)
    if heir is None:
        return own
    hand_over(session, own, response, heir, document)
    return session.exec(select(Case).where(Case.response_id == response.id)).first()


def hand_over(session: Session, case: Case, response: Response, heir: Response, document: Document) -> None:
    """From now on the case is that of `heir`; the one it had itself, void since it joined, falls to `response`."""
    spare = session.exec(select(Case).where(Case.response_id == heir.id)).first()
    if spare is not None:
        # a response has one case at any moment, so the two cannot simply be exchanged
        spare.response_id = -(spare.id or 0)
        session.flush()
    case.response_id = heir.id or 0
    session.flush()
    if spare is not None:
        spare.response_id = response.id or 0
        session.flush()
    facts = {"from": response.id, "to": heir.id}
    ledger.record(session, "decision:case:handed-over", case.id or 0, facts, batch=document.batch_id, who=WHO)


def heir_of(session: Session, case: Case, response: Response) -> Response | None:
    """The first other response of the case."""
    others = select(Response).where(Response.case_id == case.id, Response.id != response.id)
    return session.exec(others.order_by(col(Response.id))).first()


def _new_case(settings: Settings, response: Response, document: Document, template: Template, found: Findings) -> Case:
    wish = wish_of(template, found.readings)
    return Case(
        mailing_id=response.mailing_id,
        response_id=response.id or 0,
        subscriber_id=response.subscriber_id,
        campaign_id=found.sender.campaign.id if found.sender.campaign else None,
        kind=template.answers,
        offer=wish.offer,
        reason=wish.reason,
        consent=wish.consent,
        due=due_of(settings, document, template),
        channel=document.channel,
        partner=document.partner or (found.sender.campaign.partner if found.sender.campaign else None),
        opened_at=now(),
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What a response asks for, as its case keeps it."""

    offer: str | None
    reason: str | None
    consent: bool | None


def wish_of(template: Template, readings: Mapping[str, FieldReading]) -> Wish:
    """What the readings of a response ask for."""
    values = {d.role: r.value for n, d in template.fields.items() if (r := readings.get(n)) and d.role}
    consent = values.get("consent")
    offer = ",".join(ticked_offers(template, readings)) or None
    return Wish(offer, _reason_of(values.get("reason")), consent if isinstance(consent, bool) else None)


def _reason_of(value: object) -> str | None:
    """Several ticked ones in one line."""
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value or "")) or None


def due_of(settings: Settings, document: Document, template: Template | None) -> dt.date:
    """By when the answer to a document is due; a withdrawal has its term by law."""
    return document.received_at.date() + dt.timedelta(days=days_for(template, settings.due_days))


def days_for(template: Template | None, due_days: int) -> int:
    """How many days an answer to this form may take, `due_days` where no law says it."""
    return _WITHDRAWAL_DAYS if template is not None and template.answers == "withdrawal" else due_days


def contradiction(
    case: Case, response: Response, template: Template, readings: Mapping[str, FieldReading]
) -> Question | None:
    """The question that a later response of a case raises when it answers otherwise than the first."""
    if case.response_id == response.id or wish_of(template, readings).offer == case.offer:
        return None
    return SECOND
