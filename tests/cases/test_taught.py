from __future__ import annotations

import pytest
from sqlmodel import Session

from cases.clock import now
from cases.models import Document, Page, Response
from cases.noting import note_match
from cases.taught import settled_levels
from matching.base import import_subscribers
from matching.learning import learn_base, learn_settled
from matching.lexicon import load_lexicon
from matching.matcher import Matcher
from matching.query import query_of

NILS = {"id": "nils", "name": "Nils Öberg", "street": "Ringvägen 5", "postcode": "12345", "phone": "0701740606"}
WRITTEN = {**NILS, "id": "q", "postcode": "99999", "phone": "0701740600"}


@pytest.fixture
def respond(session: Session):
    """A response with the match of a query, settled on a subscriber."""
    import_subscribers(session, [NILS, {"id": "eva", "name": "Eva Quist", "phone": "0733333333"}])

    def responded(number: int, subscriber: str | None, rule: str | None = None) -> Response:
        document = Document(sha256=f"{number:064}", name="x", bytes=1, channel="paper", source="x", received_at=now())
        session.add(document)
        session.flush()
        page = Page(document_id=document.id, number=1)
        session.add(page)
        session.flush()
        made = Response(document_id=document.id, first_page_id=page.id, template="card", subscriber_id=subscriber)
        note_match(made, Matcher(session).match(query_of(WRITTEN)))
        if rule:
            made.matched = {**made.matched, "rule": rule}
        session.add(made)
        session.flush()
        return made

    return responded


def test_forms_teach_whose_sender_is_settled_and_named_by_no_code(session: Session, respond) -> None:
    respond(1, "nils")
    respond(2, None)
    respond(3, "eva")
    respond(4, "nils", rule="reference")
    (levels,) = settled_levels(session)
    assert levels == {
        "first": "exact", "last": "exact", "street": "exact", "number": "exact", "postcode": "differs",
        "phone": "close",
    }  # fmt: skip


def test_what_settled_forms_taught_holds_for_the_next_matcher_and_after_a_refresh(session: Session, respond) -> None:
    respond(1, "nils")
    (levels,) = settled_levels(session)
    running = Matcher(session)
    query = query_of(WRITTEN)
    before = {bar.field: bar.weight for bar in running.match(query).best.evidence}
    assert learn_settled(session, [levels] * 99) is None
    assert learn_settled(session, [levels] * 400).version == "settled/400"
    later = Matcher(session, lexicon=running.lexicon)
    after = {bar.field: bar.weight for bar in later.match(query).best.evidence}
    assert after["postcode"] > before["postcode"] + 2 and after["phone"] > before["phone"] + 1
    learn_base(session)
    assert load_lexicon(session).model.m == later.lexicon.model.m
