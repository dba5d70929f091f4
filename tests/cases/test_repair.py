"""Pages mended by a person: kept as data, read with, decided anew; the same however often it is done again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from cases import batches, mending, pipeline, storing, waiting
from cases.answering import Attention, Office, answer, undo
from cases.auditing import first_fault
from cases.batches import claim_batch, finish_batch
from cases.mending import NotMended, repair_page, undo_repair
from cases.models import Batch, Case, Document, ExceptionItem, FieldReading, Keyed, LedgerEvent, Page, Response
from cases.summary import batch_summary
from ocr.codes.reference import Reference, sign
from ocr.readings import PageReading
from tests.cases.conftest import KEY

TOOK = Attention(active_s=2.5, keys=1)
PLACE = {
    "template": "card", "turn": 0,
    "mm": [[0, 0], [210, 0], [210, 297], [0, 297]], "px": [[10, 12], [1660, 15], [1655, 2350], [12, 2340]],
}  # fmt: skip
GENUINE = sign(Reference("CARD", "AUT", "S1"), KEY).text


@pytest.fixture
def arrive(session, settings, drop):
    """A document with so many pages, in a batch of its own."""

    def arrived(content: bytes, pages: int = 1) -> tuple[str, Document]:
        taken = drop(content)
        batch = batches.create_batch(session, "paper")
        document = session.get_one(Document, taken.document_id)
        document.pages = pages
        session.commit()
        return batch.id, document

    return arrived


@pytest.fixture
def work(session, settings, templates, match_reference):
    """Runs the batch as the flows do; `read` gives the reading of a page as (number, by hand) ask for it.

    Every step is done a second time, as after a kill. The pages that were read.
    """

    def run(batch_id: str, read) -> list[int]:
        claim_batch(session, "worker", settings, batch_id=batch_id)
        items = pipeline.plan_batch(session, settings, batch_id, lambda path, name: 1, settings.store.path_of)
        for _ in range(2):
            pages = [read(number, item.by_hand.get(number)) for item in items for number in item.pages]
            storing.store_pages(session, settings, batch_id, pages)
            pipeline.plan_batch(session, settings, batch_id, lambda path, name: 1, settings.store.path_of)
            pipeline.decide_chunk(session, settings, batch_id, templates, match_reference)
        finish_batch(session, batch_id)
        with Session(session.get_bind()) as own:
            assert first_fault(own, settings) is None
        return [number for item in items for number in item.pages]

    return run


@pytest.fixture
def office(settings, templates, match_reference):
    return Office(settings, templates, match_reference)


def lost(sha256: str, number: int = 1) -> PageReading:
    return PageReading(sha256, number, reason="The page is none of the forms known here.")


def page_of(session, document: Document, number: int = 1) -> int:
    query = select(Page.id).where(Page.document_id == document.id, Page.number == number)
    return session.exec(query).one()


def live_cases(session) -> list[Case]:
    return list(session.exec(select(Case).where(Case.state != "void").order_by(col(Case.id))))


def states(session) -> list[tuple[int, str, list[int]]]:
    rows = session.exec(select(Response).order_by(col(Response.first_page_id)))
    return [(row.first_page_id, row.state, row.page_ids) for row in rows]


def tags(session) -> list[str]:
    return list(session.exec(select(LedgerEvent.tag).order_by(col(LedgerEvent.seq))))


def test_a_document_rejected_for_registration_is_mended_and_opens_its_case(
    session, settings, templates, campaign, arrive, work, page
):
    batch_id, document = arrive(b"x")

    def read(number, by_hand):
        if by_hand is None or by_hand.placed is None:
            return lost(document.sha256)
        return replace(page(document.sha256), method="by hand", residual_mm=None)

    work(batch_id, read)
    (asked,) = session.exec(select(ExceptionItem)).all()
    assert (document.state, asked.kind, asked.rule) == ("rejected", "page", "not-registered")
    note = next(settings.rejected.glob("*.txt"))
    mended = repair_page(session, templates, page_of(session, document), "eva", "place", PLACE)
    assert (document.state, session.get_one(Batch, batch_id).state) == ("repaired", "queued")
    assert waiting.take(session, "eva", 5) == []
    assert work(batch_id, read) == [1]
    assert (document.state, document.reason, session.get_one(Batch, batch_id).state) == ("done", None, "done")
    assert [(case.subscriber_id, case.state) for case in live_cases(session)] == [("S1", "open")]
    assert session.get_one(Page, mended.page_id).method == "by hand"
    assert session.exec(select(ExceptionItem.state)).all() == ["obsolete"]
    assert note.exists() and batch_summary(session, batch_id).rejected == 0
    assert [tag for tag in tags(session) if "repaired" in tag or "reopened" in tag or "reread" in tag] == [
        "desk:document:reopened", "desk:page:repaired", "reading:page:reread"
    ]  # fmt: skip
    undo_repair(session, mended.page_id, mended.id, "eva")
    work(batch_id, read)
    assert (document.state, live_cases(session)) == ("rejected", [])
    assert session.exec(select(ExceptionItem.state)).all() == ["open"]


def test_what_is_mended_is_kept_and_read_again_with_whoever_tries_again(
    session, settings, templates, campaign, arrive, work, page
):
    batch_id, document = arrive(b"x", pages=2)
    seen = []

    def read(number, by_hand):
        seen.append((number, by_hand))
        return page(document.sha256, number=number)

    work(batch_id, read)
    first = page_of(session, document)
    repair_page(session, templates, first, "eva", "turn", 180)
    repair_page(session, templates, first, "eva", "turn", 90)
    seen.clear()
    assert work(batch_id, read) == [1]
    assert seen[0][1].turn == 90
    repair_page(session, templates, page_of(session, document, 2), "eva", "kind", "blank")
    assert work(batch_id, read) == [], "what changes no reading is decided without reading"
    assert live_cases(session)[0].state == "open"


def test_a_typed_code_is_checked_as_one_that_was_read(session, templates, campaign, arrive, work, page):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda number, _: page(document.sha256, code_status="doubtful"))
    number = page_of(session, document)

    def said(text: str) -> str:
        refused = repair_page(session, templates, number, "eva", "code", text)
        assert isinstance(refused, NotMended)
        return refused.sentence

    assert "not ours" in said(sign(Reference("CARD", "AUT", "S1"), b"z" * 32).text)
    assert "names a campaign that is not known" in said(sign(Reference("CARD", "NO", "S1"), KEY).text)
    assert "names a form that is not known" in said(sign(Reference("OTHER", "AUT", "S1"), KEY).text)
    assert "none of our references" in said("4006381333931")
    assert document.state == "done" and "desk:page:repaired" not in tags(session)


def test_a_typed_code_leads_to_the_case_of_its_mailing_and_back(
    session, templates, campaign, arrive, work, page, process
):
    process(b"first")
    batch_id, document = arrive(b"x")

    def read(number, by_hand):
        return page(document.sha256, code_status="ok" if by_hand and by_hand.code else "doubtful")

    work(batch_id, read)
    first, second = live_cases(session)
    assert (second.state, second.mailing_id) == ("waiting", None)
    mended = repair_page(session, templates, page_of(session, document), "eva", "code", GENUINE)
    work(batch_id, read)
    assert live_cases(session) == [first]
    response = session.exec(select(Response).where(Response.document_id == document.id)).one()
    assert (response.case_id, response.subscriber_id, response.state) == (first.id, "S1", "case")
    assert waiting.take(session, "eva", 5) == []
    undo_repair(session, mended.page_id, mended.id, "eva")
    work(batch_id, read)
    assert [case.id for case in live_cases(session)] == [first.id, second.id]
    assert [item.kind for item in waiting.take(session, "eva", 5)] == ["match"]


def test_a_case_goes_on_with_the_next_response_when_the_one_that_opened_it_leaves(
    session, templates, campaign, arrive, work, page, process
):
    batch_id, document = arrive(b"x")

    def read(number, by_hand):
        return page(document.sha256, offer=("b",), code_status="ok" if by_hand and by_hand.code else "doubtful")

    work(batch_id, read)
    mended = repair_page(session, templates, page_of(session, document), "eva", "code", GENUINE)
    work(batch_id, read)
    process(b"second")
    (case,) = live_cases(session)
    assert (case.offer, case.state) == ("b", "waiting"), "two answers to one mailing differ"
    for _ in range(2):
        undo_repair(session, mended.page_id, mended.id, "eva")
        work(batch_id, read)
        mailed, own = live_cases(session)
        assert (mailed.id, mailed.offer, mailed.state, own.offer) == (case.id, "a", "open", "b")
        mended = repair_page(session, templates, page_of(session, document), "eva", "code", GENUINE)
        work(batch_id, read)
        assert [one.id for one in live_cases(session)] == [case.id]


def test_pages_are_joined_split_and_parted_again(session, templates, campaign, arrive, work, page):
    batch_id, document = arrive(b"x", pages=3)
    work(batch_id, lambda number, _: page(document.sha256, number=number))
    one, two, three = (page_of(session, document, number) for number in (1, 2, 3))
    assert states(session) == [(one, "case", [one, two, three])]
    split = repair_page(session, templates, two, "eva", "bound", "split")
    work(batch_id, lambda *_: None)
    assert states(session) == [(one, "case", [one]), (two, "case", [two, three])]
    assert len(live_cases(session)) == 1, "a second response to one mailing joins its case"
    repair_page(session, templates, three, "eva", "bound", "split")
    whole = repair_page(session, templates, one, "eva", "whole", True)
    work(batch_id, lambda *_: None)
    assert states(session)[0] == (one, "case", [one, two, three])
    assert [state for _, state, _ in states(session)[1:]] == ["void"]
    undo_repair(session, one, whole.id, "nils")
    undo_repair(session, two, split.id, "nils")
    work(batch_id, lambda *_: None)
    assert states(session) == [(one, "case", [one, two]), (two, "void", []), (three, "case", [three])]
    assert len(live_cases(session)) == 1


def test_joined_pages_are_one_response_whatever_their_codes_say(session, templates, campaign, arrive, work, page):
    batch_id, document = arrive(b"x", pages=3)
    status = {1: "ok", 2: "doubtful", 3: "doubtful"}
    work(batch_id, lambda number, _: page(document.sha256, number=number, code_status=status[number]))
    assert len(live_cases(session)) == 3
    one, two, three = (page_of(session, document, number) for number in (1, 2, 3))
    repair_page(session, templates, two, "eva", "bound", "join")
    repair_page(session, templates, three, "eva", "bound", "join")
    work(batch_id, lambda *_: None)
    assert states(session)[0] == (one, "case", [one, two, three])
    assert [case.state for case in live_cases(session)] == ["open"]
    assert waiting.take(session, "eva", 5) == []


@pytest.mark.parametrize("kind", ["foreign", "blank"])
def test_a_page_that_is_no_form_takes_its_case_along_until_it_is_one_again(
    session, settings, templates, campaign, arrive, work, page, kind
):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256, phone=("07?", "doubtful")))
    (case,) = live_cases(session)
    mended = repair_page(session, templates, page_of(session, document), "eva", "kind", kind)
    work(batch_id, lambda *_: None)
    assert (document.state, document.reason_code, live_cases(session)) == ("rejected", "foreign", [])
    assert "A person has looked at it" in next(settings.rejected.glob("*.txt")).read_text()
    assert batch_summary(session, batch_id).as_dict() == {
        "documents": 1, "responses": 0, "automatic": 0, "review": 0, "rejected": 1, "cases": 0
    }  # fmt: skip
    assert waiting.take(session, "eva", 5) == []
    undo_repair(session, mended.page_id, mended.id, "eva")
    work(batch_id, lambda *_: None)
    assert [(one.id, one.state) for one in live_cases(session)] == [(case.id, "waiting")]
    assert [item.field for item in waiting.take(session, "eva", 5)] == ["phone"]


def test_what_was_answered_on_fields_cut_elsewhere_is_asked_again_until_they_are_cut_there_again(
    session, templates, campaign, arrive, work, page, office
):
    batch_id, document = arrive(b"x")

    def read(*_):
        return page(document.sha256, phone=("07?", "doubtful"))

    work(batch_id, read)
    (item,) = waiting.take(session, "eva", 5)
    answer(session, office, item.id, "eva", "value", "0701740605", TOOK)
    assert live_cases(session)[0].state == "open"
    mended = repair_page(session, templates, page_of(session, document), "eva", "place", PLACE)
    work(batch_id, read)
    assert [asked.id for asked in waiting.take(session, "eva", 5)] == [item.id]
    assert live_cases(session)[0].state == "waiting"
    undo_repair(session, mended.page_id, mended.id, "eva")
    work(batch_id, read)
    assert waiting.take(session, "eva", 5) == []
    assert live_cases(session)[0].state == "open"


def test_an_answer_to_a_question_about_a_form_that_is_none_can_be_taken_back(
    session, templates, campaign, arrive, work, page, office
):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256, phone=("07?", "doubtful")))
    (item,) = waiting.take(session, "eva", 5)
    answer(session, office, item.id, "eva", "value", "0701740605", TOOK)
    repair_page(session, templates, page_of(session, document), "eva", "kind", "foreign")
    work(batch_id, lambda *_: None)
    undo(session, office, "eva")
    assert waiting.take(session, "eva", 5) == []


def test_what_was_read_before_stays_with_what_persons_said_of_it(
    session, templates, campaign, arrive, work, page, office
):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256, phone=("07?", "doubtful")))
    (item,) = waiting.take(session, "eva", 5)
    answer(session, office, item.id, "eva", "value", "0701740605", TOOK)
    number = page_of(session, document)
    repair_page(session, templates, number, "eva", "code", GENUINE)
    work(batch_id, lambda *_: page(document.sha256))
    former = session.exec(select(FieldReading).where(FieldReading.former_page_id == number)).all()
    present = session.exec(select(FieldReading).where(FieldReading.page_id == number)).all()
    assert len(former) == len(present) == 5
    assert session.exec(select(Keyed.offered)).all() == ["07?"]
    assert live_cases(session)[0].state == "open", "a typed code leaves the answers on other fields as they are"


def test_a_repair_said_twice_counts_once_and_one_taken_back_twice_too(session, templates, campaign, arrive, work, page):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256))
    number = page_of(session, document)
    first = repair_page(session, templates, number, "eva", "kind", "blank")
    assert repair_page(session, templates, number, "nils", "kind", "blank").id == first.id
    for _ in range(2):
        assert undo_repair(session, number, first.id, "eva").undone_by == "eva"
    told = [tag for tag in tags(session) if tag.startswith("desk:page")]
    assert told == ["desk:page:repaired", "desk:page:unrepaired"]
    assert undo_repair(session, number, 999, "eva").reason == "unknown"


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("turn", 45), ("place", {}), ("place", PLACE | {"template": "none"}), ("place", PLACE | {"turn": 7}),
        ("place", PLACE | {"px": [[0, 0], [1, 1], [2, 2], [3, 3]]}), ("place", PLACE | {"px": PLACE["px"][::-1]}),
        ("place", PLACE | {"mm": PLACE["mm"][:3]}), ("code", 7), ("kind", "form"), ("bound", "join"), ("bound", "x"),
        ("whole", False),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(session, templates, campaign, arrive, work, page, what, value):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256))
    refused = repair_page(session, templates, page_of(session, document), "eva", what, value)
    assert isinstance(refused, NotMended) and refused.reason == "value" and refused.sentence.endswith(".")
    assert document.state == "done"


def test_a_page_that_is_being_read_cannot_be_mended(session, settings, templates, campaign, arrive, work, page):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256))
    number = page_of(session, document)
    repair_page(session, templates, number, "eva", "turn", 90)
    assert repair_page(session, templates, number, "eva", "code", GENUINE).what == "code", "it is not read yet"
    claim_batch(session, "worker", settings, batch_id=batch_id)
    pipeline.plan_batch(session, settings, batch_id, lambda path, name: 1, settings.store.path_of)
    assert repair_page(session, templates, number, "eva", "turn", 180).reason == "being-read"
    assert repair_page(session, templates, 999, "eva", "turn", 180).reason == "unknown"


def test_what_is_mended_while_its_batch_is_in_work_is_done_in_another_round(
    session, settings, templates, campaign, drop, work, page, match_reference
):
    first, second = drop(b"1"), drop(b"2")
    batch = batches.create_batch(session, "paper")
    hashes = [first.sha256, second.sha256]
    pipeline.plan_batch(session, settings, batch.id, lambda path, name: 1, settings.store.path_of)
    claim_batch(session, "worker", settings, batch_id=batch.id)
    storing.store_pages(session, settings, batch.id, [page(sha256) for sha256 in hashes])
    pipeline.decide_chunk(session, settings, batch.id, templates, match_reference)
    document = session.get_one(Document, second.document_id)
    repair_page(session, templates, page_of(session, document), "eva", "kind", "blank")
    assert session.get_one(Batch, batch.id).state == "running"
    assert finish_batch(session, batch.id) == 0
    assert session.get_one(Batch, batch.id, populate_existing=True).state == "queued"
    work(batch.id, lambda *_: None)
    assert (session.get_one(Batch, batch.id).state, document.state) == ("done", "rejected")


@pytest.mark.parametrize("seam", ["_send_back", "now"])
def test_a_repair_killed_before_its_commit_leaves_nothing(
    session, templates, campaign, arrive, work, page, monkeypatch, seam
):
    batch_id, document = arrive(b"x")
    work(batch_id, lambda *_: page(document.sha256))
    number = page_of(session, document)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(mending, seam, killed)
        repair_page(session, templates, number, "eva", "kind", "blank")
    session.rollback()
    assert "desk:page:repaired" not in tags(session)
    assert session.get_one(Document, document.id, populate_existing=True).state == "done"
