"""`subscribers import`, `erase` and `stats` as an operator uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import select

from cases.database import open_session
from cases.ledger import verify_chain
from cases.models import LedgerEvent
from tests.commands.conftest import Cli

ROWS = "Kundid;Namn;Adress;Postnr;MSISDN\nS1;Jürgen Groß;Am Markt 1;80331;0701740605\nS2;Åsa Öberg;Storg. 4;12345;\n"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    file = tmp_path / "base.csv"
    file.write_text(ROWS)
    return file


def stats(cli: Cli, data: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(cli(data, "subscribers", "stats", "--json").stdout)
    return found


def test_an_import_says_what_it_did_and_which_columns_it_took(cli: Cli, tmp_path: Path, base: Path) -> None:
    base.write_text(ROWS.replace("MSISDN", "Nummer"))
    done = cli(tmp_path, "subscribers", "import", base, "--map", "phone=Nummer", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["imported"], told["new"], told["left_out"], told["unused"]) == (2, 2, 0, [])
    assert told["columns"] == {
        "phone": "Nummer", "id": "Kundid", "name": "Namn", "street": "Adress", "postcode": "Postnr",
    }  # fmt: skip


@pytest.mark.parametrize("given", ["phone", "phone=", "=MSISDN", "fone=MSISDN", "phone=Telefon"])
def test_a_wrong_mapping_is_wrong_use_and_nothing_is_stored(cli: Cli, tmp_path: Path, base: Path, given: str) -> None:
    done = cli(tmp_path, "subscribers", "import", base, "--map", given)
    assert done.exit_code == 2
    assert given in done.stderr
    assert stats(cli, tmp_path)["subscribers"] == 0


def test_a_refresh_keeps_what_was_and_a_whole_base_makes_inactive(cli: Cli, tmp_path: Path, base: Path) -> None:
    cli(tmp_path, "subscribers", "import", base)
    base.write_text("\n".join(ROWS.replace("Am Markt 1", "Ringstr. 9").splitlines()[:2]))
    done = cli(tmp_path, "subscribers", "import", base, "--replace")
    assert "1 changed, 0 unchanged, 1 former names or addresses kept, 1 not in the file and now inactive" in done.stdout
    found = stats(cli, tmp_path)
    assert (found["subscribers"], found["active"], found["former_values"]) == (2, 1, 1)


def test_what_is_odd_is_warned_of_and_hides_nothing(cli: Cli, tmp_path: Path, base: Path) -> None:
    base.write_text(ROWS.replace("0701740605", "12"))
    done = cli(tmp_path, "subscribers", "import", base)
    assert done.exit_code == 0
    assert "warning: the phone number is not valid: 1 row (2)" in done.stderr


def test_the_erased_are_gone_and_the_unknown_are_told(cli: Cli, tmp_path: Path, base: Path) -> None:
    cli(tmp_path, "subscribers", "import", base)
    (tmp_path / "gone.txt").write_text("S2\nS9\n")
    done = cli(tmp_path, "subscribers", "erase", "S1", "--from", tmp_path / "gone.txt")
    assert done.exit_code == 1
    assert "2 subscribers erased" in done.stdout
    assert done.stderr == "S9: nothing is held of this id\n"
    found = stats(cli, tmp_path)
    assert (found["subscribers"], found["keys"], found["tokens"]) == (0, 0, {})


def test_the_ledger_tells_that_somebody_was_erased_without_saying_who_and_nothing_of_the_unknown(
    cli: Cli, tmp_path: Path, base: Path
) -> None:
    cli(tmp_path, "subscribers", "import", base)
    cli(tmp_path, "subscribers", "erase", "S2", "S9", "S2")
    with open_session(tmp_path) as session:
        events = session.exec(select(LedgerEvent).where(LedgerEvent.tag == "privacy:subscriber:erased")).all()
        assert [(event.subject, event.facts) for event in events] == [("", {"responses": 0, "files": 0, "in_base": 1})]
        assert verify_chain(session) is None


def test_nobody_named_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    assert cli(tmp_path, "subscribers", "erase").exit_code == 2
    assert cli(tmp_path, "subscribers", "erase", "--from", tmp_path / "none.txt").exit_code == 2


def test_an_erased_name_is_not_left_in_the_file(cli: Cli, tmp_path: Path, base: Path) -> None:
    base.write_text(ROWS.replace("Öberg", "Quistgaard"))
    cli(tmp_path, "subscribers", "import", base)
    database = tmp_path / "replyflow.sqlite"
    assert b"Quistgaard" in database.read_bytes()
    cli(tmp_path, "subscribers", "erase", "S2")
    assert not any(b"uistgaard" in file.read_bytes() for file in tmp_path.glob("replyflow.sqlite*"))


def test_stats_are_for_people_too(cli: Cli, tmp_path: Path, base: Path) -> None:
    cli(tmp_path, "subscribers", "import", base)
    told = cli(tmp_path, "subscribers", "stats").stdout.splitlines()
    assert told[0].split() == ["subscribers", "2"]
    assert told[-1].split() == ["index", "current", "True"]


def test_learning_says_how_many_forms_are_settled_and_changes_nothing_where_they_are_few(
    cli: Cli, tmp_path: Path, base: Path
) -> None:
    cli(tmp_path, "subscribers", "import", base)
    done = cli(tmp_path, "subscribers", "learn")
    assert done.exit_code == 0 and "0 forms are settled: too few" in done.stdout
    assert json.loads(cli(tmp_path, "subscribers", "learn", "--json").stdout)["learnt"] is False


def test_learning_shows_what_each_weight_was_and_is(
    cli: Cli, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(tmp_path, "subscribers", "import", base)
    levels = {"first": "exact", "phone": "differs"}
    monkeypatch.setattr("cases.taught.settled_levels", lambda session: [levels] * 300)
    done = cli(tmp_path, "subscribers", "learn")
    (line,) = [line.split() for line in done.stdout.splitlines() if line.startswith("phone")]
    agrees_before, agrees_now, differs_before, differs_now = (float(line[place]) for place in (1, 3, 4, 6))
    assert agrees_now < agrees_before and differs_now > differs_before
