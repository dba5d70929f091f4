"""The queue: which documents make a batch, who has it, and what becomes of a batch whose process is gone."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from sqlmodel import Session, select

from cases import batches, ledger
from cases.clock import now
from cases.models import Batch, Document
from cases.owner import has_died, owner_here
from cases.settings import Settings


@pytest.fixture
def receive(session: Session):
    def receive(count: int, source: str = "paper", seconds_ago: float = 0) -> None:
        arrived = now() - dt.timedelta(seconds=seconds_ago)
        start = len(session.exec(select(Document.id)).all())
        for number in range(start, start + count):
            session.add(
                Document(
                    sha256=f"{number:064x}", name="a.pdf", bytes=1, channel=source, source=source, received_at=arrived
                )
            )
        session.commit()

    return receive


def sizes(session: Session) -> list[int]:
    return list(session.exec(select(Batch.documents).order_by(Batch.id)))


def dead_owner() -> str:
    code = "from cases.owner import owner_here; print(owner_here())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_files_that_trickle_in_wait_for_a_quiet_moment(session, settings, receive):
    receive(2, seconds_ago=10)
    receive(1, seconds_ago=0)
    assert batches.create_batches(session, settings, closing=False) == []
    quiet = settings.model_copy(update={"batch_quiet_s": 0.0})
    assert len(batches.create_batches(session, quiet, closing=False)) == 1
    assert sizes(session) == [3]


def test_a_batch_closes_at_its_greatest_age_while_files_still_arrive(session, settings, receive):
    receive(1, seconds_ago=settings.batch_age_s + 1)
    receive(1, seconds_ago=0)
    assert len(batches.create_batches(session, settings, closing=False)) == 1


def test_a_big_pile_is_split_and_a_closing_run_waits_for_nothing(session, settings, receive):
    few = settings.model_copy(update={"batch_documents": 3})
    receive(3)
    assert len(batches.create_batches(session, few, closing=False)) == 1, "full batches do not wait"
    receive(5)
    batches.create_batches(session, few, closing=True)
    assert sizes(session) == [3, 3, 2]
    assert set(session.exec(select(Document.state))) == {"reading"}


def test_each_source_makes_its_own_batch(session, settings, receive):
    receive(1, "paper")
    receive(1, "photo")
    batches.create_batches(session, settings, closing=True)
    assert sorted(session.exec(select(Batch.source))) == ["paper", "photo"]


def test_the_batch_of_a_process_that_died_is_taken_up_at_once(session, settings, receive):
    receive(1)
    (batch_id,) = batches.create_batches(session, settings, closing=True)
    batches.claim_batch(session, dead_owner(), settings)
    assert batches.take_up_abandoned(session, settings) == [batch_id]
    batches.claim_batch(session, owner_here(), settings)
    assert batches.take_up_abandoned(session, settings) == [], "this process lives"


@pytest.mark.parametrize("owner", ["", "elsewhere:1:2", "boot/1:not-a-number:3"])
def test_nobody_is_declared_dead_who_cannot_be_seen_from_here(owner):
    assert not has_died(owner)


def test_a_number_given_to_another_process_does_not_keep_a_dead_owner_alive():
    place, number, started = owner_here().rsplit(":", 2)
    assert has_died(f"{place}:{number}:{int(started) - 1}")


def test_a_batch_that_never_gets_ahead_is_given_up_and_can_be_tried_again_by_name(session, settings, receive):
    receive(1)
    (batch_id,) = batches.create_batches(session, settings, closing=True)
    dead = dead_owner()
    for _ in range(settings.max_attempts):
        assert batches.claim_batch(session, dead, settings) is not None
        batches.take_up_abandoned(session, settings)
    assert batches.claim_batch(session, "me", settings) is None
    assert session.get_one(Batch, batch_id).state == "failed"
    retried = batches.claim_batch(session, "me", settings, batch_id=batch_id)
    assert (retried.state, retried.finished_at) == ("running", None)
    assert ledger.verify_chain(session) is None


def test_a_batch_that_gets_ahead_is_never_given_up(session, settings, receive):
    receive(1)
    batches.create_batches(session, settings, closing=True)
    dead = dead_owner()
    for _ in range(2 * settings.max_attempts):
        batch = batches.claim_batch(session, dead, settings)
        assert batch is not None
        ledger.record(session, "reading:pages:stored", batch.id, {"pages": 1}, batch=batch.id)
        session.commit()
        batches.take_up_abandoned(session, settings)


def test_a_batch_with_an_undecided_document_does_not_end_as_done(session, settings, receive):
    receive(2)
    (batch_id,) = batches.create_batches(session, settings, closing=True)
    assert batches.finish_batch(session, batch_id) == 2
    assert session.get_one(Batch, batch_id).state == "failed"


def test_settings_refuse_a_batch_of_no_documents():
    with pytest.raises(ValueError, match="batch_documents"):
        Settings(batch_documents=0)
