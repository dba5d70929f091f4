from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from cases import batches, intake, ledger, pipeline, storing
from cases.intake import Duplicate, Refused, Taken, take_in
from cases.models import Case, Document, ExceptionItem, FieldReading, LedgerEvent, Page
from cases.query import agreement, compare_print
from cases.rules import CHECKS, Context
from cases.summary import batch_summary
from matching.base import Subscriber
from ocr.page import Unreadable
from ocr.template.model import Template


def test_the_same_bytes_under_two_names_are_one_document(session, settings, drop):
    first, second = drop(b"x", "a.tif"), drop(b"x", "b.tif")
    assert isinstance(first, Taken)
    assert second == Duplicate(first.document_id, first.sha256)
    assert len(session.exec(select(Document)).all()) == 1
    assert list((settings.inbox / "paper").iterdir()) == []


@pytest.mark.parametrize("seam", ["_insert", "_leave_inbox"])
def test_an_intake_killed_at_a_seam_and_run_again_gives_one_document(session, settings, drop, monkeypatch, seam):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(intake, seam, killed)
        drop(b"x")
    session.rollback()
    assert (settings.inbox / "paper" / "scan.tif").exists()
    drop(b"x")
    assert len(session.exec(select(Document)).all()) == 1
    assert len(session.exec(select(LedgerEvent)).all()) == 1


def test_links_and_files_outside_the_inbox_are_refused(session, settings, tmp_path):
    settings.inbox.mkdir(parents=True)
    outside = tmp_path / "secret.tif"
    outside.write_bytes(b"s")
    link = settings.inbox / "link.tif"
    link.symlink_to(outside)
    outcomes = [take_in(session, settings, p, root=settings.inbox, channel="paper") for p in (link, outside)]
    assert [o.code for o in outcomes if isinstance(o, Refused)] == ["link", "outside"]
    assert outside.exists()


def test_a_signed_answered_form_opens_one_case(session, campaign, process):
    batch, response = process(b"x")
    assert (response.verdict, response.state, response.subscriber_id) == ("auto", "case", "S1")
    assert session.exec(select(Case)).one().offer == "a"
    summary = batch_summary(session, batch.id)
    assert summary.as_dict() == {
        "documents": 1, "responses": 1, "automatic": 1, "review": 0, "rejected": 0, "cases": 1
    }  # fmt: skip
    assert ledger.verify_chain(session) is None


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"signed": False}, "signature-required"),
        ({"offer": ()}, "exactly-one-offer"),
        ({"offer": ("a", "b")}, "exactly-one-offer"),
        ({"phone": ("07?1", "doubtful")}, "doubtful"),
        ({"phone": ("12", "ok")}, "phone"),
        ({"key": b"z" * 32}, "reference-genuine"),
        ({"notes": ("struck_out",)}, "name-changed"),
        ({"name": "Bo Ek"}, "name-changed"),
    ],
)
def test_what_a_machine_may_not_decide_becomes_one_question(session, campaign, process, fields, rule):
    _, response = process(b"x", **fields)
    assert response.verdict == "review"
    assert [item.rule for item in session.exec(select(ExceptionItem))] == [rule]


@pytest.mark.parametrize("written", ["0701740605", "070-174 06 05", "+46 70 174 06 05"])
def test_doubtful_writing_that_the_base_knows_is_confirmed_and_not_asked(session, campaign, process, written):
    _, response = process(b"x", phone=("0701740686", "doubtful"), others=(("0701740686", 0.5), (written, 0.2)))
    assert (response.verdict, session.exec(select(ExceptionItem)).all()) == ("auto", [])


@pytest.mark.parametrize("others", [(("0701740606", 0.2),), (("0701740605", 0.001),)])
def test_doubtful_writing_that_is_only_like_what_the_base_knows_is_asked(session, campaign, process, others):
    process(b"x", phone=("0701740686", "doubtful"), others=others)
    assert [item.rule for item in session.exec(select(ExceptionItem))] == ["doubtful"]


@pytest.mark.parametrize(
    ("read", "status", "same"),
    [
        ("Storgatan 12", "ok", True),
        ("Storgatam 12", "ok", True),
        ("Storgatan 17", "ok", False),
        ("Storgatan 123", "ok", False),
        ("Storgatan 17", "doubtful", True),
    ],
)
def test_a_printed_digit_that_was_changed_by_hand_is_not_confirmed(settings, read, status, same):
    street = {"kind": "text", "role": "street", "prefill": "street_and_number", "box": [10, 10, 60, 6]}
    template = Template.model_validate(
        {
            "name": "letter", "code": "LET", "title": "Letter", "page": {"size": "A4"},
            "marks": {"method": "aruco", "ids": [0, 1, 2, 3]}, "fields": {"street": street},
        }
    )  # fmt: skip
    reading = FieldReading(page_id=1, name="street", kind="text", value=read, confidence=0.9, status=status, reader="1")
    printed = compare_print(
        {"street": reading}, template, Subscriber(id="S1", street="Storgatan", house_number="12"), settings
    )
    assert (printed.confirmed, printed.corrected) == (
        (frozenset({"street"}), ()) if same else (frozenset(), ("street",))
    )


def test_the_more_often_senders_write_what_is_known_the_less_the_reader_must_see_of_it():
    assert agreement(0.2, 0.5) > 0.95 > agreement(0.2, 0.1)
    assert agreement(0.1, 0.5) < 0.95 < agreement(0.1, 0.9)
    assert (agreement(0.0, 0.9), agreement(1.0, 0.1)) == (0.0, 1.0)


