"""`replay`: the real command line on real scans, read again under other settings."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.running import SAMPLES, load_base, replyflow

SCANS = ("0001-retention-offer.pdf", "0014-retention-offer.png", "9001-empty.pdf")
STRICT = '{"choice": 1.0, "tick": 1.0}'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay")
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    for name in SCANS:
        shutil.copy(SAMPLES / "scans/paper" / name, pile)
    assert replyflow(folder, "run", pile, "--no-prefect").returncode == 1
    return folder


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        return connection.execute(query).fetchall()


def batch_of(data: Path) -> str:
    return str(rows(data, "SELECT id FROM batch")[0][0])


def test_with_the_same_designs_and_settings_nothing_would_change(data: Path) -> None:
    done = replyflow(data, "replay", batch_of(data), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["changes"], found["state"]) == (0, [], "ready")


def test_stricter_thresholds_are_shown_first_and_done_on_wish(data: Path) -> None:
    decided = "SELECT id, verdict, rules FROM response"
    before = rows(data, decided)
    shown = json.loads(replyflow(data, "replay", batch_of(data), "--json", REPLYFLOW_FIELD_THRESHOLDS=STRICT).stdout)
    assert rows(data, decided) == before
    assert shown["changes"] and not any(change["applied"] for change in shown["changes"])
    assert {change["after"].get("verdict", "review") for change in shown["changes"]} == {"review"}
    done = replyflow(data, "replay", batch_of(data), "--apply", "--json", REPLYFLOW_FIELD_THRESHOLDS=STRICT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["state"] == "done" and all(change["applied"] for change in found["changes"])
    assert {json.dumps(one["after"]) for one in found["changes"]} == {json.dumps(o["after"]) for o in shown["changes"]}
    assert rows(data, decided) != before
    assert rows(data, "SELECT count(*) FROM exception WHERE rule = 'doubtful' AND state = 'open'")[0][0] > 0
    back = replyflow(data, "replay", batch_of(data), "--apply")
    assert back.returncode == 0, back.stderr
    assert "doubtful" in back.stdout and "Replay of B-" in back.stdout
    assert [row[:2] for row in rows(data, decided)] == [row[:2] for row in before]


def test_an_unknown_batch_is_wrong_use(data: Path) -> None:
    done = replyflow(data, "replay", "B-19990101-0001")
    assert done.returncode == 2
    assert "There is no batch B-19990101-0001" in done.stderr
