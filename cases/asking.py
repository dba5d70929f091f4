"""Questions become exceptions: each asked once, with the date by which it is due."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, select

from cases.checking import Question
from cases.clock import now
from cases.models import ExceptionItem, Page, Response
from cases.purposes import Purpose

_ABOUT_THE_SENDER = ("match-", "reference-", "name-")


def ask(
    session: Session, response: Response, question: Question, due: dt.date, channel: str, purpose: Purpose = "ask"
) -> ExceptionItem:
    """The exception for this question about a response, opened again where it had become obsolete."""
    key = f"response:{response.id}:{question.field or question.rule}"
    key = key if purpose == "ask" else f"{key}:{purpose}"
    # what is keyed or checked blind is never confirmed with others
    alike = question.alike if purpose == "ask" else None
    known = session.exec(select(ExceptionItem).where(ExceptionItem.key == key)).first()
    if known is not None:
        known.state = "open" if known.state == "obsolete" else known.state
        known.rule, known.question, known.alike = question.rule, question.sentence, alike
        return known
    asked = ExceptionItem(
        key=key,
        kind="match" if question.rule.startswith(_ABOUT_THE_SENDER) else "field",
        document_id=response.document_id,
        response_id=response.id,
        field=question.field,
        rule=question.rule,
        question=question.sentence,
        purpose=purpose,
        alike=alike,
        asked_at=now(),
        due=due,
        channel=channel,
    )
    session.add(asked)
    return asked


def ask_about_page(session: Session, page: Page, due: dt.date, channel: str) -> None:
    """The question what a page is that was not read, opened again where it had become obsolete."""
    known = session.exec(select(ExceptionItem).where(ExceptionItem.key == f"page:{page.id}")).first()
    if known is not None:
        known.state = "open" if known.state == "obsolete" else known.state
        known.question = _about(page)
        return
    session.add(
        ExceptionItem(
            key=f"page:{page.id}", kind="page", document_id=page.document_id, page_id=page.id,
            rule=page.reason_code or "not-registered",
            question=_about(page),
            asked_at=now(), due=due, channel=channel,
        )
    )  # fmt: skip


def _about(page: Page) -> str:
    return f"Page {page.number} was not read: {page.reason} What is it?"
