"""`subscribers import` and `campaigns import`, on the files that real offices send."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from tests.commands.conftest import Cli

ROWS = "id;first_name;last_name;city\nS1;Jürgen;Groß;Köln\nS2;Åsa;Öberg;Malmö\n"


def people(data: Path) -> dict[str, tuple[str, str]]:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        rows = connection.execute("SELECT id, last_name, city FROM subscriber").fetchall()
    return {row[0]: row[1:] for row in rows}


def given(tmp_path: Path, content: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "customers.csv"
    file.write_bytes(content.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_umlauts_survive_every_encoding_that_spreadsheets_write(cli: Cli, tmp_path: Path, encoding: str) -> None:
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS, encoding))
    assert done.exit_code == 0, done.stderr
    assert people(tmp_path) == {"S1": ("Groß", "Köln"), "S2": ("Öberg", "Malmö")}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found(cli: Cli, tmp_path: Path, separator: str) -> None:
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS.replace(";", separator)))
    assert done.exit_code == 0, done.stderr
    assert "2 subscribers imported" in done.stdout
    assert people(tmp_path)["S2"] == ("Öberg", "Malmö")


def test_an_import_repeated_refreshes_and_duplicates_nobody(cli: Cli, tmp_path: Path) -> None:
    cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS))
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS.replace("Köln", "Bonn")))
    assert done.exit_code == 0
    assert people(tmp_path) == {"S1": ("Groß", "Bonn"), "S2": ("Öberg", "Malmö")}


def test_an_import_writes_the_lists_that_handwriting_is_read_against(cli: Cli, tmp_path: Path) -> None:
    more = "S3;Ulf;Berg;Malmö\n"
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS + more))
    assert "2 cities" in done.stdout
    assert (tmp_path / "lists/cities.txt").read_text(encoding="utf-8") == "Köln\t1\nMalmö\t2\n"
    assert not (tmp_path / "lists/streets.txt").exists()


def test_of_two_rows_with_one_id_the_later_holds(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS + "S1;Jürgen;Klein;Ulm\n"))
    assert done.exit_code == 0
    assert people(tmp_path)["S1"] == ("Klein", "Ulm")


def test_rows_that_cannot_be_used_are_told_by_line_and_the_others_stay(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, ROWS + ";No;Id;Here\nS4;Too;Many;Cells;!\n"))
    assert done.exit_code == 1
    assert "2 subscribers imported" in done.stdout
    assert "row 4: no id" in done.stderr
    assert "row 5: more cells" in done.stderr
    assert set(people(tmp_path)) == {"S1", "S2"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("name,city\nA,B\n", "no column id"), ("", "no column id"), ("\n\n", "no column id"), (None, "cannot be read")],
)
def test_a_file_without_subscribers_is_wrong_use_and_said(
    cli: Cli, tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "customers.csv" if content is None else given(tmp_path, content)
    done = cli(tmp_path / "data", "subscribers", "import", file)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_formula_like_text_is_kept_as_the_text_it_is(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path, "subscribers", "import", given(tmp_path, 'id;last_name;city\nS1;=1+1;"@SUM(A1)"\n'))
    assert done.exit_code == 0
    assert people(tmp_path)["S1"] == ("=1+1", "@SUM(A1)")


def test_twenty_thousand_rows_are_imported_within_a_minute(cli: Cli, tmp_path: Path) -> None:
    rows = "".join(f"S{n};Anna{n % 97};Holm{n % 1013};Street {n % 40};{n % 90};{10000 + n % 89999};Town\n"
                   for n in range(20_000))  # fmt: skip
    file = given(tmp_path, "id;first_name;last_name;street;house_number;postcode;city\n" + rows)
    began = time.monotonic()
    done = cli(tmp_path, "subscribers", "import", file)
    assert "20000 subscribers imported" in done.stdout
    assert len(people(tmp_path)) == 20_000
    assert time.monotonic() - began < 60


CAMPAIGN = "- {name: Autumn, code: A26, template: retention-offer, opens: 2026-09-01, closes: 2026-12-31}\n"


def keys(data: Path) -> dict[str, tuple[str, bytes]]:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        rows = connection.execute("SELECT code, template, signing_key FROM campaign").fetchall()
    return {row[0]: row[1:] for row in rows}


def test_a_campaign_imported_again_changes_but_keeps_its_signing_key(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "campaigns.yaml"
    file.write_text(CAMPAIGN)
    assert cli(tmp_path, "campaigns", "import", file).stdout == "1 campaigns imported\n"
    first = keys(tmp_path)["A26"]
    file.write_text(CAMPAIGN.replace("retention-offer", "renewal-card"))
    assert cli(tmp_path, "campaigns", "import", file).exit_code == 0
    template, key = keys(tmp_path)["A26"]
    assert (template, key) == ("renewal-card", first[1])
    assert len(key) >= 16


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("- {name: A, code: A26}\n", "template"),
        ("- {name: A, code: A26, template: t, opens: 2026-12-31, closes: 2026-01-01}\n", "closes lies before opens"),
        ("- {name: A, code: A26, template: t, signing_key: abc}\n", "signing_key"),
        ("- [unclosed\n", "campaigns.yaml"),
        ("just text\n", "campaigns.yaml"),
        ("name: A\n", "campaigns.yaml"),
        (b"\xff\xfe\x00", "campaigns.yaml"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_campaign_file_is_wrong_use_and_says_where(
    cli: Cli, tmp_path: Path, content: str | bytes | None, sentence: str
) -> None:
    file = tmp_path / "campaigns.yaml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = cli(tmp_path / "data", "campaigns", "import", file)
    assert done.exit_code == 2, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
