"""The ledger keeps what it was told, says when it was changed, and forgets a person without breaking."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from cases import ledger, waiting
from cases.answering import Attention, Office, answer
from cases.auditing import first_fault
from cases.database import alembic_config, engine_for, upgrade
from cases.links import check_events, commitment
from cases.models import Case, Chain, Commitment, ExceptionItem, FieldReading, LedgerEvent
from cases.sealing import seal_all, seal_batch
from cases.settings import Settings

TOOK = Attention(active_s=2.5, keys=1, first_key_s=0.8)


@pytest.fixture
def asked(session, campaign, process):
    """The batch of a response that waits for a person to say which of two offers it wants."""
    batch, _ = process(b"form", offer=("a", "b"))
    return batch


@pytest.fixture
def answered(session, settings, templates, match_reference, asked):
    """The same, answered by eva."""
    (item,) = waiting.take(session, "eva", 1)
    answer(session, Office(settings, templates, match_reference), item.id, "eva", "value", ["b"], TOOK)
    return asked


def opened(session: Session, digests: dict[str, str | None], name: str) -> object:
    """The value behind a commitment, tested against it."""
    opening = session.get(Commitment, digests[name])
    assert commitment(opening.salt, opening.value) == opening.digest
    return opening.value


def test_each_batch_has_a_chain_of_its_own_and_the_office_another(session, answered):
    chains = {event.chain for event in session.exec(select(LedgerEvent))}
    assert chains == {answered.id, "intake:paper", "office"}
    tags = session.exec(select(LedgerEvent.tag).where(LedgerEvent.chain == answered.id).order_by(LedgerEvent.seq))
    assert list(tags)[:3] == ["batch:batch:created", "reading:pages:stored", "decision:case:opened"]


def test_an_answer_is_kept_with_who_gave_it_and_what_was_there_before_and_after(session, answered):
    query = select(LedgerEvent).where(LedgerEvent.chain == answered.id).order_by(LedgerEvent.seq)
    said, *_ = [event for event in session.exec(query) if event.tag == "desk:exception:answered"]
    assert (said.who, said.facts["word"], said.facts["active_s"]) == ("person:eva", "value", 2.5)
    assert opened(session, said.after, "answer:1")["value"] == ["b"]
    (opening,) = [event for event in session.exec(query) if event.tag == "decision:case:open"]
    assert (opened(session, opening.before, "offers"), opened(session, opening.after, "offers")) == (["a", "b"], ["b"])
    assert opened(session, opening.before, "case:1")["offer"] == "a,b"
    assert opened(session, opening.after, "case:1")["offer"] == "b"
    assert opening.who.startswith("rules ")


def test_no_value_stands_in_the_ledger_in_clear(session, campaign, process):
    process(b"form", phone=("0701740605", "ok"))
    said = "".join(event.model_dump_json() for event in session.exec(select(LedgerEvent)))
    assert [word for word in ("0701740605", "Anna", "Holm") if word in said] == []


def test_an_untouched_installation_passes_the_whole_check(session, settings, answered):
    seal_batch(session, settings, answered.id)
    seal_all(session, settings)
    assert first_fault(session, settings) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET who = 'person:nobody'",
        "DELETE FROM ledger WHERE seq = 1",
        "UPDATE seal SET at = ''",
        "DELETE FROM seal",
        "UPDATE seal_stamp SET authority = ''",
        "DELETE FROM seal_stamp",
    ],
)
def test_the_database_refuses_to_change_or_delete_what_is_recorded(session, settings, answered, statement):
    seal_all(session, settings)
    session.execute(text("INSERT INTO seal_stamp (number, authority, root, token) VALUES (1, 'a', 'r', 't')"))
    session.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))


@pytest.mark.parametrize("table", ["ledger", "seal", "seal_stamp"])
def test_the_database_refuses_to_empty_or_replace_what_is_recorded(session, settings, answered, table):
    seal_all(session, settings)
    session.execute(text("INSERT INTO seal_stamp (number, authority, root, token) VALUES (1, 'a', 'r', 't')"))
    session.commit()
    way = f"REPLACE INTO {table} SELECT * FROM {table}"
    if session.get_bind().dialect.name == "postgresql":
        way = f"TRUNCATE {table} CASCADE"
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(way))


def without_triggers(session: Session, statement: str) -> None:
    """Changes the database as somebody does who owns it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        for name in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            session.execute(text(f"DROP TRIGGER {name}"))
    session.execute(text(statement))
    session.commit()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE ledger SET who = 'person:nobody' WHERE tag = 'desk:exception:answered'", "is not as it was written"),
        ("DELETE FROM ledger WHERE tag = 'desk:exception:answered'", "does not follow the event before it"),
        ("DELETE FROM ledger WHERE tag LIKE 'batch:batch:%' AND seq > 1", "does not"),
        ("DELETE FROM ledger WHERE chain = 'office'", "does not end where it did"),
        ("UPDATE seal SET at = '2020-01-01T00:00:00+00:00' WHERE number = 1", "Seal 1 is not as it was made"),
        ("DELETE FROM seal WHERE number = 2", "The seals do not reach as far"),
        ("DELETE FROM seal WHERE number = 1", "Seal 1 does not follow"),
        ("UPDATE seal SET signature = 'ab' WHERE number = 1", "Seal 1 is not signed by a key of this ledger"),
        ("UPDATE \"case\" SET offer = 'a'", "case:1 is not as the ledger has it"),
        ("UPDATE \"case\" SET reason = 'none'", "case:1 is not as the ledger has it"),
        ("UPDATE reading SET confidence = 0.5 WHERE name = 'phone'", "page:1 is not as the ledger has it"),
        ("DELETE FROM reading WHERE name = 'phone'", "page:1 is not as the ledger has it"),
        ("UPDATE answer SET active_s = 1", "answer:1 is not as the ledger has it"),
        ("UPDATE document SET received_at = '2020-01-01 00:00:00'", "document:1 is not as the ledger has it"),
        ("DELETE FROM answer", "answer:1 is gone, and no event says so"),
        (
            "UPDATE commitment SET salt = '00000000000000000000000000000000'",
            "is not the one that the ledger commits to",
        ),
        ("DELETE FROM commitment WHERE name = 'case:1'", "and no event says that it was erased"),
    ],
)
def test_what_somebody_changes_behind_our_back_is_named(session, settings, answered, statement, sentence):
    seal_batch(session, settings, answered.id)
    seal_all(session, settings)
    without_triggers(session, statement)
    session.expire_all()
    assert sentence in (first_fault(session, settings) or "")


