"""Audit bags at the desk: asked for, written, taken along, and removed when somebody in them is erased."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, col, select

from cases.audit.checking import verify_bag
from cases.audit.exporting import export_bag
from cases.audit.orders import (
    claim_order,
    give_up,
    half_of,
    put_in_place,
    renew_order,
    scope_of,
    take_up_orders,
    waiting_orders,
)
from cases.clock import now
from cases.database import engine_for
from cases.models import Access, BagOrder, Batch, Case, Document, LedgerEvent
from cases.privacy.erasing import erase_people
from cases.settings import Settings

Client = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    return Settings(data=data)


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    with Session(engine_for(settings), expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def batch(session: Session) -> str:
    found = str(session.exec(select(Batch.id)).one())
    session.rollback()
    return found


def written(session: Session, settings: Settings, owner: str = "here") -> BagOrder:
    """Whatever waits longest, written as the flow does it."""
    number, _ = waiting_orders(session)[0]
    session.rollback()
    order = claim_order(session, settings, number, owner)
    assert order is not None
    session.rollback()
    count = export_bag(settings, scope_of(order), half_of(settings, number))
    return put_in_place(session, settings, session.get_one(BagOrder, number), count)


def test_an_auditor_asks_for_a_bag_takes_it_along_and_it_verifies(
    client: Client, settings: Settings, session: Session, batch: str, tmp_path: Path
) -> None:
    auditor = client("auditor")
    assert auditor.post("/exports", data={"batch": batch}).status_code == 303
    assert "waits" in auditor.get("/exports").text
    order = written(session, settings)
    assert (order.state, order.folder) == ("done", batch)
    assert f"/exports/{order.id}/bag.zip" in auditor.get("/exports").text
    fetched = auditor.get(f"/exports/{order.id}/bag.zip")
    assert fetched.content == client("supervisor").get(f"/exports/{order.id}/bag.zip").content
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert verify_bag(tmp_path / batch) == []
    query = select(LedgerEvent.tag, LedgerEvent.who).where(col(LedgerEvent.tag).startswith("audit:bag:"))
    assert set(session.exec(query)) >= {
        ("audit:bag:asked", "person:auditor"), ("audit:bag:fetched", "person:auditor"),
        ("audit:bag:fetched", "person:supervisor"),
    }  # fmt: skip
    seen = select(Access.document_id).where(Access.login == "auditor")
    assert set(session.exec(seen)) == set(session.exec(select(Document.id).where(Document.batch_id == batch)))


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422), ({"date": "soon"}, 422), ({"statement": "x"}, 422), ({"partner": "<script>"}, 404),
        ({"campaign": "../../etc"}, 404), ({"date": "1999-01-01"}, 404),
    ],
)  # fmt: skip
def test_what_names_nothing_is_refused_in_words(client: Client, form: dict[str, str], status: int) -> None:
    answer = client("supervisor").post("/exports", data=form)
    assert answer.status_code == status
    assert 'class="rejected"' in answer.text
    assert "<script>" not in answer.text


def test_the_batch_page_offers_a_bag_to_who_oversees_and_not_to_a_clerk(client: Client, batch: str) -> None:
    assert 'action="/exports"' in client("auditor").get(f"/batches/{batch}").text
    assert 'action="/exports"' not in client("clerk").get(f"/batches/{batch}").text


def test_a_second_bag_of_one_batch_does_not_replace_the_first_and_a_dead_process_is_taken_up(
    client: Client, settings: Settings, session: Session, batch: str
) -> None:
    assert client("supervisor").post("/exports", data={"batch": batch}).status_code == 303
    number, attempt = waiting_orders(session)[0]
    session.rollback()
    assert claim_order(session, settings, number, "gone") is not None
    assert claim_order(session, settings, number, "other") is None
    assert not renew_order(session, settings, number, "other")
    (half_of(settings, number) / "left").write_bytes(b"half a bag")
    order = session.get_one(BagOrder, number)
    order.lease_until = None
    session.add(order)
    session.commit()
    assert take_up_orders(session, settings) == 1
    assert waiting_orders(session) == [(number, attempt + 1)]
    session.rollback()
    again = written(session, settings)
    assert again.folder == f"{batch}-{number}"
    assert verify_bag(settings.exports / again.folder) == []


def test_erasing_somebody_removes_the_bags_that_hold_something_of_them(
    client: Client, data: Path, batch: str, tmp_path: Path
) -> None:
    own = Settings(data=Path(shutil.copytree(data, tmp_path / "own")))
    engine = engine_for(own)
    with Session(engine, expire_on_commit=False) as session:
        session.add(BagOrder(scope={"batch": batch}, asked_by="eva", asked_at=now()))
        session.commit()
        order = written(session, own)
        bag = own.exports / str(order.folder)
        person = session.exec(select(Case.subscriber_id).where(col(Case.subscriber_id).is_not(None))).first()
        session.rollback()
        erase_people(session, own, [str(person)], "os:test")
        assert not bag.exists()
        # and one that was being written meanwhile never gets there
        session.add(BagOrder(scope={"batch": batch}, asked_by="eva", asked_at=order.asked_at))
        session.commit()
        number, _ = waiting_orders(session)[0]
        session.rollback()
        late = claim_order(session, own, number, "here")
        assert late is not None
        half = half_of(own, number)
        gone = session.exec(select(Document.sha256).where(col(Document.gone).is_not(None))).first()
        session.rollback()
        (half / "data/documents").mkdir(parents=True)
        (half / f"data/documents/{gone}").write_bytes(b"an erased person's form")
        assert put_in_place(session, own, late, 1).state == "failed"
        assert not half.exists()
        assert give_up(session, late, "It cannot be.").reason == "It cannot be."
    engine.dispose()
