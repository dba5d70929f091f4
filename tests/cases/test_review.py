"""The queue and the answers of the review desk."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, select

from cases import ledger, waiting
from cases.answering import Attention, Office, Refused, answer, undo
from cases.clock import now
from cases.database import engine_for
from cases.models import Answer, Case, ExceptionItem, Keyed, Response
from cases.said import said_of
from matching.base import Subscriber, import_subscribers
from matching.matcher import Matcher

TOOK = Attention(active_s=2.5, keys=1, first_key_s=0.8)


@pytest.fixture
def office(settings, templates, match_reference):
    return Office(settings, templates, match_reference)


@pytest.fixture
def asked(session, campaign, process):
    """A response with a doubtful phone and two ticked offers."""
    process(b"form", phone=("0701740699", "doubtful"), offer=("a", "b"))
    return {item.field: item for item in session.exec(select(ExceptionItem)).all()}


def test_an_answered_response_opens_its_case(session, office, asked):
    mine = waiting.take(session, "eva", 10)
    assert {item.field for item in mine} == {"phone", "offer"}
    answer(session, office, asked["phone"].id, "eva", "value", "0701740605", TOOK)
    assert session.exec(select(Case)).one().state == "waiting"
    answer(session, office, asked["offer"].id, "eva", "value", ["b"], TOOK)
    case = session.exec(select(Case)).one()
    assert (case.state, case.offer, case.subscriber_id) == ("open", "b", "S1")
    assert session.exec(select(Response)).one().state == "case"
    assert ledger.verify_chain(session) is None


def test_an_answer_of_somebody_else_or_a_second_one_is_refused(session, office, asked):
    waiting.take(session, "eva", 10)
    phone = asked["phone"].id
    assert answer(session, office, phone, "nils", "value", "1", TOOK) == Refused("not-yours")
    assert answer(session, office, phone, "eva", "subscriber", "S1", TOOK) == Refused("word")
    assert answer(session, office, phone, "eva", "value", None, TOOK) == Refused("word")
    assert isinstance(answer(session, office, phone, "eva", "unreadable", None, TOOK), Answer)
    assert answer(session, office, phone, "eva", "value", "2", TOOK) == Refused("answered")
    assert answer(session, office, 999, "eva", "value", "2", TOOK) == Refused("unknown")
    assert said_of(session, asked["phone"].response_id).values == {"phone": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", True), ("phone", ["a"]), ("offer", "b"), ("offer", True), ("offer", ["z"]), ("offer", ["a", "b"])],
)
def test_a_value_of_another_kind_than_the_field_is_refused(session, office, asked, field, value):
    waiting.take(session, "eva", 10)
    assert answer(session, office, asked[field].id, "eva", "value", value, TOOK) == Refused("word")
    assert session.get(ExceptionItem, asked[field].id).state == "open"


def test_an_answer_tells_the_thresholds_whether_the_machine_was_right_until_it_is_taken_back(session, office, asked):
    waiting.take(session, "eva", 10)
    answer(session, office, asked["phone"].id, "eva", "value", "0701740605", TOOK)
    answer(session, office, asked["offer"].id, "eva", "value", ["b"], TOOK)
    keyed = {one.field: one for one in session.exec(select(Keyed))}
    assert (keyed["phone"].offered, keyed["phone"].said, keyed["phone"].right) == ("0701740699", "0701740605", False)
    assert (keyed["phone"].person, keyed["phone"].active_s, keyed["phone"].template) == ("eva", 2.5, "card")
    assert (keyed["offer"].offered, keyed["offer"].said) == (["a", "b"], ["b"])
    undo(session, office, "eva")
    assert [one.field for one in session.exec(select(Keyed))] == ["phone"]
    assert ledger.verify_chain(session) is None


def test_writing_that_nobody_can_read_says_nothing_on_the_machine(session, office, asked):
    waiting.take(session, "eva", 10)
    answer(session, office, asked["phone"].id, "eva", "unreadable", None, TOOK)
    assert session.exec(select(Keyed)).all() == []


def test_a_sender_who_is_not_in_the_base_is_refused(session, office, campaign, process):
    process(b"form", code_status="doubtful")
    (item,) = waiting.take(session, "eva", 5)
    assert answer(session, office, item.id, "eva", "subscriber", "S-none", TOOK) == Refused("word")


def test_an_answer_can_be_taken_back_and_given_anew(session, office, asked):
    waiting.take(session, "eva", 10)
    for field, value in (("phone", "1"), ("offer", ["a"])):
        answer(session, office, asked[field].id, "eva", "value", value, TOOK)
    assert [one.field for one in undo(session, office, "eva")] == ["offer"]
    assert [one.field for one in undo(session, office, "eva")] == ["phone"]
    assert undo(session, office, "eva") == []
    assert session.exec(select(Case)).one().state == "waiting"
    answer(session, office, asked["phone"].id, "eva", "value", "2", TOOK) if waiting.take(session, "eva", 9) else None
    assert said_of(session, asked["phone"].response_id).values == {"phone": "2"}


def test_the_sender_is_picked_and_the_case_is_theirs(session, settings, templates, campaign, process):
    session.add(Subscriber(id="S2", first_name="Nils", last_name="Berg"))
    session.commit()
    process(b"form", code_status="doubtful")
    (item,) = waiting.take(session, "eva", 5)
    assert item.kind == "match"
    office = Office(settings, templates, lambda query, mailed: Matcher(session).match(query, mailed))
    answer(session, office, item.id, "eva", "subscriber", "S2", TOOK)
    assert session.exec(select(Case)).one().subscriber_id == "S2"
    assert session.exec(select(Case)).one().state == "open"
    undo(session, office, "eva")
    assert session.exec(select(Case)).one().subscriber_id is None


def test_a_corrected_field_looks_the_sender_up_again(session, settings, templates, campaign, process):
    person = {"id": "S7", "name": "Anna Holm", "phone": "0701740609", "customer_number": "", "street": "Ringvägen 3"}
    import_subscribers(session, [person, {"id": "S8", "name": "Kurt Zimmer"}])
    session.commit()
    process(b"form", code_status="doubtful", phone=("0701740600", "doubtful"))
    items = {item.field: item for item in waiting.take(session, "eva", 5)}
    office = Office(settings, templates, lambda query, mailed: Matcher(session).match(query, mailed))
    answer(session, office, items["phone"].id, "eva", "value", "0701740609", TOOK)
    case = session.exec(select(Case)).one()
    assert (case.subscriber_id, case.state) == ("S7", "open")
    assert session.get(ExceptionItem, items[None].id).state == "obsolete"


def test_the_queue_goes_by_due_date_and_two_persons_get_different_work(session, office, asked):
    asked["offer"].due = dt.date(2020, 1, 1)
    session.add(asked["offer"])
    session.commit()
    assert [item.field for item in waiting.take(session, "eva", 1)] == ["offer"]
    assert [item.field for item in waiting.take(session, "nils", 5)] == ["phone"]
    assert waiting.take(session, "olle", 5) == []
    assert [item.field for item in waiting.take(session, "eva", 5)] == ["offer"]


def test_after_a_quarter_of_an_hour_of_silence_the_work_goes_back_with_its_draft(session, asked, monkeypatch):
    (item, _) = waiting.take(session, "eva", 5)
    assert waiting.keep_draft(session, "eva", item.id, {"value": "0701"})
    assert not waiting.keep_draft(session, "nils", item.id, {"value": "x"})
    assert waiting.hold(session, "eva", [item.id]) == [item.id]
    later = now() + dt.timedelta(minutes=16)
    monkeypatch.setattr(waiting, "now", lambda: later)
    found = {one.id: one for one in waiting.take(session, "nils", 5)}
    assert found[item.id].draft == {"value": "0701"}
    assert waiting.hold(session, "eva", [item.id]) == []


def test_what_is_given_back_is_free_at_once(session, asked):
    ids = [item.id for item in waiting.take(session, "eva", 5)]
    waiting.give_back(session, "eva", ids)
    assert [item.id for item in waiting.take(session, "nils", 5)] == ids


def test_many_who_ask_at_once_never_share_an_exception(session, settings, campaign, process):
    for number in range(10):
        process(b"%d" % number, phone=("0701740699", "doubtful"), offer=("a", "b"), signed=True)
    session.commit()

    def work(person: str) -> list[int]:
        engine = engine_for(settings)
        with Session(engine) as own:
            found = [item.id for _ in range(3) for item in waiting.take(own, f"{person}-{_}", 2)]
        engine.dispose()
        return found

    with ThreadPoolExecutor(4) as pool:
        taken = [item for found in pool.map(work, "abcd") for item in found]
    assert len(taken) == len(set(taken)) > 0
