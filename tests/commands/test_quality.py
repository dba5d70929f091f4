"""`quality`: how right machine and persons were where it was checked."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import text

from cases.clock import now
from cases.database import open_session
from cases.models import Answer, Checked, Document, ExceptionItem, FieldReading, Page, Response
from tests.commands.conftest import Cli

READING = {"name": "phone", "kind": "comb", "value": "1", "confidence": 0.99, "status": "ok", "reader": "net 1"}


def check(data: Path, rights: list[bool | None]) -> None:
    """So many samples of one field, with what became of each."""
    with open_session(data) as session:
        at = now()
        batch = {"sha256": "0" * 64, "name": "a", "bytes": 1, "channel": "paper", "source": "paper", "received_at": at}
        session.add(Document(id=1, **batch))
        session.flush()
        session.add(Page(id=1, document_id=1, number=1))
        session.flush()
        session.add_all([FieldReading(id=1, page_id=1, **READING)])
        session.add(Response(id=1, document_id=1, first_page_id=1, template="card"))
        session.flush()
        asked = {"kind": "field", "rule": "doubtful", "question": "?", "purpose": "sample", "channel": "paper"}
        session.add(ExceptionItem(id=1, key="k", document_id=1, asked_at=at, due=at.date(), **asked))
        session.flush()
        about = {"response_id": 1, "reading_id": 1, "template": "card", "field": "phone", "kind": "comb"}
        for number, right in enumerate(rights, start=1):
            session.add(Answer(id=number, exception_id=1, person="eva", word="value", at=at, active_s=1, keys=1))
            session.flush()
            found = {"person": "eva", "purpose": "sample", "reader": "net 1", "right": right, "machine_right": right}
            session.add(Checked(answer_id=number, at=at, **about, **found))
        session.commit()
        assert session.execute(text("SELECT count(*) FROM checked")).scalar_one() == len(rights)


def test_shares_come_with_their_interval(cli: Cli, tmp_path: Path) -> None:
    check(tmp_path, [True] * 38 + [False, None])
    done = cli(tmp_path, "quality", "--json")
    found = json.loads(done.stdout)
    (field,) = found["field"]
    assert (field["of"], field["checked"], field["right"], field["pending"]) == ("card/phone", 40, 38, 1)
    assert field["low"] < field["share"] == 0.95 < field["high"]
    assert [found[by][0]["of"] for by in ("template", "reader", "person")] == ["card", "net 1", "eva"]
    assert "card/phone: 38 of 40 right, 95.00% (83.08% to 99.39%), 1 not settled" in cli(tmp_path, "quality").stdout


def test_without_a_check_it_says_so(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "quality")
    assert (done.exit_code, done.stdout) == (0, "Nothing has been checked yet.\n")
