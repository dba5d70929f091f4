"""A lease stays fresh while a slow chunk is read, and its loss ends the work without a word of alarm."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from cases.batches import take_up_abandoned
from cases.database import engine_for, upgrade
from cases.models import Batch, Document
from cases.settings import Settings
from flows.casework import Casework
from flows.lease import kept_fresh
from flows.pool import PagePool, page_pool
from flows.server import Server
from flows.work import Plan, Workshop, process

SCAN = next((Path(__file__).parents[2] / "samples/scans/paper").glob("9005*.pdf"))


@pytest.fixture(scope="module")
def pool() -> Iterator[PagePool]:
    with page_pool(1, Settings().templates) as pool:
        yield pool


@pytest.fixture
def casework(tmp_path: Path, pool: PagePool) -> Iterator[Casework]:
    settings = Settings(data=tmp_path / "data", lease_s=5)
    upgrade(settings)
    engine = engine_for(settings)
    yield Casework(settings, engine, pool)
    engine.dispose()


def queue_one(casework: Casework) -> str:
    casework.admit(SCAN, channel="paper", partner=None, keep=True)
    return casework.queued()[0][0]


class Robbed(Casework):
    """Its lease is lost as soon as the batch is planned: another process takes the batch up."""

    @contextmanager
    def claimed(self, batch_id: str, flow_run: str | None = None) -> Iterator[Plan | None]:
        with super().claimed(batch_id, flow_run) as plan:
            with Session(self.engine) as session:
                session.connection().execute(update(Batch).values(lease_owner="another"))
                session.commit()
            yield plan


def test_a_lease_outlives_its_own_length_while_a_chunk_is_read(casework: Casework) -> None:
    batch_id = queue_one(casework)
    with casework.claimed(batch_id) as plan, Session(casework.engine) as session:
        assert plan is not None
        before = session.exec(select(Batch.lease_until)).one()
        session.rollback()
        threading.Event().wait(casework.settings.lease_s / 3 + 1)
        assert session.exec(select(Batch.lease_until)).one() > before
        session.rollback()
        assert take_up_abandoned(session, casework.settings) == []


def test_a_database_that_does_not_answer_once_does_not_end_the_renewing() -> None:
    calls = []
    renewed = threading.Event()

    def renew() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("UPDATE", {}, Exception("locked"))
        renewed.set()
        return True

    with kept_fresh(renew, 0.01):
        assert renewed.wait(5)


def test_the_loser_of_a_lease_stores_nothing_and_stops_quietly(casework: Casework) -> None:
    batch_id = queue_one(casework)
    robbed = Robbed(casework.settings, casework.engine, casework.pool)
    assert process(Workshop(robbed, casework.pool, 32), batch_id), "no failure: the other process goes on"
    with Session(casework.engine) as session:
        assert session.exec(select(Document.state)).one() == "reading"
        assert session.exec(select(Batch.state)).one() == "running"


@pytest.mark.prefect
def test_a_lost_lease_is_a_state_of_its_own_in_prefect(casework: Casework, prefect_server: Server) -> None:
    from flows.batch import batch
    from flows.work import using

    batch_id = queue_one(casework)
    robbed = Robbed(casework.settings, casework.engine, casework.pool)
    with using(Workshop(robbed, casework.pool, 32)):
        state = batch(batch_id, 1, return_state=True)
    assert (state.name, state.type.value) == ("Lease lost", "CANCELLED")
    assert "another process" in (state.message or "").lower()


@pytest.mark.prefect
def test_a_loser_whose_run_was_closed_meanwhile_ends_quietly_too(
    casework: Casework, prefect_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uuid import uuid4

    from flows import silent
    from flows.batch import batch
    from flows.work import using

    batch_id = queue_one(casework)
    robbed = Robbed(casework.settings, casework.engine, casework.pool)
    # what the process that takes the batch up does to the runs before its own
    telling = Workshop(robbed, casework.pool, 32, told=lambda *_: None)
    real = Robbed.store

    def store(self: Robbed, batch_id: str, pages: object) -> None:
        silent.crash_earlier_runs(batch_id, uuid4())
        real(self, batch_id, pages)  # type: ignore[arg-type]

    monkeypatch.setattr(Robbed, "store", store)
    with using(telling):
        state = batch(batch_id, 1, return_state=True)
    assert state.name in ("Crashed", "Lease lost")


def test_a_batch_in_other_hands_is_nothing_to_do(casework: Casework) -> None:
    batch_id = queue_one(casework)
    with Session(casework.engine) as session:
        session.connection().execute(update(Batch).where(col(Batch.id) == batch_id).values(state="running"))
        session.commit()
    with casework.claimed(batch_id) as plan:
        assert plan is None
