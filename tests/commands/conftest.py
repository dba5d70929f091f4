from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.settings import Settings
from commands.main import app
from tests.running import SAMPLES, load_base, replyflow

Cli = Callable[..., Result]


@pytest.fixture(scope="session")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a batch of three forms and a rejected file was run; to be copied and not changed."""
    folder = tmp_path_factory.mktemp("processed")
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    for name in ("0001-retention-offer.pdf", "0004-feedback-card.webp", "0006-withdrawal.png"):
        shutil.copy(SAMPLES / "scans/paper" / name, pile)
    (pile / "=cmd()|'x'!A1.pdf").write_bytes(b"no PDF at all")
    assert replyflow(folder, "run", pile, "--no-prefect").returncode == 1
    return folder


@pytest.fixture(scope="session")
def batch(processed: Path) -> str:
    """The id of its batch."""
    with sqlite3.connect(processed / "replyflow.sqlite") as connection:
        name: str = connection.execute("SELECT id FROM batch").fetchone()[0]
    return name


@pytest.fixture(scope="session")
def whole_bag(processed: Path, batch: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bag of that batch; to be copied and not changed."""
    out = tmp_path_factory.mktemp("bag") / "bag"
    export_bag(Settings(data=processed), Scope(batch=batch), out)
    return out


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in this process, seconds quicker than as another one."""
    # what the command line sets is taken back after the test
    for name in ("REPLYFLOW_DATA", "PREFECT_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")

    def run(data: Path, *arguments: object, **environment: str) -> Result:
        return CliRunner().invoke(app, ["--data", str(data), *map(str, arguments)], env=environment)

    return run
