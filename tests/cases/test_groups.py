"""Questions that are alike, confirmed together but for the odd ones."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, select

from cases import answering, batches, ledger, pipeline, storing, waiting
from cases.alike import groups_for, take_group
from cases.answering import Attention, Office, answer, undo
from cases.checking import check_response
from cases.clock import now
from cases.confirming import confirm
from cases.database import engine_for
from cases.models import Answer, AnswerGroup, Case, ExceptionItem, FieldReading, Keyed, LedgerEvent
from cases.proposing import proposal_of
from cases.query import Printed
from cases.rules import Context
from ocr.template.model import Template

UNSIGNED = "signature:false"
TOOK = Attention(active_s=6.0, keys=3, first_key_s=2.5)
ONE = Attention(active_s=1.0, keys=1)


@pytest.fixture
def office(settings, templates, match_reference):
    return Office(settings, templates, match_reference)


@pytest.fixture
def unsigned(session, campaign, process):
    """Three forms that nobody seems to have signed; the ids of their questions."""
    for number in range(3):
        process(b"%d" % number, signed=False)
    return [item.id for item in session.exec(select(ExceptionItem).order_by(ExceptionItem.id))]


def take(session, templates, person, group=UNSIGNED):
    return [asked.id for asked, _ in take_group(session, templates, person, group)]


def open_ids(session):
    return session.exec(select(ExceptionItem.id).where(ExceptionItem.state == "open").order_by(ExceptionItem.id)).all()


def test_questions_with_the_same_reading_are_a_group_and_others_are_not(session, templates, unsigned, process):
    process(b"two ticks", offer=("a", "b"))
    process(b"doubtful", phone=("0701740699", "doubtful"))
    (group,) = groups_for(session, "eva")
    assert (group.group, group.count, group.example) == (UNSIGNED, 3, unsigned[0])
    assert [proposal.value for _, proposal in take_group(session, templates, "eva", UNSIGNED)] == [False] * 3
    assert groups_for(session, "nils") == []


def test_confirming_answers_all_but_the_odd_ones(session, office, templates, unsigned):
    odd, *rest = take(session, templates, "eva")
    found = confirm(session, office, "eva", UNSIGNED, dict.fromkeys(rest, False), [odd], TOOK)
    assert (found.done, found.odd, found.refused) == (tuple(rest), (odd,), {})
    assert open_ids(session) == [odd]
    assert [(one.person, one.said, one.right) for one in session.exec(select(Keyed))] == [("eva", False, True)] * 2
    assert ledger.verify_chain(session) is None
    tags = [event.tag for event in session.exec(select(LedgerEvent))]
    assert (tags.count("desk:exception:answered"), tags.count("desk:exception:odd")) == (2, 1)


def test_time_and_keys_of_a_group_are_kept_as_measured_and_shared_out_evenly(session, office, templates, unsigned):
    odd, *rest = take(session, templates, "eva")
    confirm(session, office, "eva", UNSIGNED, dict.fromkeys(rest, False), [odd], TOOK)
    together = session.exec(select(AnswerGroup)).one()
    assert (together.answers, together.active_s, together.keys, together.first_key_s) == (2, 6.0, 3, 2.5)
    kept = [(one.active_s, one.keys, one.first_key_s, one.group_id) for one in session.exec(select(Answer))]
    assert kept == [(3.0, 1.5, None, together.id)] * 2


def test_an_odd_one_comes_first_in_the_queue_of_its_person_and_is_in_no_group_again(
    session, office, templates, unsigned, process
):
    *rest, odd = take(session, templates, "eva")
    process(b"urgent", phone=("0701740699", "doubtful"))
    session.exec(select(ExceptionItem).where(ExceptionItem.field == "phone")).one().due = dt.date(2020, 1, 1)
    session.commit()
    confirm(session, office, "eva", UNSIGNED, {}, [odd], TOOK)
    waiting.give_back(session, "eva", rest)
    assert waiting.take_next(session, "eva", 2)[0].id == odd
    assert odd not in [one.id for one in waiting.take_next(session, "nils", 9)]
    waiting.give_back(session, "eva", [odd])
    assert odd not in take(session, templates, "olle")
    assert odd in [one.id for one in waiting.take_next(session, "olle", 9)]


def test_a_group_is_taken_back_in_one_step(session, office, templates, unsigned):
    first, *rest = take(session, templates, "eva")
    answer(session, office, first, "eva", "value", True, ONE)
    confirm(session, office, "eva", UNSIGNED, dict.fromkeys(rest, False), [], TOOK)
    assert session.exec(select(Case)).one().state == "open"
    assert sorted(one.id for one in undo(session, office, "eva")) == rest
    assert (open_ids(session), session.exec(select(Case)).one().state) == (rest, "waiting")
    assert len(session.exec(select(Keyed)).all()) == 1
    assert [one.id for one in undo(session, office, "eva")] == [first]
    assert undo(session, office, "eva") == []
    assert take(session, templates, "eva") == unsigned


def test_a_group_is_one_of_the_last_steps_that_can_be_taken_back(
    session, office, templates, unsigned, process, monkeypatch
):
    monkeypatch.setattr(answering, "UNDONE_AT_MOST", 3)
    confirm(session, office, "eva", UNSIGNED, dict.fromkeys(take(session, templates, "eva"), False), [], TOOK)
    for number in range(3):
        process(b"phone %d" % number, phone=("0701740699", "doubtful"))
    ids = [one.id for one in waiting.take(session, "eva", 20)]
    for one in ids[:2]:
        answer(session, office, one, "eva", "unreadable", None, ONE)
    assert [len(undo(session, office, "eva")) for _ in range(4)] == [1, 1, 3, 0]
    confirm(session, office, "eva", UNSIGNED, dict.fromkeys(take(session, templates, "eva"), False), [], TOOK)
    for one in [one.id for one in waiting.take(session, "eva", 20)]:
        answer(session, office, one, "eva", "unreadable", None, ONE)
    assert [len(undo(session, office, "eva")) for _ in range(4)] == [1, 1, 1, 0]


def test_what_is_not_yours_or_answered_or_changed_is_refused_and_the_rest_taken(session, office, templates, unsigned):
    theirs, other, good = take(session, templates, "eva")
    assert confirm(session, office, "nils", UNSIGNED, {theirs: False}, [theirs], TOOK).refused == {theirs: "not-yours"}
    waiting.give_back(session, "eva", [theirs])
    waiting.take(session, "nils", 1)
    shown = {theirs: False, other: True, good: False, 999: False}
    found = confirm(session, office, "eva", UNSIGNED, shown, [theirs], TOOK)
    assert (found.done, found.odd) == ((good,), ())
    assert found.refused == {theirs: "not-yours", other: "changed", 999: "unknown"}
    again = confirm(session, office, "eva", UNSIGNED, {good: False}, [], TOOK)
    assert (again.done, again.refused) == ((), {good: "answered"})
    assert len(session.exec(select(Answer)).all()) == 1


def test_what_is_odd_is_never_confirmed_whatever_the_request_says(session, office, templates, unsigned):
    both, *_ = take(session, templates, "eva")
    assert confirm(session, office, "eva", UNSIGNED, {both: False}, [both], TOOK).done == ()
    assert session.exec(select(Answer)).all() == []
    assert confirm(session, office, "eva", UNSIGNED, {both: False}, [], TOOK).refused == {both: "changed"}


def test_a_reading_that_has_changed_is_asked_alone(session, office, templates, unsigned):
    first, *rest = take(session, templates, "eva")
    reading = session.exec(select(FieldReading).where(FieldReading.kind == "signature")).first()
    reading.value = True
    session.add(reading)
    session.commit()
    assert confirm(session, office, "eva", UNSIGNED, {first: False}, [], TOOK).refused == {first: "changed"}
    assert take(session, templates, "eva") == rest
    assert first in [one.id for one in waiting.take_next(session, "nils", 5)]


def test_a_group_that_is_left_goes_back_when_its_time_is_over(session, templates, unsigned, monkeypatch):
    assert take(session, templates, "eva") == unsigned
    assert take(session, templates, "nils") == []
    later = now() + dt.timedelta(minutes=16)
    monkeypatch.setattr(waiting, "now", lambda: later)
    assert take(session, templates, "nils") == unsigned


def test_two_who_take_a_group_at_once_never_share_a_question(session, settings, templates, unsigned):
    asked = session.get(ExceptionItem, unsigned[0]).model_dump(exclude={"id", "key"})
    session.add_all(ExceptionItem(**asked, key=f"copy:{number}") for number in range(67))
    session.commit()

    def work(person: str) -> list[int]:
        engine = engine_for(settings)
        with Session(engine) as own:
            found = take(own, templates, person)
        engine.dispose()
        return found

    with ThreadPoolExecutor(3) as pool:
        shares = list(pool.map(work, ("eva", "nils", "olle")))
    taken = [one for share in shares for one in share]
    assert len(taken) == len(set(taken)) == 70
    assert max(map(len, shares)) == 30


def test_of_two_pages_that_answer_differently_neither_is_confirmed_at_a_glance(
    session, settings, campaign, drop, page, templates, match_reference
):
    taken = drop(b"x")
    batch = batches.create_batch(session, "paper")
    pipeline.plan_batch(session, settings, batch.id, lambda path, name: 2, settings.store.path_of)
    first, second = page(taken.sha256), page(taken.sha256, number=2, offer=("b",))
    storing.store_pages(session, settings, batch.id, [first, second])
    offer = session.exec(select(FieldReading).where(FieldReading.name == "offer")).first()
    offer.status = "doubtful"
    session.add(offer)
    session.commit()
    pipeline.decide_chunk(session, settings, batch.id, templates, match_reference)
    asked = session.exec(select(ExceptionItem).where(ExceptionItem.field == "offer")).one()
    assert (asked.rule, asked.alike) == ("doubtful", None)


BOXES = {"a": {"box": [10, 50, 4, 4]}, "b": {"box": [10, 60, 4, 4]}}
FORM = Template.model_validate(
    {
        "name": "form", "code": "FORM", "title": "Form", "page": {"size": "A4"}, "country": "SE",
        "marks": {"method": "aruco", "ids": [0, 1, 2, 3]},
        "fields": {
            "tick": {"kind": "tick", "box": [10, 10, 4, 4]},
            "stamp": {"kind": "stamp", "box": [10, 10, 4, 4]},
            "one": {"kind": "choice", "options": BOXES},
            "many": {"kind": "choice", "multiple": True, "options": BOXES},
            "score": {"kind": "comb", "cells": 1, "charset": "digits", "box": [10, 10, 4, 4]},
            "postcode": {"kind": "comb", "cells": 5, "charset": "digits", "rules": ["postcode"], "box": [10, 10, 4, 4]},
            "phone": {"kind": "comb", "cells": 9, "charset": "digits", "box": [10, 10, 4, 4]},
            "city": {"kind": "handprint", "box": [10, 10, 4, 4]},
        },
    }
)  # fmt: skip


def read(name: str, value: object, sure: float = 0.9, crop: str | None = "x", **more: object) -> FieldReading:
    kind = FORM.fields[name].kind
    return FieldReading(
        page_id=1, name=name, kind=kind, value=value, confidence=sure, status="doubtful", reader="1", crop=crop, **more
    )


@pytest.mark.parametrize(
    ("reading", "group"),
    [
        (read("tick", True), "tick:true"),
        (read("stamp", False), "stamp:false"),
        (read("one", ["b"]), "choice:form.one:b"),
        (read("one", []), "choice:form.one:"),
        (read("one", ["a", "b"]), None),
        (read("one", ["gone"]), None),
        (read("many", ["b", "a"]), "choice:form.many:a,b"),
        (read("score", "7"), "digit:7"),
        (read("score", "7", 0.4), None),
        (read("score", "7", alternatives=[["1", 0.6], ["7", 0.4]]), None),
        (read("postcode", "39231"), "number:5"),
        (read("phone", "070174069"), None),
        (read("phone", "0701?"), None),
        (read("city", "7"), None),
        (read("tick", True, crop=None), None),
        (None, None),
    ],
)
def test_only_what_a_glance_confirms_is_proposed(reading, group):
    proposal = proposal_of(FORM, reading.name if reading else "tick", reading)
    assert (proposal.group if proposal else None) == group


@pytest.mark.parametrize(("value", "group"), [("39231", "number:5"), ("09231", None)])
def test_a_reading_that_breaks_a_rule_of_its_field_is_in_no_group(value, group):
    context = Context("SE", dt.date(2026, 1, 1))
    (question,) = check_response(FORM, {"postcode": read("postcode", value)}, Printed(), None, context)
    assert (question.rule, question.alike) == ("doubtful", group)
