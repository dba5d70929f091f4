"""A share of the automatic readings is checked blind, with a few answers that are known already."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, col, select

from cases import ledger, persons, waiting
from cases.answering import Office, answer, undo
from cases.auditing import first_fault
from cases.models import Case, Checked, Document, ExceptionItem, FieldReading, Response
from cases.said import said_of
from cases.sampling import is_automatic, part_of
from cases.settings import Settings
from ocr.template.model import CombField, SignatureField
from tests.cases.quality import TOOK, gets, key, open_of

SURE = ("0701740605", "ok")


@pytest.fixture
def share() -> float:
    """Every automatic reading is a sample."""
    return 1.0


@pytest.fixture
def settings(settings: Settings, share: float) -> Settings:
    return settings.model_copy(update={"sample_share": share})


@pytest.fixture
def office(settings, templates, match_reference):
    return Office(settings, templates, match_reference)


@pytest.fixture
def boss(session: Session) -> str:
    persons.add_person(session, "boss", "Boss", "supervisor", None)
    persons.add_person(session, "clerk", "Clerk", "clerk", None)
    session.commit()
    return "boss"


def purposes(session: Session) -> dict[str, str]:
    return {item.field: item.purpose for item in session.exec(select(ExceptionItem)) if item.state == "open"}


def test_samples_are_asked_of_automatic_readings_and_delay_no_case(session, office, campaign, process):
    response = process(b"form", phone=SURE)[1]
    assert purposes(session) == dict.fromkeys(("name", "offer", "phone", "signature"), "sample")
    assert (response.verdict, response.state, session.exec(select(Case)).one().state) == ("auto", "case", "open")
    key(session, office, "eva", SURE[0])
    assert session.exec(select(Case)).one().state == "open"
    assert ledger.verify_chain(session) is None


def test_a_question_that_is_asked_anyway_is_no_sample(session, campaign, process):
    process(b"form", phone=("0701740699", "doubtful"))
    assert purposes(session)["phone"] == "ask"
    case = session.exec(select(Case)).one()
    assert case.state == "waiting"


def test_a_case_opens_although_its_samples_wait(session, office, campaign, process):
    process(b"form", phone=("0701740699", "doubtful"))
    key(session, office, "eva", SURE[0])
    assert session.exec(select(Case)).one().state == "open"
    assert session.exec(select(Response)).one().state == "case"
    assert set(purposes(session)) == {"name", "offer", "signature"}


def test_a_sample_that_agrees_proves_the_machine_right(session, office, campaign, process):
    process(b"form", phone=SURE)
    key(session, office, "eva", "070 174 06 05")
    (checked,) = session.exec(select(Checked)).all()
    assert (checked.machine_right, checked.right, checked.truth) == (True, True, SURE[0])
    assert (checked.template, checked.field, checked.reader, checked.person) == ("card", "phone", "test 1", "eva")
    assert open_of(session, "phone") == []


def test_a_sample_that_differs_changes_nothing_until_a_supervisor_has_ruled(session, office, boss, campaign, process):
    response = process(b"form", offer=("a",))[1]
    key(session, office, "eva", ["b"], "offer")
    case = session.exec(select(Case)).one()
    assert (case.offer, case.state, said_of(session, response.id).values) == ("a", "open", {})
    assert open_of(session, "offer") == ["ruling"]
    (checked,) = session.exec(select(Checked)).all()
    assert (checked.machine_right, checked.right) == (None, None)
    assert not gets(session, "clerk", "offer") and not gets(session, "eva", "offer")
    key(session, office, boss, ["b"], "offer")
    session.refresh(case)
    assert (case.offer, case.state) == ("b", "open")
    found = {one.person: (one.machine_right, one.right) for one in session.exec(select(Checked))}
    assert found == {"eva": (False, True), "boss": (None, True)}


def test_a_ruling_for_the_machine_charges_the_person(session, office, boss, campaign, process):
    process(b"form", offer=("a",))
    key(session, office, "eva", ["b"], "offer")
    key(session, office, boss, ["a"], "offer")
    assert session.exec(select(Case)).one().offer == "a"
    eva = session.exec(select(Checked).where(Checked.person == "eva")).one()
    assert (eva.machine_right, eva.right) == (True, False)


def test_a_sample_taken_back_takes_its_ruling_along(session, settings, office, campaign, process):
    process(b"form", offer=("a",))
    key(session, office, "eva", ["b"], "offer")
    undo(session, office, "eva")
    assert open_of(session, "offer") == ["sample"]
    key(session, office, "eva", ["a"], "offer")
    assert open_of(session, "offer") == []
    assert [one.right for one in session.exec(select(Checked))] == [True]
    assert first_fault(session, settings) is None


def test_a_ruling_comes_back_when_the_answer_is_changed_to_a_difference_again(session, office, campaign, process):
    process(b"form", offer=("a",))
    for value in (["b"], ["a"], []):
        key(session, office, "eva", value, "offer")
        undo(session, office, "eva")
    key(session, office, "eva", ["b"], "offer")
    assert open_of(session, "offer") == ["ruling"]


def test_a_known_answer_is_shown_to_somebody_else_and_measures_them_alone(session, office, boss, campaign, process):
    process(b"form", offer=("a",))
    key(session, office, "eva", ["b"], "offer")
    key(session, office, boss, ["b"], "offer")
    first = session.exec(select(Document)).one()
    first.received_at -= dt.timedelta(days=30)
    session.commit()
    for number in range(12):
        process(b"%d" % number)
    (known,) = session.exec(select(ExceptionItem).where(ExceptionItem.purpose == "known")).all()
    # due like the work of today that it hides among
    others = session.exec(select(ExceptionItem.due).where(ExceptionItem.purpose == "sample").distinct()).all()
    assert known.field == "offer" and known.due == max(others)
    it = col(ExceptionItem.id) == known.id
    assert waiting.take(session, "eva", 1, it) == [] == waiting.take(session, boss, 1, it)
    waiting.take(session, "nils", 1, it)
    answer(session, office, known.id, "nils", "value", ["a"], TOOK)
    nils = session.exec(select(Checked).where(Checked.person == "nils")).one()
    assert (nils.purpose, nils.right, nils.truth) == ("known", False, ["b"])
    assert "known" not in purposes(session).values()
    assert session.exec(select(Case).order_by(col(Case.id))).first().offer == "b"


def test_all_who_are_asked_blind_are_asked_in_the_same_words(session, office, campaign, process):
    process(b"form", phone=("0701740699", "doubtful"))
    words = {(item.rule, item.question) for item in session.exec(select(ExceptionItem))}
    assert len(words) == 1


def test_the_share_is_kept_and_the_choice_is_the_same_each_time():
    identities = [f"{number:064x}:1:phone" for number in range(20_000)]
    chosen = [one for one in identities if part_of(b"secret", one) < 0.01]
    assert 140 < len(chosen) < 260
    assert chosen == [one for one in identities if part_of(b"secret", one) < 0.01]
    assert chosen != [one for one in identities if part_of(b"other", one) < 0.01]


@pytest.mark.parametrize("share", [0.0])
def test_a_share_of_nothing_switches_samples_off(session, campaign, process):
    process(b"form", phone=SURE)
    assert session.exec(select(ExceptionItem)).all() == []


def test_boxes_found_empty_are_automatic_and_empty_writing_is_not():
    rest = {"page_id": 1, "name": "x", "confidence": 0.99, "status": "empty", "reader": "r"}
    sign = SignatureField(kind="signature", box=(1, 1, 1, 1))
    comb = CombField(kind="comb", box=(1, 1, 1, 1), cells=3)
    assert is_automatic(sign, FieldReading(kind="signature", value=False, **rest))
    assert not is_automatic(comb, FieldReading(kind="comb", value="", **rest))
    assert not is_automatic(None, FieldReading(kind="comb", value="", **rest))