def test_a_forged_reference_opens_a_case_for_nobody_until_a_person_has_said_who_it_was(session, campaign, process):
    _, response = process(b"x", key=b"z" * 32)
    case = session.exec(select(Case)).one()
    assert (case.subscriber_id, case.mailing_id, case.state) == (None, None, "waiting")
    assert (response.case_id, response.subscriber_id) == (case.id, None)


def test_a_changed_name_keeps_the_case_of_the_mailing_but_not_its_subscriber(session, campaign, process):
    process(b"1", name="Bo Ek")
    case = session.exec(select(Case)).one()
    assert case.subscriber_id is None
    assert case.mailing_id is not None
    process(b"2")
    joined = session.exec(select(Case)).one()
    assert (joined.subscriber_id, joined.state) == ("S1", "waiting")


def test_a_doubtful_code_names_nobody(session, campaign, process):
    _, response = process(b"x", code_status="doubtful")
    assert (response.verdict, response.subscriber_id, response.mailing_id) == ("review", None, None)
    assert "match-no-candidate" in {rule["rule"] for rule in response.rules}


def test_an_answer_after_the_campaign_closed_is_asked_about(session, campaign, process):
    campaign.closes = dt.date(2020, 1, 1)
    session.add(campaign)
    session.commit()
    assert [rule["rule"] for rule in process(b"x")[1].rules] == ["campaign-open"]


def test_a_second_response_joins_and_a_contradicting_one_is_asked_about(session, campaign, process):
    first, same, other = (process(c, offer=o)[1] for c, o in ((b"1", ("a",)), (b"2", ("a",)), (b"3", ("b",))))
    assert first.case_id == same.case_id == other.case_id
    assert (same.verdict, other.verdict) == ("auto", "review")
    assert len(session.exec(select(Case)).all()) == 1


def test_two_pages_of_one_reference_that_answer_differently_are_asked_about(
    session, settings, campaign, drop, page, templates, match_reference
):
    taken = drop(b"x")
    batch = batches.create_batch(session, "paper")
    pipeline.plan_batch(session, settings, batch.id, lambda path, name: 2, settings.store.path_of)
    pages = [page(taken.sha256), page(taken.sha256, number=2, offer=("b",))]
    storing.store_pages(session, settings, batch.id, pages)
    (decision,) = pipeline.decide_chunk(session, settings, batch.id, templates, match_reference)
    assert decision.verdict == "review"
    assert [item.rule for item in session.exec(select(ExceptionItem))] == ["second-answer"]


def test_an_empty_form_is_rejected(campaign, process):
    assert process(b"x", offer=(), signed=False)[1].verdict == "reject"


def test_an_unreadable_file_is_rejected_beside_a_note(session, settings, drop, templates, match_reference):
    taken = drop(b"", "empty.pdf")
    batch = batches.create_batch(session, "paper")
    probe = Unreadable(taken.sha256, 0, "empty-file", "The file is empty.")
    assert pipeline.plan_batch(session, settings, batch.id, lambda path, name: probe, settings.store.path_of) == []
    pipeline.decide_chunk(session, settings, batch.id, templates, match_reference)
    notes = list(settings.rejected.glob("*empty.pdf.txt"))
    assert "The file is empty." in notes[0].read_text()


def test_stored_pages_are_not_planned_again(session, settings, drop, page):
    taken = drop(b"x")
    batch = batches.create_batch(session, "paper")
    storing.store_pages(session, settings, batch.id, [page(taken.sha256)])
    (item,) = pipeline.plan_batch(session, settings, batch.id, lambda path, name: 300, settings.store.path_of)
    assert item.pages == tuple(range(2, 301))


def test_a_chunk_killed_before_its_commit_leaves_no_page(session, settings, drop, page, monkeypatch):
    taken = drop(b"x")
    batch = batches.create_batch(session, "paper")

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(storing.ledger, "record", killed)
        storing.store_pages(session, settings, batch.id, [page(taken.sha256)])
    session.rollback()
    assert session.exec(select(Page)).all() == []


def test_an_expired_lease_is_taken_up_again(session, settings, drop):
    drop(b"x")
    batch = batches.create_batch(session, "paper")
    claimed = batches.claim_batch(session, "one", settings)
    assert claimed.attempt == 1
    assert batches.claim_batch(session, "two", settings) is None
    assert batches.take_up_abandoned(session, settings) == []
    claimed.lease_until = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    session.add(claimed)
    session.commit()
    assert batches.take_up_abandoned(session, settings) == [batch.id]
    assert batches.claim_batch(session, "two", settings).attempt == 2
    assert not batches.renew_lease(session, batch.id, "one", settings)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("date", "24.11.2026", "31.02.2026"),
        ("date_not_future", "2026-11-24", "2026-11-25"),
        ("date_plausible", "2026-01-24", "2016-11-24"),
        ("birth_date", "19801212", "1780-01-01"),
        ("phone", "070-174 06 05", "12"),
        ("email", "a.b@telia.com", "a.b@"),
        ("postcode", "114 55", "11 455"),
        ("customer_number", "7992 7398 713", "79927398714"),
    ],
)
def test_each_rule_holds_and_breaks(rule, good, bad):
    context = Context("SE", dt.date(2026, 11, 24))
    assert CHECKS[rule](good, context) is None
    assert CHECKS[rule](bad, context).endswith(".")


def test_migrations_and_tables_agree(settings):
    from alembic import command

    from cases.database import alembic_config, engine_for

    engine = engine_for(settings)
    with engine.begin() as connection:
        command.check(alembic_config(connection))
    engine.dispose()
