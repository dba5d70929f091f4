"""`export` and `verify`: what an auditor gets, and that every alteration is named."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.store import file_hash
from tests.commands.conftest import Cli
from tests.running import SAMPLES, load_base, replyflow

Alter = Callable[[Path], None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    shutil.copy(SAMPLES / "scans/paper/0001-retention-offer.pdf", pile)
    (pile / "=cmd()|'x'!A1.pdf").write_bytes(b"no PDF at all")
    assert replyflow(folder, "run", pile, "--no-prefect").returncode == 1
    return folder


@pytest.fixture(scope="module")
def batch(data: Path) -> str:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        name: str = connection.execute("SELECT id FROM batch").fetchone()[0]
    return name


@pytest.fixture
def bag(cli: Cli, data: Path, batch: str, tmp_path: Path) -> Path:
    done = cli(data, "export", batch, "-o", tmp_path / "bag")
    assert done.exit_code == 0, done.stderr
    assert "2 documents" in done.stdout
    return tmp_path / "bag"


def original(bag: Path) -> Path:
    return max((bag / "data/documents").iterdir(), key=lambda path: path.stat().st_size)


def changed_original(bag: Path) -> None:
    with original(bag).open("ab") as file:
        file.write(b" ")


def removed_original(bag: Path) -> None:
    original(bag).unlink()


def added_file(bag: Path) -> None:
    (bag / "data/documents/extra.pdf").write_bytes(b"x")


def changed_ledger_and_manifest(bag: Path) -> None:
    """The forger also rewrites the manifest, so that only the chain gives them away."""
    ledger, manifest = bag / "data/ledger.jsonl", bag / "manifest-sha256.txt"
    before = file_hash(ledger)
    lines = ledger.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {"subject": "4711"})
    ledger.write_text("\n".join(lines) + "\n")
    manifest.write_text(manifest.read_text().replace(before, file_hash(ledger)))


def removed_ledger_line(bag: Path) -> None:
    ledger = bag / "data/ledger.jsonl"
    lines = ledger.read_text().splitlines()
    ledger.write_text("\n".join(lines[:1] + lines[2:]) + "\n")


def test_an_untouched_bag_is_complete_wherever_it_is_carried(cli: Cli, bag: Path, tmp_path: Path) -> None:
    carried = shutil.copytree(bag, tmp_path / "elsewhere with spaces")
    done = cli(tmp_path / "no-data", "verify", carried)
    assert done.exit_code == 0, done.stderr
    assert "complete and unchanged" in done.stdout


@pytest.mark.parametrize(
    ("alter", "code", "where"),
    [
        (changed_original, "changed", "data/documents/"),
        (changed_original, "wrong-name", "data/documents/"),
        (removed_original, "missing", "data/documents/"),
        (added_file, "unexpected", "data/documents/extra.pdf"),
        (changed_ledger_and_manifest, "broken-ledger", "Event 2 is not as it was written"),
        (removed_ledger_line, "broken-ledger", "Event 2 does not follow"),
    ],
)
def test_an_altered_bag_is_refused_and_the_alteration_named(
    cli: Cli, bag: Path, alter: Alter, code: str, where: str
) -> None:
    alter(bag)
    done = cli(bag, "verify", bag)
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if line.startswith(code) and where in line]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["", "bagit.txt"])
def test_a_folder_that_is_no_bag_fails_with_a_sentence(cli: Cli, tmp_path: Path, name: str) -> None:
    if name:
        (tmp_path / name).write_text("BagIt-Version: 1.0\n")
    done = cli(tmp_path, "verify", tmp_path)
    assert done.exit_code == 1
    assert "holds no audit bag" in done.stderr


def test_no_cell_of_the_exported_table_runs_as_a_formula(bag: Path) -> None:
    rows = list(csv.DictReader((bag / "data/documents.csv").open(encoding="utf-8", newline="")))
    assert sorted(row["file"] for row in rows) == ["'=cmd()|'x'!A1.pdf", "0001-retention-offer.pdf"]


def test_an_unknown_batch_is_wrong_use(cli: Cli, data: Path, tmp_path: Path) -> None:
    done = cli(data, "export", "B-19990101-0001", "-o", tmp_path / "bag")
    assert done.exit_code == 2
    assert "There is no batch B-19990101-0001" in " ".join(done.stderr.split())
    assert not (tmp_path / "bag").exists()


def test_a_folder_that_holds_something_is_not_written_into(cli: Cli, data: Path, batch: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = cli(data, "export", batch, "-o", tmp_path)
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_export_into_a_place_that_cannot_be_written_is_a_sentence(
    cli: Cli, data: Path, batch: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("a file")
    done = cli(data, "export", batch, "-o", tmp_path / "file" / "bag")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
