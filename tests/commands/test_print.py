"""`print` as people call it: what it writes, what it refuses, and how it exits."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import typer
from typer.testing import CliRunner, Result

from commands.main import app
from commands.print_forms import print_command

HEADER = "id,first_name,last_name,street,house_number,postcode,city,customer_number\n"
NILS = "S1,Nils,Quist,Storgatan,3,11455,Stockholm,10000370\n"
EVA = "S2,Eva,Ek,Storgatan,5,11455,Stockholm,10000743\n"


def printed(folder: Path, *arguments: str, table: str | bytes | None = None) -> Result:
    command = ["--data", str(folder / "data"), "print", "retention-offer", "-o", str(folder / "out.pdf"), *arguments]
    if table is not None:
        (folder / "people.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
        command += ["--subscribers", str(folder / "people.csv")]
    return CliRunner().invoke(app, command)


def told(result: Result) -> str:
    """What stands on stderr, without the lines and the frame of the box around it."""
    return " ".join(result.stderr.replace("│", " ").split())


def text_of(file: Path) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(file))


def test_each_subscriber_gets_a_page(tmp_path: Path) -> None:
    result = printed(tmp_path, "--language", "sv", table=HEADER + NILS + EVA)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    assert "2 page(s) of retention-offer" in result.stderr
    text = text_of(tmp_path / "out.pdf")
    assert text.index("Nils Quist") < text.index("Eva Ek")
    assert "Storgatan 5" in text


def test_without_subscribers_the_blank_is_printed_and_no_data_folder_is_made(tmp_path: Path) -> None:
    assert printed(tmp_path).exit_code == 0
    assert "Customer number" in text_of(tmp_path / "out.pdf")
    assert not (tmp_path / "data").exists()


def test_a_spreadsheets_own_csv_is_read(tmp_path: Path) -> None:
    table = (HEADER + NILS.replace("Quist", "Sjöström")).replace(",", ";").encode("cp1252")
    assert printed(tmp_path, "--key", "00" * 16, table=table).exit_code == 0
    assert "Nils Sjöström" in text_of(tmp_path / "out.pdf")


def test_columns_bear_the_names_that_an_import_knows(tmp_path: Path) -> None:
    table = "Kund-ID;Förnamn;Efternamn;Gata;Husnummer;Postnummer;Ort;Kundnummer\n" + NILS.replace(",", ";")
    assert HEADER.count(",") == table.splitlines()[0].count(";"), "as many columns, in the same order"
    assert printed(tmp_path, "--key", "00" * 16, table=table).exit_code == 0
    assert "Nils Quist" in text_of(tmp_path / "out.pdf")


WRONG_USE = {
    "an unknown language": (["--language", "fi"], None, "en, de, sv, not in fi"),
    "a key that is not hex": (["--key", "xyz"], HEADER + NILS, "digits 0-9"),
    "an empty table": ([], "", "no column id"),
    "a table without ids": ([], "name,street\nNils,Storgatan\n", "no column id"),
    "a table of nobody": ([], HEADER, "names nobody"),
    "missing columns": ([], "id,name\nS1,Nils\n", "street, postcode or city, customer_number"),
}


@pytest.mark.parametrize("case", WRONG_USE)
def test_wrong_use_is_told_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    arguments, table, message = WRONG_USE[case]
    result = printed(tmp_path, *arguments, table=table)
    assert message in told(result)
    assert result.exit_code == 2
    assert not (tmp_path / "out.pdf").exists()


BAD_ROWS = {
    "no id": (HEADER + NILS + EVA.replace("S2", ""), "row 2: it has no id"),
    "the same id": (HEADER + NILS + EVA.replace("S2", "S1"), "row 2: its id S1 is that of row 1 as well"),
    "too few cells": (HEADER + NILS + "S2,Eva\n", "row 2: it has not as many cells"),
    "too many cells": (HEADER + NILS.replace("\n", ",more\n"), "row 1: it has not as many cells"),
    "no such letters": (
        HEADER + EVA + NILS.replace("Nils", "مريم"),
        "row 2: its name has letters that cannot be printed: مريم",
    ),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_stops_the_print_with_its_number(case: str, tmp_path: Path) -> None:
    table, message = BAD_ROWS[case]
    result = printed(tmp_path, "--key", "00" * 16, table=table)
    assert (result.exit_code, message in result.stderr) == (1, True), result.stderr
    assert not (tmp_path / "out.pdf").exists()


def test_names_are_printed_whole_though_a_cell_breaks_its_line_or_writes_accents_apart(tmp_path: Path) -> None:
    strange = NILS.replace("Nils", '"Nils\r\nOlof 😀"').replace("Quist", unicodedata.normalize("NFD", "Ångström"))
    result = printed(tmp_path, "--key", "00" * 16, table=HEADER + strange)
    assert result.exit_code == 0, result.stderr
    text = text_of(tmp_path / "out.pdf")
    assert "Nils Olof" in text
    assert "Ångström" in text


def test_an_absent_output_folder_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["print", "retention-offer", "-o", str(tmp_path / "absent/x.pdf")])
    assert result.exit_code == 2
    assert "does not exist" in told(result)


def test_an_unknown_form_names_the_known_ones(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["print", "retention", "-o", str(tmp_path / "x.pdf")])
    assert result.exit_code == 2
    assert "feedback-card" in result.stderr


def test_a_campaign_code_too_long_to_scan_is_refused(tmp_path: Path) -> None:
    result = printed(tmp_path, "--key", "00" * 16, "--campaign", "autumn-" * 20, table=HEADER + NILS)
    assert (result.exit_code, "shorten the campaign" in result.stderr) == (1, True)


def test_called_alone_it_keeps_its_keys_in_the_data_folder_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = typer.Typer()
    alone.command()(print_command)
    (tmp_path / "people.csv").write_text(HEADER + NILS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(alone, ["retention-offer", "--subscribers", "people.csv", "-o", "out.pdf"])
    assert (result.exit_code, (tmp_path / "data").is_dir()) == (0, True), result.stderr


def test_help_ends_with_an_example() -> None:
    assert "Example: ./replyflow print" in CliRunner().invoke(app, ["print", "--help"]).stdout
