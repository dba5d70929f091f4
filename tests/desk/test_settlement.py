"""The settlement at the desk: two persons in real browsers, refused roles, what is handed out."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext
from sqlmodel import Session, select

from cases.database import engine_for
from cases.models import Case, CaseOutcome
from cases.settings import Settings
from cases.settlement.agreements import add_terms
from cases.settlement.outcomes import import_outcomes
from cases.settlement.terms import Terms

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]
HOSTILE = '=cmd|"/c calc"!A1<script>alert(1)</script>'
MONTH = (dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


@pytest.fixture(scope="module", autouse=True)
def _earned(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One retained case of a partner whose name is hostile."""
    with Session(engine_for(Settings(data=data))) as session:
        case = session.exec(select(Case)).first()
        assert case is not None
        case.partner = HOSTILE
        session.add(case)
        session.commit()
        number = case.id
        terms = {"partner": HOSTILE, "valid_from": "2026-01-01", "currency": "EUR", "per_case": "12.30"}
        add_terms(session, [Terms.model_validate(terms)], "test")
        file = tmp_path_factory.mktemp("outcomes") / "outcomes.csv"
        file.write_text(f"case_id,outcome,date\n{number},retained,{MONTH}\n", encoding="utf-8")
        assert import_outcomes(session, file, "test").new == 1
        assert len(session.exec(select(CaseOutcome)).all()) == 1


def test_one_supervisor_proposes_another_approves_and_a_dispute_is_answered(
    desk: str, signed_in: Callable[..., BrowserContext], client: Client
) -> None:
    eva, jon = (signed_in("supervisor", login).new_page() for login in ("eva", "jon"))
    eva.goto(f"{desk}/settlement")
    eva.locator("input[type=month]").fill(f"{MONTH:%Y-%m}")
    eva.locator("form.asked button").click()
    assert eva.locator("#draft tr.total").inner_text().split() == ["Total", "12.30", "EUR"]
    eva.locator("form.after button").click()
    assert eva.locator("h1").inner_text() == f"Settlement {MONTH:%Y-%m}, {HOSTILE}"
    assert eva.get_by_role("button", name="Approve and lock").count() == 0
    address = eva.url
    assert client("supervisor", "eva").post(f"{address}/approve").status_code == 409

    jon.goto(address)
    assert "same to the cent" in jon.locator("#again").inner_text()
    jon.get_by_role("button", name="Approve and lock").click()
    assert "approved by jon" in jon.locator("main").inner_text()
    jon.locator("#lines summary").first.click()
    jon.locator("#lines details input").first.fill("<b>Not ours</b>")
    jon.get_by_role("button", name="Raise").click()
    jon.locator(".dispute input").fill("It is.")
    jon.get_by_role("button", name="Answer").click()
    assert "<b>Not ours</b>" in jon.locator(".dispute").inner_text()
    assert "jon: It is." in jon.locator(".dispute").inner_text()

    for ending, begin in (("csv", b"line,case"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        first = client("auditor").get(f"{address}/statement.{ending}")
        assert first.status_code == 200
        assert first.content.startswith(begin)
        assert client("auditor").get(f"{address}/statement.{ending}").content == first.content
    sheet = zipfile.ZipFile(io.BytesIO(client("auditor").get(f"{address}/statement.xlsx").content))
    assert b"<f>" not in sheet.read("xl/worksheets/sheet1.xml")
    assert client("supervisor", "eva").post(f"{address}/withdraw").status_code == 409


@pytest.mark.parametrize("path", ["/settlement", "/settlement/1", "/settlement/1/statement.pdf"])
def test_a_clerk_sees_no_settlement_and_nobody_without_a_session(client: Client, path: str) -> None:
    assert client("clerk").get(path).status_code == 403
    assert client(None).get(path).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/settlement", "/settlement/1/approve", "/settlement/1/withdraw", "/settlement/lines/1/disputes",
        "/settlement/disputes/1/answer",
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_a_clerk_and_an_auditor_settle_nothing(client: Client, path: str, role: str) -> None:
    form = {"partner": "acme", "month": "2026-01", "text": "x"}
    assert client(role).post(path, data=form).status_code == 403


def test_what_is_not_there_is_told_so(client: Client) -> None:
    assert client("auditor").get("/settlement/999").status_code == 404
    assert client("auditor").get("/settlement/999/statement.csv").status_code == 404
    assert client("supervisor").post("/settlement", data={"partner": "nobody", "month": "2026-13"}).status_code == 409
    refused = client("supervisor").post("/settlement", data={"partner": "nobody", "month": "2026-01"})
    assert "There are no terms for nobody" in refused.text
    assert client("auditor").get("/settlement", params={"partner": "nobody", "month": "x"}).status_code == 200
