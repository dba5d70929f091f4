"""`settlement`: terms and outcomes in, drafts and lists out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from cases.clock import now
from cases.database import open_session
from cases.models import Case
from tests.commands.conftest import Cli

TERMS = "- {partner: acme, valid_from: 2026-01-01, currency: SEK, per_case: 100.5}\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_session(tmp_path / "data") as session:
        session.add(
            Case(
                id=7, response_id=1, kind="offer", due=dt.date(2026, 1, 1), channel="paper", partner="acme",
                opened_at=now(),
            )
        )  # fmt: skip
        session.commit()
    return tmp_path / "data"


def test_terms_and_outcomes_give_a_draft(cli: Cli, data: Path, tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text(TERMS)
    (tmp_path / "outcomes.csv").write_text("case_id;outcome;date\n7;retained;2026-01-30\n8;retained;2026-01-30\n")
    assert cli(data, "settlement", "terms", tmp_path / "terms.yaml").stdout == "1 new terms, 0 known before\n"
    brought = cli(data, "settlement", "outcomes", tmp_path / "outcomes.csv")
    assert (brought.exit_code, brought.stdout) == (1, "1 new, 0 known before, 1 left out\n")
    assert "line 3: there is no case 8" in brought.stderr
    made = cli(data, "settlement", "draft", "acme", "2026-01", "--json")
    assert json.loads(made.stdout)["total"] == "100.50"
    assert cli(data, "settlement", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("terms", "nowhere.yaml"), 2), (("outcomes", "nowhere.csv"), 2), (("draft", "acme", "January"), 2),
        (("draft", "acme", "2026-01"), 1), (("print", "5", "-o", "out"), 2),
    ],
)  # fmt: skip
def test_what_cannot_be_done_ends_with_a_sentence(cli: Cli, data: Path, arguments: tuple[str, ...], code: int) -> None:
    done = cli(data, "settlement", *arguments)
    assert done.exit_code == code
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
