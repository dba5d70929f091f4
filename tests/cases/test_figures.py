"""Figures of quality and of time, and the notes of coaches."""

from __future__ import annotations

import datetime as dt
import statistics
import time
import tracemalloc

import numpy as np
import pytest
from sqlmodel import Session, select

from cases import coaching, ledger, persons, quality, times
from cases.clock import now
from cases.coaching import NoteError
from cases.models import Answer, Case, Checked, ExceptionItem, LedgerEvent, Response
from ocr.certainty.shares import share

SINCE = now() - dt.timedelta(days=1)


@pytest.fixture
def form(session: Session, campaign: object, process: object) -> Response:
    """A response with a question on its phone."""
    response: Response = process(b"form", phone=("0701740699", "doubtful"))[1]
    return response


def asked_on(session: Session, response: Response, **changed: object) -> int:
    """Another question about the same form."""
    first = session.exec(select(ExceptionItem).where(ExceptionItem.response_id == response.id)).first()
    made = ExceptionItem(**{**first.model_dump(exclude={"id"}), "key": f"k{time.monotonic_ns()}", **changed})
    session.add(made)
    session.flush()
    return made.id


def answered(session: Session, exception: int, response: Response, person: str, active_s: float, keys: int = 1) -> int:
    made = Answer(
        exception_id=exception, response_id=response.id, person=person, word="value", value="1", at=now(),
        active_s=active_s, keys=keys,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def checked(session: Session, answer: int, response: Response, **changed: object) -> None:
    about = {"answer_id": answer, "response_id": response.id, "reading_id": 1, "template": "card", "kind": "comb"}
    rest = {"field": "phone", "reader": "net 1", "person": "eva", "purpose": "sample", "at": now(), "machine": "1"}
    session.add(Checked(**{**about, **rest, "said": "1", "truth": "1", "right": True, **changed}))


def test_the_share_of_right_readings_comes_with_its_exact_interval(session, form):
    question = asked_on(session, form)
    for number in range(40):
        right = number >= 2
        answer = answered(session, question, form, "eva", 1)
        checked(session, answer, form, machine_right=right, right=True)
    checked(session, answered(session, question, form, "eva", 1), form, machine_right=None, right=None)
    session.commit()
    for by, of in (("field", ("card", "phone")), ("template", ("card",)), ("reader", ("net 1",))):
        (one,) = quality.machine_accuracy(session, by)
        # what nobody has ruled on counts against the machine
        assert (one.of, one.right, one.pending) == (of, share(38, 41), 1)
    (eva,) = quality.person_accuracy(session)
    assert (eva.of, eva.right, eva.pending) == (("eva",), share(40, 40), 1)


def test_only_samples_measure_the_machine_and_no_ruling_measures_its_ruler(session, form):
    question = asked_on(session, form)
    for purpose, person in (("ask", "eva"), ("second", "nils"), ("known", "nils"), ("third", "olle"), ("ruling", "bo")):
        checked(session, answered(session, question, form, person, 1), form, purpose=purpose, person=person)
    session.commit()
    assert quality.machine_accuracy(session, "field") == []
    assert {one.of[0]: one.right.whole for one in quality.person_accuracy(session)} == {"eva": 1, "nils": 2}
    assert [one.of for one in quality.person_accuracy(session, "eva")] == [("eva",)]


@pytest.mark.parametrize("count", [1, 2, 5, 10, 11])
def test_median_and_ninetieth_are_those_of_the_numbers(session, form, count):
    seconds = [float(n * n) for n in range(1, count + 1)]
    question = asked_on(session, form)
    for number, s in enumerate(seconds):
        answered(session, question, form, "eva", s, keys=number)
    session.commit()
    (one,) = times.spent(session, "person", SINCE)
    p90 = float(np.percentile(seconds, 90, method="inverted_cdf"))
    assert (one.of, one.count, one.median_s, one.p90_s) == (("eva",), count, statistics.median(seconds), p90)
    assert (one.total_s, one.keys) == (sum(seconds), statistics.median(range(count)))


def test_seconds_are_told_by_person_template_field_and_reason(session, form):
    answered(session, asked_on(session, form), form, "eva", 2)
    answered(session, asked_on(session, form, purpose="sample"), form, "nils", 4)
    answered(session, asked_on(session, form, field=None, rule="campaign-open"), form, "nils", 6)
    session.commit()
    told = {by: {one.of: one.median_s for one in times.spent(session, by, SINCE)} for by in ("person", "field")}
    assert told["person"] == {("eva",): 2.0, ("nils",): 5.0}
    assert told["field"] == {("card", "phone"): 3.0, ("card", ""): 6.0}
    reasons = {one.of for one in times.spent(session, "reason", SINCE)}
    assert reasons == {("doubtful",), ("sample",), ("campaign-open",)}
    assert {one.of for one in times.spent(session, "template", SINCE)} == {("card",)}
    assert {one.of for one in times.spent(session, "reason", SINCE, "eva")} == {("doubtful",)}
    assert times.spent(session, "person", now() + dt.timedelta(hours=1)) == []


def test_the_bars_count_handling_alone_and_spread_it_over_all_cases(session, form, campaign, process):
    process(b"another", phone=("0701740605", "ok"), key=b"x" * 32)
    for _ in range(2):
        answered(session, asked_on(session, form), form, "eva", 3)
    answered(session, asked_on(session, form, purpose="sample"), form, "eva", 50)
    case = session.get(Case, form.case_id)
    session.commit()
    found = {one.name: (one.is_s, one.count) for one in times.bars(session, SINCE)}
    # the case still waits, so nobody has reviewed it yet
    assert found == {"per_exception": (3.0, 2), "per_reviewed": (None, 0), "per_case": (3.0, 2)}
    case.state = "open"
    session.add(case)
    session.commit()
    assert {one.name: one.is_s for one in times.bars(session, SINCE)}["per_reviewed"] == 6.0
    assert times.checking_s(session, SINCE) == (1, 50.0)


def test_ten_thousand_answers_are_counted_at_once_in_little_memory(session, form):
    question = asked_on(session, form)
    rows = [
        {"exception_id": question, "response_id": form.id, "person": f"p{n % 20}", "word": "value", "at": now(),
         "active_s": n % 97 / 10, "keys": n % 7} for n in range(20_000)
    ]  # fmt: skip
    session.execute(Answer.__table__.insert(), rows)
    session.commit()
    start = time.perf_counter()
    tracemalloc.start()
    found = [times.spent(session, by, SINCE) for by in ("person", "template", "field", "reason")]
    times.bars(session, SINCE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(one.count for one in found[0]) == 20_000
    assert peak < 8_000_000
    assert time.perf_counter() - start < 5


@pytest.fixture
def note(session: Session, form: Response) -> dict[str, object]:
    for login, role in (("eva", "clerk"), ("boss", "supervisor")):
        persons.add_person(session, login, login.title(), role, None)
    answer = answered(session, asked_on(session, form), form, "eva", 1)
    reading = session.exec(select(ExceptionItem)).first()
    assert reading is not None
    checked(session, answer, form, right=False)
    session.commit()
    return {"author": "boss", "person": "eva", "answer_id": answer, "follow_up": dt.date(2026, 12, 1)}


def test_a_note_reaches_its_person_and_is_followed_up_until_it_is_done(session, note):
    left = coaching.leave_note(session, text=" Look at the sevens. ", **note)
    session.commit()
    assert [one.text for one in coaching.notes_to(session, "eva")] == ["Look at the sevens."]
    assert coaching.notes_to(session, "boss") == []
    assert coaching.open_follow_ups(session) == [left]
    assert coaching.decision_behind(session, left.answer_id).checked.field == "phone"
    assert coaching.close_note(session, left.id, "boss").done_at is not None
    session.commit()
    assert coaching.open_follow_ups(session) == []
    events = session.exec(select(LedgerEvent).where(LedgerEvent.tag.startswith("desk:coach_note"))).all()
    assert [event.tag for event in events] == ["desk:coach_note:left", "desk:coach_note:done"]
    assert "sevens" not in str([event.facts for event in events])
    assert ledger.verify_chain(session) is None


@pytest.mark.parametrize("changed", [{"text": "  "}, {"text": "x" * 2001}, {"person": "boss"}, {"person": "nobody"}])
def test_a_note_needs_a_text_and_a_decision_of_its_person(session, note, changed):
    with pytest.raises(NoteError):
        coaching.leave_note(session, **{"text": "Look.", **note, **changed})


def test_a_persons_wrong_decisions_come_first(session, note, form):
    for right in (True, None):
        checked(session, answered(session, asked_on(session, form), form, "eva", 1), form, right=right)
    session.commit()
    assert [one.checked.right for one in coaching.decisions_of(session, "eva")][-1] is True