def test_a_row_that_no_event_tells_of_is_named(session, settings, answered):
    columns = "response_id, kind, state, due, channel, opened_at"
    values = "99, 'offer', 'open', '2026-11-25', 'paper', '2026-11-25 00:00:00'"
    without_triggers(session, f'INSERT INTO "case" ({columns}) VALUES ({values})')
    assert first_fault(session, settings) == "case:2 is in no event of the ledger."


def test_code_that_records_nothing_is_in_the_ledger_all_the_same(session, settings, answered):
    case = session.exec(select(Case)).one()
    case.reason = "price"
    session.add(case)
    session.commit()
    last = session.exec(
        select(LedgerEvent).where(LedgerEvent.chain == "office").order_by(LedgerEvent.seq.desc())
    ).first()
    assert (last.chain, list(last.after)) == ("office", ["case:1"])
    assert first_fault(session, settings) is None


def test_a_transaction_that_is_rolled_back_leaves_nothing_for_the_next_event(session, settings, answered):
    case = session.exec(select(Case)).one()
    case.reason = "price"
    session.add(case)
    session.flush()
    session.rollback()
    made = ledger.record(session, "desk:person:locked", 1)
    session.commit()
    assert made.after == {}
    assert first_fault(session, settings) is None


def test_drafts_and_leases_are_no_evidence(session, settings, asked):
    count = len(session.exec(select(LedgerEvent)).all())
    item = session.exec(select(ExceptionItem)).one()
    item.draft, item.leased_by = {"word": "value", "value": "x"}, "eva"
    session.add(item)
    session.commit()
    assert len(session.exec(select(LedgerEvent)).all()) == count
    assert first_fault(session, settings) is None


