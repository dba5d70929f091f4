"""What a person keys in a critical field is keyed again by another; where they differ, a third settles it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import col, select

from cases import ledger, waiting
from cases.agreeing import same_said
from cases.answering import Office, Refused, answer, undo
from cases.auditing import first_fault
from cases.models import Case, Checked, ExceptionItem, Keyed
from cases.rules import Context
from cases.said import said_of
from cases.second_keying import differing
from ocr.template.loading import TemplateSet
from ocr.template.model import CombField, HandprintField, TickField
from tests.cases.quality import TOOK, gets, key, open_of

BOX = (10, 10, 60, 6)
CONTEXT = Context("SE", dt.date(2026, 11, 25))


@pytest.fixture
def templates(templates, tmp_path):
    """The card, its phone and its offer critical."""
    card = templates.by_name["card"]
    fields = {
        name: field.model_copy(update={"critical": name in ("phone", "offer")}) for name, field in card.fields.items()
    }
    return TemplateSet(((card.model_copy(update={"fields": fields}), tmp_path, "h" * 64),))


@pytest.fixture
def office(settings, templates, match_reference):
    return Office(settings, templates, match_reference)


@pytest.fixture
def response(campaign, process):
    """A form whose phone was read with doubt."""
    return process(b"form", phone=("0701740699", "doubtful"))[1]


def state(session) -> str:
    return session.exec(select(Case)).one().state


def test_two_who_key_the_same_settle_a_critical_field(session, office, response):
    key(session, office, "eva", "070-174 06 05")
    assert (state(session), open_of(session, "phone")) == ("waiting", ["second"])
    key(session, office, "nils", "+46701740605")
    assert (state(session), open_of(session, "phone")) == ("open", [])
    assert said_of(session, response.id).values == {"phone": "070-174 06 05"}
    assert ledger.verify_chain(session) is None


def test_a_difference_is_settled_by_a_third_whose_word_holds(session, office, response):
    key(session, office, "eva", "0701740605")
    key(session, office, "nils", "0701740665")
    assert (state(session), open_of(session, "phone")) == ("waiting", ["third"])
    key(session, office, "olle", "0701740665")
    assert (state(session), open_of(session, "phone")) == ("open", [])
    assert said_of(session, response.id).values == {"phone": "0701740665"}
    assert {one.person: one.right for one in session.exec(select(Checked))} == {
        "eva": False, "nils": True, "olle": True,
    }  # fmt: skip


def test_nobody_is_asked_twice_about_one_field_of_one_form(session, office, response):
    key(session, office, "eva", "0701740605")
    assert not gets(session, "eva") and gets(session, "nils")
    key(session, office, "nils", "0701740665")
    assert not gets(session, "eva") and not gets(session, "nils") and gets(session, "olle")


def test_a_lease_that_came_about_some_other_way_does_not_let_the_same_person_answer_again(session, office, response):
    key(session, office, "eva", "0701740605")
    (second,) = session.exec(select(ExceptionItem).where(ExceptionItem.purpose == "second")).all()
    second.leased_by = "eva"
    session.commit()
    assert answer(session, office, second.id, "eva", "value", "0701740605", TOOK) == Refused("not-yours")


def test_who_took_an_answer_back_is_not_asked_as_the_second_either(session, office, response):
    key(session, office, "eva", "0701740605")
    (asked,) = undo(session, office, "eva")
    assert (asked.purpose, open_of(session, "phone")) == ("ask", ["ask"])
    key(session, office, "nils", "0701740605")
    assert not gets(session, "eva") and not gets(session, "nils") and gets(session, "olle")


def test_the_first_taken_back_leaves_the_second_and_is_asked_anew(session, office, response):
    key(session, office, "eva", "0701740605")
    key(session, office, "nils", "0701740665")
    undo(session, office, "eva")
    assert (state(session), open_of(session, "phone")) == ("waiting", ["ask"])
    assert not gets(session, "nils")
    key(session, office, "eva", "0701740665")
    assert (state(session), open_of(session, "phone")) == ("open", [])


def test_the_second_taken_back_is_asked_again(session, office, response):
    key(session, office, "eva", "0701740605")
    key(session, office, "nils", "0701740605")
    assert undo(session, office, "nils")[0].purpose == "second"
    assert (state(session), open_of(session, "phone")) == ("waiting", ["second"])
    assert session.exec(select(Checked)).all() == []


def test_a_settlement_falls_with_the_keying_it_rests_on(session, settings, office, response):
    for person, value in (("eva", "0701740605"), ("nils", "0701740665"), ("olle", "0701740605")):
        key(session, office, person, value)
    assert state(session) == "open"
    undo(session, office, "nils")
    assert (state(session), open_of(session, "phone")) == ("waiting", ["second"])
    assert {one.person for one in session.exec(select(Keyed))} == {"eva"}
    key(session, office, "nils", "0701740605")
    assert (state(session), open_of(session, "phone")) == ("open", [])
    assert first_fault(session, settings) is None


def test_the_third_taken_back_is_asked_again(session, office, response):
    for person, value in (("eva", "0701740605"), ("nils", "0701740665"), ("olle", "0701740605")):
        key(session, office, person, value)
    assert undo(session, office, "olle")[0].purpose == "third"
    assert (state(session), open_of(session, "phone")) == ("waiting", ["third"])


def test_two_who_both_cannot_read_it_agree(session, office, response):
    key(session, office, "eva", None)
    key(session, office, "nils", None)
    assert (state(session), said_of(session, response.id).values) == ("open", {"phone": None})


def test_ticks_are_compared_as_sets(session, office, campaign, process):
    process(b"form", offer=("a", "b"))
    key(session, office, "eva", ["b"], "offer")
    assert open_of(session, "offer") == ["second"]
    key(session, office, "nils", ["a"], "offer")
    assert open_of(session, "offer") == ["third"]
    key(session, office, "olle", ["a"], "offer")
    assert session.exec(select(Case)).one().offer == "a"


def test_what_the_machine_took_is_not_asked(session, campaign, process):
    process(b"form", phone=("0701740605", "ok"))
    assert session.exec(select(ExceptionItem)).all() == []


def test_a_field_that_is_not_critical_is_keyed_once(session, settings, match_reference, response, templates):
    card = templates.by_name["card"]
    fields = {name: replaced.model_copy(update={"critical": False}) for name, replaced in card.fields.items()}
    plain = TemplateSet(((card.model_copy(update={"fields": fields}), settings.data, "h" * 64),))
    key(session, Office(settings, plain, match_reference), "eva", "0701740605")
    assert (state(session), open_of(session, "phone")) == ("open", [])


def test_the_two_values_come_in_an_order_that_tells_nothing(session, office, campaign, process):
    orders = set()
    for number in range(8):
        process(b"%d" % number, phone=("0701740699", "doubtful"))
        key(session, office, "eva", "0701740605")
        key(session, office, "nils", "0701740665")
        (third,) = waiting.take(session, "olle", 1, col(ExceptionItem.purpose) == "third")
        values = differing(session, third)
        assert sorted(values) == ["0701740605", "0701740665"] and values == differing(session, third)
        orders.add(tuple(values))
        answer(session, office, third.id, "olle", "value", values[0], replace(TOOK))
    assert len(orders) == 2


@pytest.mark.parametrize(
    ("design", "one", "other"),
    [
        (CombField(kind="comb", box=BOX, cells=10, charset="digits"), "12 34", "1234"),
        (CombField(kind="comb", box=BOX, cells=10, charset="upper"), "ab c", "ABC"),
        (CombField(kind="comb", box=BOX, cells=10, role="phone"), "070-174 06 05", "+46 70 174 06 05"),
        (CombField(kind="comb", box=BOX, cells=8, charset="date"), "2026-11-25", "25.11.2026"),
        (HandprintField(kind="handprint", box=BOX, charset="email"), "Eva @example.com", "eva@example.com"),
        (HandprintField(kind="handprint", box=BOX), "Stor  gatan 1", "stor gatan 1"),
        (TickField(kind="tick", box=BOX), True, True),
    ],
)
def test_the_same_value_typed_another_way_is_the_same(design, one, other):
    assert same_said(design, CONTEXT, one, other)


@pytest.mark.parametrize(
    ("design", "one", "other"),
    [
        (CombField(kind="comb", box=BOX, cells=10, charset="digits"), "1234", "1243"),
        (CombField(kind="comb", box=BOX, cells=8, charset="date"), "2026-11-25", "2026-11-24"),
        (CombField(kind="comb", box=BOX, cells=10, role="phone"), "0701740605", "0701740606"),
        (HandprintField(kind="handprint", box=BOX), "", None),
        (TickField(kind="tick", box=BOX), True, False),
    ],
)
def test_other_values_are_not_the_same(design, one, other):
    assert not same_said(design, CONTEXT, one, other)
