from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.main import app

Cli = Callable[..., Result]


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
