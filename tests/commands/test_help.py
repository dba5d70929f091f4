"""The command line explains itself, and wrong use ends with exit code 2 and a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from commands.main import COMMANDS, load
from tests.commands.conftest import Cli
from tests.running import ROOT, replyflow

GROUPS = ("template", "subscribers", "campaigns", "people", "settlement", "keys", "privacy")
SUBCOMMANDS = [(group, command) for group in GROUPS for command in load(group).commands]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(cli: Cli, tmp_path: Path, command: str) -> None:
    done = cli(tmp_path, command, "--help")
    assert done.exit_code == 0
    assert f"Example: ./replyflow {COMMANDS[command].example}" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("group", "command"), SUBCOMMANDS)
def test_every_subcommand_explains_itself_with_an_example(cli: Cli, tmp_path: Path, group: str, command: str) -> None:
    done = cli(tmp_path, group, command, "--help")
    assert done.exit_code == 0
    assert f"Example: ./replyflow {group} {command}" in " ".join(done.stdout.split())


def test_help_makes_no_data_folder(cli: Cli, tmp_path: Path) -> None:
    assert cli(tmp_path / "data", "serve", "--help").exit_code == 0
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "arguments",
    [["bogus"], ["run"], ["run", "/nowhere.pdf"], ["export", "B-1"], ["read"], ["serve", "--port", "1"], ["verify"]],
)
def test_wrong_use_ends_with_exit_code_2_and_a_sentence(cli: Cli, tmp_path: Path, arguments: list[str]) -> None:
    done = cli(tmp_path, *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_is_a_file_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    done = cli(file, "export", "B-1", "-o", tmp_path / "bag")
    assert done.exit_code == 2
    assert "cannot be made" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_data_folder_of_somebody_else_is_wrong_use(tmp_path: Path) -> None:
    from commands.options import Options

    tmp_path.chmod(0o700)
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        try:
            assert Options(tmp_path).data is None
        except BaseException as error:  # the child must never return into pytest
            os._exit(0 if "cannot be" in str(error) else 1)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_setting_that_makes_no_sense_is_named_without_its_value(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "export", "B-1", "-o", tmp_path / "bag", REPLYFLOW_WORKERS="s3cret")
    assert done.exit_code == 2
    assert "REPLYFLOW_WORKERS" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_database_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "replyflow.sqlite").write_text("these are no tables")
    done = replyflow(tmp_path, "export", "B-1", "-o", tmp_path / "bag")
    assert done.returncode == 1
    assert done.stderr.strip() == "The database cannot be used: file is not a database"


def test_a_database_server_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    done = replyflow(tmp_path, "export", "B-1", "-o", tmp_path / "bag", REPLYFLOW_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be used: ")
    assert "Traceback" not in done.stderr


def test_a_list_that_is_none_ends_the_run_before_a_page_is_refused_for_it(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/cities.txt").write_text("Lund\tmany\n", encoding="utf-8")
    scan = next((ROOT / "samples/scans/paper").glob("0001-*"))
    done = replyflow(tmp_path, "run", scan, "--no-prefect")
    assert done.returncode == 1
    assert "cities.txt:1: a line is a value" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("rejected/*"))
