from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session

from cases.clock import now
from cases.models import Case, Person
from cases.persons import add_person
from cases.settlement.agreements import add_terms
from cases.settlement.outcomes import OutcomeReport, import_outcomes
from cases.settlement.terms import Terms

Report = Callable[..., OutcomeReport]


@pytest.fixture
def people(session: Session) -> tuple[Person, Person]:
    eva = add_person(session, "eva", "Eva", "supervisor", None)
    jon = add_person(session, "jon", "Jon", "supervisor", None)
    session.commit()
    return eva, jon


@pytest.fixture
def cases(session: Session) -> list[Case]:
    """Three cases of partner acme, one of another, all without a response behind them."""
    partners = ("acme", "acme", "acme", "zeta")
    made = [
        Case(
            response_id=-number, kind="offer", offer="data" if number == 1 else None, due=dt.date(2026, 1, 31),
            channel="paper", partner=partner, opened_at=now(),
        )
        for number, partner in enumerate(partners, start=1)
    ]  # fmt: skip
    session.add_all(made)
    session.commit()
    return made


@pytest.fixture
def terms(session: Session) -> Terms:
    made = Terms.model_validate(
        {
            "partner": "acme", "valid_from": dt.date(2026, 1, 1), "currency": "EUR", "per_case": "10.00",
            "per_offer": {"data": "15.50"}, "clawback_days": 60,
        }
    )  # fmt: skip
    add_terms(session, [made], "eva")
    return made


@pytest.fixture
def report(session: Session, tmp_path: Path) -> Report:
    """Brings in rows of (case, outcome, date) or (case, outcome, date, withdrawn)."""

    def bring(*rows: tuple[object, ...]) -> OutcomeReport:
        file = tmp_path / "outcomes.csv"
        lines = [",".join(map(str, (*row, *[""] * (4 - len(row))))) for row in rows]
        file.write_text("\n".join(["case_id,outcome,date,withdrawn", *lines]), encoding="utf-8")
        return import_outcomes(session, file, "crm")

    return bring
