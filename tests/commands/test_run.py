"""`run`: by which way the files came in, and what is wrong use of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.commands.conftest import Cli


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A file that is rejected at once: here only the way is of interest."""
    file = tmp_path / "nothing.pdf"
    file.write_bytes(b"")
    return file


@pytest.mark.parametrize(
    ("option", "kept"),
    [("photo", ("photo", None)), ("E-Mail", ("email", None)), ("partner/acme", ("partner", "acme"))],
)
def test_a_channel_is_called_as_its_folder_in_the_inbox(
    cli: Cli, scan: Path, tmp_path: Path, option: str, kept: tuple[str, str | None]
) -> None:
    done = cli(tmp_path / "data", "run", scan, "--no-prefect", "--channel", option)
    assert done.exit_code == 1, done.stderr
    with sqlite3.connect(tmp_path / "data/replyflow.sqlite") as connection:
        assert connection.execute("SELECT channel, partner FROM document").fetchall() == [kept]


@pytest.mark.parametrize("option", ["post", "photo/acme", ""])
def test_a_channel_that_there_is_not_is_wrong_use_and_takes_nothing_in(
    cli: Cli, scan: Path, tmp_path: Path, option: str
) -> None:
    done = cli(tmp_path / "data", "run", scan, "--no-prefect", "--channel", option)
    assert done.exit_code == 2
    assert "partner/NAME" in done.stderr
    assert not (tmp_path / "data").exists()
