"""A batch read again: what would change is shown, exactly that is done, and what persons said stays."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, col, select

from cases import batches, ledger, waiting
from cases.answering import Attention, Office, answer
from cases.clock import now
from cases.models import (
    Batch,
    Case,
    CaseOutcome,
    Document,
    ExceptionItem,
    FieldReading,
    LedgerEvent,
    Page,
    Replay,
    ReplayChange,
    ReplayPage,
    Response,
)
from cases.pipeline import decide_chunk, plan_batch
from cases.replay.carrying import apply_document, preview_document, replayed_documents
from cases.replay.queue import (
    Refused,
    approve_replay,
    ask_replay,
    claim_replay,
    end_replay,
    renew_replay,
    take_up_replays,
    waiting_replays,
)
from cases.replay.rereading import keep_pages, plan_replay
from cases.storing import store_pages
from ocr.page import Unreadable

TOOK = Attention(active_s=2.0, keys=1)
DOUBTFUL = {"phone": ("0701740699", "doubtful")}
SURE = {"phone": ("0701740605", "ok")}


@pytest.fixture
def office(settings, templates, match_reference):
    return Office(settings, templates, match_reference)


@pytest.fixture
def replay(session, settings, office, page):
    """Reads the batch again: every page as `fields` say now; what would change."""

    def run(batch, person="sam", unreadable=False, **fields):
        asked = ask_replay(session, batch.id, person)
        assert isinstance(asked, Replay)
        assert claim_replay(session, settings, asked.id, "process") is not None
        for item in plan_replay(session, asked.id, batch.id, {}, settings.store.path_of):
            lost = Unreadable(item.sha256, 0, "broken", "The file is broken.")
            pages = [lost] if unreadable else [page(item.sha256, number=n, **fields) for n in item.pages]
            for _ in range(2):  # as after a kill
                keep_pages(session, settings, asked.id, batch.id, pages)
        for _ in range(2):
            for document in replayed_documents(session, asked):
                preview_document(session, office, asked.id, document)
        end_replay(session, asked.id, "ready")
        return asked, changes(session, asked)

    return run


@pytest.fixture
def apply(session, settings, office):
    def run(asked):
        approved = approve_replay(session, asked.id, "sam")
        assert isinstance(approved, Replay)
        claim_replay(session, settings, asked.id, "process")
        done = [apply_document(session, office, approved, one) for one in replayed_documents(session, approved)]
        again = [apply_document(session, office, approved, one) for one in replayed_documents(session, approved)]
        assert sum(again) == 0
        end_replay(session, asked.id, "done")
        return sum(done)

    return run


def changes(session: Session, replay: Replay) -> list[ReplayChange]:
    query = select(ReplayChange).where(ReplayChange.replay_id == replay.id).order_by(col(ReplayChange.id))
    return list(session.exec(query.execution_options(populate_existing=True)))


def everything(session: Session) -> list[object]:
    tables = (Document, Page, FieldReading, Response, Case, ExceptionItem)
    return [row.model_dump() for table in tables for row in session.exec(select(table)).all()]


def test_a_replay_shows_what_would_change_and_changes_nothing(session, campaign, process, replay):
    batch, _ = process(b"form", **DOUBTFUL)
    before = everything(session)
    _, (change,) = replay(batch, **SURE)
    session.expire_all()
    assert everything(session) == before
    assert (change.before["verdict"], change.after["verdict"]) == ("review", "auto")
    assert (change.before["rules"], change.after["rules"]) == ([["phone", "doubtful"]], [])
    assert (change.before["case"], change.after["case"]) == ("waiting", "open")
    assert change.before["fields"]["phone"]["value"] == "0701740699"
    assert change.after["fields"]["phone"]["value"] == "0701740605"
    assert change.held is None and change.applied_at is None


def test_what_was_shown_is_done_once_and_the_ledger_has_before_and_after(session, campaign, process, replay, apply):
    batch, response = process(b"form", **DOUBTFUL)
    asked, _ = replay(batch, **SURE)
    assert apply(asked) == 1
    session.refresh(response)
    assert (response.verdict, response.state, response.rules) == ("auto", "case", [])
    assert session.exec(select(Case)).one().state == "open"
    assert session.exec(select(ExceptionItem)).one().state == "obsolete"
    (event,) = session.exec(select(LedgerEvent).where(LedgerEvent.tag == "replay:response:changed"))
    assert event.facts["before"]["verdict"] == "review" and event.facts["after"]["verdict"] == "auto"
    assert (event.facts["person"], event.facts["fields"]) == ("sam", ["phone"])
    assert "0701740605" not in str(event.facts)
    assert ledger.verify_chain(session) is None
    assert session.exec(select(ReplayPage)).all() == []


def test_the_same_reading_changes_nothing(session, campaign, process, replay):
    batch, _ = process(b"form", **DOUBTFUL)
    assert replay(batch, **DOUBTFUL)[1] == []


def test_a_persons_word_beats_a_new_reading(session, office, campaign, process, replay, apply):
    batch, _ = process(b"form", offer=("a", "b"))
    (asked,) = waiting.take(session, "eva", 5)
    answer(session, office, asked.id, "eva", "value", ["b"], TOOK)
    again, (change,) = replay(batch, offer=("a",))
    assert change.after["fields"]["offer"]["value"] == ["a"]
    assert "offer" not in change.after
    assert apply(again) == 1
    assert session.exec(select(Case)).one().offer == "b"
    assert session.get(ExceptionItem, asked.id).state == "answered"
    assert session.exec(select(Case)).one().state == "open"


def test_a_case_that_has_been_settled_is_listed_and_stays(session, campaign, process, replay, apply):
    batch, _ = process(b"form", **SURE)
    case = session.exec(select(Case)).one()
    told = {"what": "retained", "on": dt.date(2026, 11, 1), "recorded_by": "sam", "recorded_at": now()}
    session.add(CaseOutcome(case_id=case.id, **told))
    session.commit()
    asked, (change,) = replay(batch, offer=("b",), **SURE)
    assert change.held == "final"
    assert apply(asked) == 0
    assert session.exec(select(Case)).one().offer == "a"


@pytest.mark.parametrize("state", ["refused", "closed", "void"])
def test_a_case_that_is_over_is_listed_and_stays(session, campaign, process, replay, apply, state):
    batch, _ = process(b"form", **SURE)
    case = session.exec(select(Case)).one()
    case.state = state
    session.add(case)
    session.commit()
    before = everything(session)
    asked, (change,) = replay(batch, offer=("b",), **SURE)
    assert (change.held, change.after["offer"]) == ("final", "b")
    assert apply(asked) == 0
    session.expire_all()
    assert everything(session) == before


def test_what_changed_since_the_preview_is_not_done(session, office, campaign, process, replay, apply):
    batch, _ = process(b"form", **DOUBTFUL)
    asked, _ = replay(batch, **SURE)
    (question,) = waiting.take(session, "eva", 5)
    answer(session, office, question.id, "eva", "value", "0701740611", TOOK)
    assert apply(asked) == 0
    (change,) = changes(session, asked)
    assert change.held == "moved"
    assert session.exec(select(FieldReading).where(FieldReading.name == "phone")).one().value == "0701740699"


def test_a_form_that_is_not_found_any_more_keeps_its_case(session, settings, office, campaign, process, apply):
    batch, response = process(b"form", **SURE)
    asked = ask_replay(session, batch.id, "sam")
    claim_replay(session, settings, asked.id, "process")
    document = session.get_one(Document, response.document_id)
    unread = Unreadable(document.sha256, 1, "truncated", "The page is cut off.")
    keep_pages(session, settings, asked.id, batch.id, [unread])
    preview_document(session, office, asked.id, document.id)
    end_replay(session, asked.id, "ready")
    (change,) = changes(session, asked)
    assert (change.held, change.response_id) == ("lost", response.id)
    assert apply(asked) == 0
    assert session.exec(select(Page)).one().registered


def test_a_file_that_cannot_be_opened_any_more_changes_nothing(session, campaign, process, replay, apply):
    batch, _ = process(b"form", **SURE)
    asked, (change,) = replay(batch, unreadable=True)
    assert change.held == "unreadable"
    assert apply(asked) == 0


@pytest.fixture
def rejected(session, settings, campaign, drop, templates, match_reference):
    """A batch of one document whose only page was no form."""
    taken = drop(b"pale")
    batch = batches.create_batch(session, "paper")
    plan_batch(session, settings, batch.id, lambda path, name: 1, settings.store.path_of)
    unread = Unreadable(taken.sha256, 1, "truncated", "The page is cut off.")
    store_pages(session, settings, batch.id, [unread])
    decide_chunk(session, settings, batch.id, templates, match_reference)
    batches.finish_batch(session, batch.id)
    return batch


def test_a_rejected_document_that_is_a_form_now_opens_its_case_once(session, settings, rejected, replay, apply):
    assert len(list(settings.rejected.iterdir())) == 2
    asked, found = replay(rejected, **SURE)
    assert [(one.response_id, one.after.get("verdict"), one.after.get("state")) for one in found] == [
        (None, None, "done"),
        (None, "auto", None),
    ]
    assert session.exec(select(Case)).all() == []
    assert apply(asked) == 2
    assert session.exec(select(Case)).one().subscriber_id == "S1"
    assert session.exec(select(Document)).one().state == "done"
    assert list(settings.rejected.iterdir()) == []
    made = changes(session, asked)[1]
    assert (made.response_id, made.case_id) == (
        session.exec(select(Response)).one().id,
        session.exec(select(Case)).one().id,
    )
    assert replay(rejected, **SURE)[1] == []


def test_a_code_that_is_read_now_gives_the_case_its_mailing(session, campaign, process, replay, apply):
    batch, _ = process(b"form", code_status="doubtful", **SURE)
    assert session.exec(select(Case)).one().mailing_id is None
    asked, (change,) = replay(batch, **SURE)
    assert (change.before["subscriber"], change.after["subscriber"]) == (None, "S1")
    assert apply(asked) == 1
    case = session.exec(select(Case)).one()
    assert case.mailing_id is not None and (case.subscriber_id, case.state) == ("S1", "open")


def test_a_code_that_leads_to_another_case_is_left_to_a_person(session, campaign, process, replay, apply):
    process(b"first", **SURE)
    batch, _ = process(b"second", code_status="doubtful", **SURE)
    asked, (change,) = replay(batch, **SURE)
    assert change.held == "joins"
    assert apply(asked) == 0
    assert len(session.exec(select(Case)).all()) == 2


def test_a_changed_base_changes_the_sender(session, settings, templates, campaign, process, page):
    from matching.base import import_subscribers
    from matching.matcher import Matcher

    batch, response = process(b"form", code_status="doubtful", name="Kurt Zimmer", **SURE)
    import_subscribers(
        session, [{"id": "S7", "name": "Kurt Zimmer", "phone": "0701740605"}, {"id": "S8", "name": "X Y"}]
    )
    session.commit()
    office = Office(settings, templates, lambda query, mailed: Matcher(session).match(query, mailed))
    asked = ask_replay(session, batch.id, "sam")
    claim_replay(session, settings, asked.id, "process")
    sha256 = session.get_one(Document, response.document_id).sha256
    read = page(sha256, code_status="doubtful", name="Kurt Zimmer", **SURE)
    keep_pages(session, settings, asked.id, batch.id, [read])
    preview_document(session, office, asked.id, response.document_id)
    (change,) = changes(session, asked)
    assert (change.before["subscriber"], change.after["subscriber"]) == (None, "S7")
    assert "fields" not in change.before


def test_a_batch_in_work_or_a_replay_in_work_is_refused(session, settings, campaign, process):
    batch, _ = process(b"form", **SURE)
    assert ask_replay(session, "B-none", "sam") == Refused("unknown")
    first = ask_replay(session, batch.id, "sam")
    assert ask_replay(session, batch.id, "eva") == Refused("busy")
    assert approve_replay(session, first.id, "sam") == Refused("not-ready")
    claim_replay(session, settings, first.id, "process")
    end_replay(session, first.id, "ready")
    second = ask_replay(session, batch.id, "eva")
    assert session.get(Replay, first.id).state == "discarded"
    assert approve_replay(session, first.id, "sam") == Refused("not-ready")
    assert waiting_replays(session) == [(second.id, batch.id, 1)]
    row = session.get(Batch, batch.id)
    row.state = "running"
    session.add(row)
    session.commit()
    end_replay(session, second.id, "failed")
    assert ask_replay(session, batch.id, "sam") == Refused("busy")


def test_one_process_has_a_replay_and_a_silent_one_loses_it(session, settings, campaign, process):
    batch, _ = process(b"form", **SURE)
    asked = ask_replay(session, batch.id, "sam")
    assert claim_replay(session, settings, asked.id, "one") is not None
    assert claim_replay(session, settings, asked.id, "two") is None
    assert renew_replay(session, settings, asked.id, "one", pages=4, pages_done=1)
    assert not renew_replay(session, settings, asked.id, "two")
    row = session.get_one(Replay, asked.id, populate_existing=True)
    assert (row.pages, row.pages_done) == (4, 1)
    for attempt in range(2, settings.max_attempts + 2):
        row.lease_until = now() - dt.timedelta(seconds=1)
        session.add(row)
        session.commit()
        assert take_up_replays(session, settings) == 1
        row = session.get_one(Replay, asked.id, populate_existing=True)
        if attempt <= settings.max_attempts:
            assert row.state == "asked"
            claim_replay(session, settings, asked.id, "two")
    assert row.state == "failed"


def test_a_failed_batch_is_queued_again_by_a_person(session, settings, campaign, drop):
    drop(b"form")
    batch = batches.create_batch(session, "paper")
    assert not batches.retry_batch(session, batch.id, "sam")
    batches.claim_batch(session, "process", settings, batch_id=batch.id)
    batches.finish_batch(session, batch.id)
    assert session.get(Batch, batch.id).state == "failed"
    assert batches.retry_batch(session, batch.id, "sam")
    assert session.get(Batch, batch.id).state == "queued"
    assert batches.claim_batch(session, "process", settings) is not None
    assert ledger.verify_chain(session) is None
