"""`verify --database` and `seal`: what an operator proves of a live installation."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.commands.conftest import Cli
from tests.running import SAMPLES, load_base, replyflow


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a batch with a case, a question and a rejected file was run."""
    folder = tmp_path_factory.mktemp("data")
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    for name in ("0001-retention-offer.pdf", "0004-feedback-card.webp", "9001-empty.pdf"):
        shutil.copy(SAMPLES / "scans/paper" / name, pile)
    assert replyflow(folder, "run", pile, "--no-prefect").returncode == 1
    return folder


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


def test_a_real_run_is_sealed_and_passes_the_whole_check(cli: Cli, data: Path) -> None:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        (held,) = connection.execute("SELECT group_concat(heads) FROM seal").fetchone()
    assert '"B-' in held
    for way in (["--database"], [str(data)]):
        done = cli(data, "verify", *way)
        assert done.exit_code == 0, done.stderr
        assert "as they were recorded" in done.stdout


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE reading SET value = '\"x\"' WHERE id = 3", "is not as the ledger has it"),
        ("UPDATE \"case\" SET subscriber_id = 'S000001' WHERE id = 1", "case:1 is not as the ledger has it"),
        ("UPDATE page SET registered = 2 WHERE registered = 1", "its registered is neither true nor false"),
        ("UPDATE campaign SET closes = '2030-01-01' WHERE id = 1", "campaign:1 is not as the ledger has it"),
    ],
)
def test_a_change_behind_our_back_is_named(cli: Cli, data: Path, statement: str, sentence: str) -> None:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        assert connection.execute(statement).rowcount >= 1
    done = cli(data, "verify", "--database")
    assert done.exit_code == 1
    assert sentence in done.stderr


def test_an_original_that_was_changed_is_named(cli: Cli, data: Path) -> None:
    original = max((data / "store").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    original.chmod(0o600)
    original.write_bytes(original.read_bytes()[:-1])
    done = cli(data, "verify", "--database")
    assert done.exit_code == 1
    assert "is missing or not as it arrived" in done.stderr


def test_a_seal_is_made_printed_and_signed_with_a_new_key(cli: Cli, data: Path, tmp_path: Path) -> None:
    done = cli(data, "seal", "--print", tmp_path / "seal.pdf", "--new-key")
    assert done.exit_code == 0, done.stderr
    assert "signs from now on" in done.stdout
    assert "seal 2 " in done.stdout
    assert (tmp_path / "seal.pdf").read_bytes().startswith(b"%PDF")
    again = cli(data, "seal", "--print", tmp_path / "seal.txt")
    assert again.stdout.split()[:3] == done.stdout.splitlines()[1].split()[:3]
    assert cli(data, "verify", "--database").exit_code == 0


def test_without_its_key_nothing_is_sealed_and_the_key_is_named(cli: Cli, data: Path) -> None:
    shutil.rmtree(data / "keys")
    done = cli(data, "seal")
    assert done.exit_code == 1
    assert "cannot be read" in done.stderr


@pytest.mark.parametrize("arguments", [["verify"], ["verify", "bag", "--database"], ["seal", "--print", "seal.docx"]])
def test_wrong_use_is_a_sentence(cli: Cli, tmp_path: Path, arguments: list[str]) -> None:
    done = cli(tmp_path, *arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("export", "B-20261124-0001", "-o", "bag"), ("verify", "--database")])
def test_a_data_folder_that_is_not_there_is_told_and_not_made(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli(Path("misspelt"), *command)
    assert done.exit_code == 2
    assert "There is no data folder" in " ".join(done.stderr.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_an_export_by_channel_knows_how_channels_are_called(cli: Cli, data: Path, tmp_path: Path) -> None:
    assert cli(data, "export", "--channel", "Paper", "-o", tmp_path / "bag").exit_code == 0
    wrong = cli(data, "export", "--channel", "post", "-o", tmp_path / "other")
    assert wrong.exit_code == 2
    assert "telemarketing" in wrong.stderr
