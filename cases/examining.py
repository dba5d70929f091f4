"""What a response says: its sender, its match, and every question that it raises. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from cases.checking import Question, check_response, is_filled
from cases.grouping import contradictions, merged, readings_of
from cases.mailed import mailed_with
from cases.models import Document, FieldReading, Response
from cases.query import Printed, Sender, build_query, compare_print, verify_reference
from cases.rules import Context
from cases.said import NOTHING, Said, as_read
from cases.settings import Settings
from matching.base import Subscriber
from matching.matcher import Mailed
from matching.query import Match, Query
from ocr.template.model import Template

Matching = Callable[[Query, Mailed | None], Match]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a conclusion rests on besides readings and answers: found with our keys and the subscriber base.

    The ledger keeps it, so that the conclusion can be drawn again where neither is at hand.
    """

    sender: Sender
    printed: Printed
    match: Match


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is known of a response before it is decided; `filled`: the sender left some mark on the form.

    `sure` is the subscriber who sent it, None until a person has said who it was.
    """

    readings: Mapping[str, FieldReading]
    basis: Basis
    questions: tuple[Question, ...]
    filled: bool
    sure: str | None

    @property
    def sender(self) -> Sender:
        return self.basis.sender

    @property
    def match(self) -> Match:
        return self.basis.match


def examine(
    session: Session,
    settings: Settings,
    response: Response,
    document: Document,
    template: Template,
    match: Matching,
    said: Said = NOTHING,
) -> Findings:
    """Reads the stored pages of `response` and asks the rules and the subscriber base about them.

    What persons have `said` of it stands in the place of what was read, and is not asked again.
    """
    read = readings_of(session, response.page_ids)
    readings = as_read(merged(read), said)
    sender = verify_reference(session, readings, template)
    named = session.get(Subscriber, sender.subscriber) if sender.subscriber else None
    printed = compare_print(readings, template, named, settings)
    day = document.received_at.date()
    mailed = mailed_with(session, template.name, day) if sender.subscriber is None else None
    answer = match(build_query(str(response.id), readings, template, sender, printed), mailed)
    return conclude(template, read, Basis(sender, printed, answer), day, said)


def conclude(
    template: Template, read: Sequence[FieldReading], basis: Basis, day: dt.date, said: Said = NOTHING
) -> Findings:
    """What follows from the readings of a response (page by page), its basis, the day it came and what persons said.

    Needs nothing else, so that an auditor can draw the same conclusion.
    """
    readings = as_read(merged(read), said)
    questions = check_response(template, readings, basis.printed, basis.sender.campaign, Context(template.country, day))
    asked = {question.field for question in questions}
    contradicted = contradictions(read)
    # of two different answers neither is confirmed at a glance
    questions = [replace(one, alike=None) if one.field in contradicted else one for one in questions]
    questions += [
        Question("second-answer", name, "Two pages with one reference answer differently; which answer holds?")
        for name in contradicted
        if name not in asked
    ]
    about_sender = None if said.sender_known else _sender_question(template, basis)
    questions += [about_sender] if about_sender else []
    left = tuple(q for q in questions if q.field not in said.values and q.rule not in said.settled)
    sure = said.sender if said.sender_known else _sure(basis.match, about_sender)
    return Findings(readings, basis, left, is_filled(template, readings), sure)


def _sure(answer: Match, about_sender: Question | None) -> str | None:
    return answer.best.subscriber_id if answer.best and answer.verdict == "auto" and about_sender is None else None


def _sender_question(template: Template, basis: Basis) -> Question | None:
    sender, answer, printed = basis.sender, basis.match, basis.printed
    if sender.forged is not None:
        return Question("reference-genuine", None, f"{sender.forged} Whose form is this?")
    if answer.verdict != "auto" and not _is_anonymous(template):
        return Question(f"match-{answer.rule}", None, "Which subscriber sent this form?")
    if any("name" in role for role in (*printed.struck_out, *printed.corrected)):
        return Question("name-changed", None, "The printed name was struck out or changed; who sent this form?")
    return None


def _is_anonymous(template: Template) -> bool:
    """A feedback card that asks for no name may be answered by anybody."""
    asks = {design.role for design in template.fields.values()}
    return template.answers == "feedback" and not asks & {"name", "last_name", "customer_number", "reference"}
