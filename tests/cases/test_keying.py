"""What persons decide on readings is kept beside what the machine offered; thresholds steer what is stored as sure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from cases import batches, ledger, pipeline, storing
from cases.intake import take_in
from cases.keying import record_keyed
from cases.models import FieldReading, Keyed, LedgerEvent
from cases.thresholds import recommend, stored_decisions


@pytest.fixture
def stored(session, settings, page, templates):
    """Stores a page whose phone number was read with a confidence of 0.97 under the family's threshold of 0.95."""

    def store(settings=settings, value="0701740605"):
        path = settings.inbox / "paper" / "scan.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value.encode())
        taken = take_in(session, settings, path, root=settings.inbox, channel="paper")
        batch = batches.create_batch(session, "paper")
        pipeline.plan_batch(session, settings, batch.id, lambda path, name: 1, settings.store.path_of)
        read = page(taken.sha256, phone=(value, "ok"))
        sure = {"confidence": 0.97, "family": "comb-digits", "threshold": 0.95}
        fields = tuple(replace(f, **sure) if f.name == "phone" else f for f in read.fields)
        storing.store_pages(session, settings, batch.id, [replace(read, fields=fields)])
        return session.exec(select(FieldReading).where(FieldReading.name == "phone")).one()

    return store


@pytest.mark.parametrize(("threshold", "status"), [(0.96, "ok"), (0.98, "doubtful")])
def test_the_settings_decide_which_readings_are_stored_as_sure(stored, settings, threshold, status):
    given = settings.model_copy(update={"field_thresholds": {"card/phone": threshold}})
    reading = stored(given)
    assert (reading.status, reading.threshold, reading.family) == (status, threshold, "comb-digits")


def test_a_persons_word_is_kept_beside_what_the_machine_offered(session, stored):
    keyed = record_keyed(session, stored().id, "0701740665", person="p7", active_s=2.5)
    session.commit()
    assert (keyed.offered, keyed.said, keyed.right) == ("0701740605", "0701740665", False)
    assert (keyed.template, keyed.field, keyed.family, keyed.confidence) == ("card", "phone", "comb-digits", 0.97)
    assert (keyed.person, keyed.active_s, keyed.reader) == ("p7", 2.5, "test 1")


def test_spaces_between_the_digits_do_not_make_the_machine_wrong(session, stored):
    assert record_keyed(session, stored().id, "0701 740 605", person="p7", active_s=1).right


def test_the_later_word_of_a_person_replaces_the_earlier_one(session, stored):
    reading = stored()
    record_keyed(session, reading.id, "0701740665", person="p7", active_s=2)
    record_keyed(session, reading.id, "0701740605", person="p7", active_s=3)
    session.commit()
    (keyed,) = session.exec(select(Keyed)).all()
    assert (keyed.said, keyed.right) == ("0701740605", True)


def test_the_ledger_tells_that_a_reading_was_decided_but_not_what_it_says(session, stored):
    record_keyed(session, stored().id, "0701740665", person="p7", active_s=2)
    session.commit()
    event = session.exec(select(LedgerEvent).where(LedgerEvent.tag == "desk:reading:keyed")).one()
    assert event.facts == {"person": "p7", "right": False, "active_s": 2}
    assert "0701740665" not in event.model_dump_json()
    assert ledger.verify_chain(session) is None


@pytest.mark.parametrize(
    ("person", "seconds", "error"), [("", 1, ValueError), ("p7", -1, ValueError), ("p7", float("nan"), ValueError)]
)
def test_a_decision_without_a_person_or_with_a_time_that_is_none_is_refused(session, stored, person, seconds, error):
    reading = stored()
    with pytest.raises(error):
        record_keyed(session, reading.id, "1", person=person, active_s=seconds)
    assert session.exec(select(Keyed)).all() == []


def test_a_decision_on_a_reading_that_is_not_there_is_refused(session):
    with pytest.raises(KeyError):
        record_keyed(session, 4711, "1", person="p7", active_s=1)


def test_of_two_persons_who_keyed_one_reading_the_later_counts_for_the_thresholds(session, stored):
    reading = stored()
    record_keyed(session, reading.id, "0701740665", person="p7", active_s=2)
    record_keyed(session, reading.id, "0701740605", person="p8", active_s=2)
    session.commit()
    (decision,) = stored_decisions(session)
    assert (decision.family, decision.right, decision.confidence) == ("comb-digits", True, 0.97)
    (one,) = recommend([decision], 0.002)
    assert one.more == pytest.approx(1496)
