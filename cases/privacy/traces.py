"""Where in the tables a person has left traces."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast
from sqlmodel import Session, col, or_, select

from cases.models import Case, Document, FieldReading, Mailing, Page, Response

_PROBABLY = 0.5


@dataclass(frozen=True, slots=True)
class Traces:
    """The responses of a person, and the documents on which they lie."""

    responses: tuple[Response, ...]
    documents: tuple[Document, ...]
    mailings: tuple[Mailing, ...]
    cases: tuple[Case, ...]


def traces_of(session: Session, subscriber_id: str) -> Traces:
    """What is held of a subscriber: responses that are theirs, or were printed for them, or whose case is theirs.

    So are those of which nobody has said who sent them, if the subscriber is the one who most probably did.
    """
    mailings = session.exec(select(Mailing).where(Mailing.subscriber_id == subscriber_id)).all()
    printed = [one.id for one in mailings]
    theirs = or_(col(Case.subscriber_id) == subscriber_id, col(Case.mailing_id).in_(printed))
    cases = session.exec(select(Case).where(theirs)).all()
    query = select(Response).where(
        or_(
            col(Response.subscriber_id) == subscriber_id,
            col(Response.mailing_id).in_(printed),
            col(Response.case_id).in_([one.id for one in cases]),
            col(Response.id).in_(_probably_theirs(session, subscriber_id)),
        )
    )
    responses = session.exec(query.order_by(col(Response.id))).all()
    ids = {one.document_id for one in responses}
    documents = session.exec(select(Document).where(col(Document.id).in_(ids)).order_by(col(Document.id))).all()
    opened = {one.case_id for one in responses} - {one.id for one in cases}
    more = session.exec(select(Case).where(col(Case.id).in_(opened))).all()
    return Traces(tuple(responses), tuple(documents), tuple(mailings), (*cases, *more))


def senders_of(session: Session, responses: Sequence[Response]) -> set[str]:
    """Everybody whose responses these are, or were printed for, or most probably are."""
    printed = [one.mailing_id for one in responses if one.mailing_id]
    mailed = session.exec(select(Mailing.subscriber_id).where(col(Mailing.id).in_(printed))).all()
    likely = {str(one.candidates[0]["subscriber_id"]) for one in responses if not one.subscriber_id and one.candidates}
    return {one.subscriber_id for one in responses if one.subscriber_id} | set(mailed) | likely


def _probably_theirs(session: Session, subscriber_id: str) -> list[int | None]:
    named = cast(col(Response.candidates), String).contains(json.dumps(subscriber_id), autoescape=True)
    query = select(Response).where(col(Response.subscriber_id).is_(None), named)
    return [one.id for one in session.exec(query) if _is_best(one.candidates[0], subscriber_id)]


def _is_best(candidate: Mapping[str, Any], subscriber_id: str) -> bool:
    return bool(candidate["subscriber_id"] == subscriber_id and candidate["probability"] >= _PROBABLY)


def readings_of(session: Session, responses: Sequence[Response]) -> list[FieldReading]:
    """All readings on the pages of these responses, those before a repair too."""
    pages = [number for one in responses for number in one.page_ids]
    theirs = or_(col(FieldReading.page_id).in_(pages), col(FieldReading.former_page_id).in_(pages))
    return list(session.exec(select(FieldReading).where(theirs)))


def other_pages(session: Session, document: Document, responses: Sequence[Response]) -> list[Page]:
    """The pages of a document that belong to responses of other people."""
    mine = {one.id for one in responses}
    query = select(Response).where(Response.document_id == document.id)
    theirs = {number for one in session.exec(query) if one.id not in mine for number in one.page_ids}
    return list(session.exec(select(Page).where(col(Page.id).in_(theirs)).order_by(col(Page.number))))
