"""Statements on both databases: four eyes, locked, corrected by later lines, computed again to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from cases.ledger import verify_chain
from cases.models import Case, Dispute, LedgerEvent, Person, Statement, StatementLine
from cases.settlement.agreements import add_terms
from cases.settlement.disputes import answer_dispute, disputes_of, raise_dispute
from cases.settlement.statements import Draft, Refused, approve, comes_out_again, draft, lines_of, propose, withdraw
from cases.settlement.terms import Terms, TermsError
from tests.cases.settlement.conftest import Report

JANUARY, FEBRUARY, MARCH = (dt.date(2026, month, 1) for month in (1, 2, 3))
People = tuple[Person, Person]


def settled(session: Session, month: dt.date, people: People) -> Statement:
    made = propose(session, "acme", month, people[0])
    assert isinstance(made, Statement), made
    done = approve(session, made.id or 0, people[1])
    assert isinstance(done, Statement), done
    return done


def test_a_month_pays_each_retained_case_of_the_partner_and_no_other(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report(*((case.id, "retained", "2026-01-10") for case in cases))
    january = settled(session, JANUARY, people)
    assert [(line.case_id, str(line.amount)) for line in lines_of(session, january)] == [
        (cases[0].id, "15.50"),
        (cases[1].id, "10.00"),
        (cases[2].id, "10.00"),
    ]
    assert january.total == Decimal("35.50")
    assert verify_chain(session) is None


def test_who_proposed_does_not_approve(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    made = propose(session, "acme", JANUARY, people[0])
    assert isinstance(made, Statement)
    assert isinstance(approve(session, made.id or 0, people[0]), Refused)
    assert isinstance(approve(session, made.id or 0, people[1]), Statement)
    assert isinstance(approve(session, made.id or 0, people[1]), Refused)


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_a_clerk_or_an_auditor_neither_proposes_nor_decides(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People, role: str
) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    other = Person(login="x", name="X", role=role, created_at=people[0].created_at)
    assert isinstance(propose(session, "acme", JANUARY, other), Refused)
    made = propose(session, "acme", JANUARY, people[0])
    assert isinstance(made, Statement)
    assert isinstance(approve(session, made.id or 0, other), Refused)
    assert isinstance(withdraw(session, made.id or 0, other), Refused)


def test_a_loss_in_march_takes_back_in_march_what_january_paid(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[0].id, "retained", "2026-01-10"), (cases[1].id, "retained", "2026-01-11"))
    january = settled(session, JANUARY, people)
    report((cases[0].id, "lost", "2026-03-05"))
    settled(session, FEBRUARY, people)
    march = settled(session, MARCH, people)
    (line,) = lines_of(session, march)
    assert (line.kind, str(line.amount)) == ("clawback", "-15.50")
    assert january.total + march.total == Decimal("10.00")


def test_what_is_reported_too_late_is_a_correction_in_the_next_statement_and_the_locked_one_stays(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[1].id, "retained", "2026-01-10"))
    january = settled(session, JANUARY, people)
    before = lines_of(session, january)
    report((cases[0].id, "retained", "2026-01-03"), (cases[1].id, "retained", "2026-01-10", "yes"))
    february = settled(session, FEBRUARY, people)
    assert lines_of(session, january) == before
    found = [(line.case_id, line.kind, line.of_month, str(line.amount)) for line in lines_of(session, february)]
    assert found == [
        (cases[0].id, "correction", JANUARY, "15.50"),
        (cases[1].id, "correction", JANUARY, "-10.00"),
    ]


def test_any_old_statement_comes_out_the_same_again_whatever_became_known_later(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[0].id, "retained", "2026-01-10"), (cases[1].id, "retained", "2026-01-12"))
    january = settled(session, JANUARY, people)
    report((cases[0].id, "lost", "2026-02-01"), (cases[2].id, "retained", "2026-01-20"))
    cases[1].offer = "data"
    session.add(cases[1])
    session.commit()
    add_terms(session, [terms.model_copy(update={"per_case": Decimal("99.00")})], "eva")
    february = settled(session, FEBRUARY, people)
    assert comes_out_again(session, january)
    assert comes_out_again(session, february)
    corrected = {line.case_id: str(line.amount) for line in lines_of(session, february) if line.kind == "correction"}
    assert corrected == {cases[1].id: "89.00", cases[2].id: "99.00"}


def test_a_month_that_is_not_over_or_comes_after_an_unsettled_one_is_not_proposed(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    this_month = propose(session, "acme", dt.datetime.now(dt.UTC).date(), people[0])
    assert isinstance(this_month, Refused)
    assert "not over" in this_month.sentence
    march = propose(session, "acme", MARCH, people[0])
    assert march == Refused("acme has an unsettled month before it: settle 2026-01 first.")
    settled(session, JANUARY, people)
    assert isinstance(propose(session, "acme", JANUARY, people[0]), Refused)
    assert isinstance(propose(session, "nobody", JANUARY, people[0]), Refused)


def test_a_withdrawn_proposal_makes_room_for_another(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    first = propose(session, "acme", JANUARY, people[0])
    assert isinstance(first, Statement)
    assert isinstance(propose(session, "acme", JANUARY, people[1]), Refused)
    assert isinstance(withdraw(session, first.id or 0, people[1]), Statement)
    assert settled(session, JANUARY, people).total == Decimal("15.50")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statement_line SET amount = '99.00'",
        "DELETE FROM statement_line",
        "UPDATE statement SET total = '99.00'",
        "DELETE FROM statement",
        "UPDATE case_outcome SET what = 'lost'",
        "DELETE FROM case_outcome",
        "UPDATE commission_terms SET partner = 'zeta'",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_settled(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People, change: str
) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    settled(session, JANUARY, people)
    with pytest.raises(DatabaseError):
        session.connection().execute(text(change))
    session.rollback()
    assert session.exec(select(StatementLine)).one().amount == Decimal("15.50")


def test_each_line_names_the_ledger_entry_the_pictures_and_the_reports_that_prove_it(
    session: Session, terms: Terms, report: Report, people: People, process: object, campaign: object
) -> None:
    _, response = process(b"one", offer=("b",))  # type: ignore[operator]
    case = session.get_one(Case, response.case_id)
    case.partner = "acme"
    session.add(case)
    session.commit()
    report((case.id, "retained", "2026-01-10"))
    settled(session, JANUARY, people)
    evidence = session.exec(select(StatementLine)).one().evidence
    opened = session.exec(select(LedgerEvent).where(LedgerEvent.tag == "decision:case:opened")).one()
    assert evidence["ledger"] == opened.hash
    assert evidence["response"] == response.id
    assert len(evidence["outcomes"]) == 1


def test_rows_that_cannot_be_used_are_told_with_their_line_and_the_others_come_in(
    session: Session, cases: list[Case], report: Report
) -> None:
    told = report(
        (cases[0].id, "retained", "2026-01-10"),
        (999, "retained", "2026-01-10"),
        (cases[0].id, "stayed", "2026-01-10"),
        (cases[0].id, "lost", "10.01.2026"),
        ("=1", "lost", "2026-01-11"),
        (cases[0].id, "lost", "2999-01-11"),
    )
    assert told.new == 1
    assert [line for line, _ in told.left_out] == [3, 4, 5, 6, 7]
    assert report((cases[0].id, "retained", "2026-01-10")).known == 1


def test_a_dispute_attaches_to_a_locked_line_and_is_answered_once(
    session: Session, cases: list[Case], terms: Terms, report: Report, people: People
) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    january = settled(session, JANUARY, people)
    line = session.exec(select(StatementLine)).one()
    raised = raise_dispute(session, line.id or 0, "We sent two.", people[0])
    assert isinstance(raised, Dispute)
    answered = answer_dispute(session, raised.id or 0, "The second is in February.", people[1])
    assert isinstance(answered, Dispute)
    assert isinstance(answer_dispute(session, raised.id or 0, "Again.", people[1]), Refused)
    assert disputes_of(session, january.id or 0) == {line.id: [answered]}
    assert isinstance(raise_dispute(session, line.id or 0, " ", people[0]), Refused)


def test_a_draft_stores_nothing(session: Session, cases: list[Case], terms: Terms, report: Report) -> None:
    report((cases[0].id, "retained", "2026-01-10"))
    made = draft(session, "acme", JANUARY)
    assert isinstance(made, Draft)
    assert made.total == Decimal("15.50")
    assert session.exec(select(Statement)).all() == []


def test_terms_in_another_currency_are_refused_and_the_same_terms_twice_are_stored_once(
    session: Session, terms: Terms
) -> None:
    assert add_terms(session, [terms], "eva") == []
    with pytest.raises(TermsError, match="paid in EUR"):
        add_terms(session, [terms.model_copy(update={"currency": "SEK"})], "eva")