def test_a_person_can_be_forgotten_and_every_chain_still_verifies(session, settings, answered):
    seal_all(session, settings)
    for reading in session.exec(select(FieldReading)):
        reading.value, reading.alternatives = None, []
        session.add(reading)
    assert ledger.forget(session, [1], who="person:olle", subscriber="S1") > 5
    session.commit()
    assert first_fault(session, settings) is None
    left = session.exec(select(Commitment)).all()
    assert "Anna" not in "".join(one.model_dump_json() for one in left)
    (case,) = [one for one in session.exec(select(LedgerEvent)) if one.tag == "decision:case:opened"]
    assert session.get(Commitment, case.after["case:1"]) is None


def test_many_who_append_at_once_make_whole_chains(settings, session):
    engine = engine_for(settings)

    def append(number: int) -> None:
        with Session(engine) as own:
            for _ in range(5):
                ledger.record(own, "batch:batch:test", number, batch=f"B-{number % 3}")
                own.commit()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(append, range(12)))
    engine.dispose()
    assert {chain.name: chain.seq for chain in session.exec(select(Chain))} == {"B-0": 20, "B-1": 20, "B-2": 20}
    assert ledger.verify_chain(session) is None


@pytest.mark.postgres
def test_workers_on_two_batches_do_not_wait_for_each_other(postgres_database, tmp_path):
    settings = Settings(data=tmp_path, database_url=postgres_database)
    upgrade(settings)
    engine = engine_for(settings)
    with Session(engine) as one, Session(engine) as other:
        ledger.record(one, "batch:batch:test", 1, batch="B-1")
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        ledger.record(other, "batch:batch:test", 2, batch="B-2")
        other.commit()
        one.commit()
    engine.dispose()


def test_the_chain_of_an_earlier_version_keeps_its_hashes_and_still_verifies(database_url, tmp_path):
    settings = Settings(data=tmp_path, database_url=database_url)
    engine = engine_for(settings)
    content = {
        "seq": 1, "tag": "intake:document:received", "subject": "1", "facts": {"sha256": "ä"},
        "at": "2026-11-24T10:00:00+00:00", "previous": "0" * 64,
    }  # fmt: skip
    said = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    old = content | {"hash": hashlib.sha256(said.encode()).hexdigest()}
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0005")
        names = ", ".join(old)
        values = ", ".join(f":{name}" for name in old)
        row = old | {"facts": json.dumps(old["facts"])}
        connection.execute(text(f"INSERT INTO ledger ({names}) VALUES ({values})"), row)
        document = "INSERT INTO document (sha256, name, bytes, channel, source, state, received_at) VALUES "
        connection.execute(text(f"{document} ('{'a' * 64}', 'x', 1, 'paper', 'paper', 'done', '2026-11-24 10:00:00')"))
    upgrade(settings)
    upgrade(settings)
    with Session(engine) as session:
        (kept,) = session.exec(select(LedgerEvent).where(LedgerEvent.chain == "0")).all()
        assert (kept.hash, kept.facts) == (old["hash"], {"sha256": "ä"})
        assert check_events([ledger.as_dict(kept)]) is None
        adopted = session.exec(select(LedgerEvent).where(LedgerEvent.chain == "adopted")).all()
        assert [list(one.after) for one in adopted] == [["document:1"]]
        assert "The original of document:1 is missing" in (first_fault(session, settings) or "")
    engine.dispose()
