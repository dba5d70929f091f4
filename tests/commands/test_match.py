import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from commands.match import match_command

SAMPLES = Path(__file__).parents[2] / "samples" / "subscribers.csv"


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(match_command)
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


def rows_of(path):
    return list(csv.DictReader(path.open(encoding="utf-8")))


def test_every_sample_subscriber_with_a_phone_finds_themselves(run, tmp_path):
    people = rows_of(SAMPLES)[:150]
    queries, out = tmp_path / "q.csv", tmp_path / "out.csv"
    lines = [f"{p['id']};{p['first_name']} {p['last_name']};{p['phone']}" for p in people]
    queries.write_text("\n".join(["id;name;phone", *lines]), encoding="cp1252")
    result = run(queries, "--subscribers", SAMPLES, "-o", out)
    assert result.exit_code == 0, result.output
    found = rows_of(out)
    assert [row["query_id"] for row in found] == [p["id"] for p in people]
    assert all(row["subscriber_id"] == row["query_id"] for row in found)
    assert {row["decision"] for row in found} == {"auto"}


def test_formulas_in_ids_are_neutralised_and_a_bom_is_tolerated(run, tmp_path):
    queries, out = tmp_path / "q.csv", tmp_path / "out.csv"
    queries.write_text("id,name\n=1+1,Nobody Known\n", encoding="utf-8-sig")
    assert run(queries, "--subscribers", SAMPLES, "-o", out).exit_code == 0
    assert rows_of(out)[0]["query_id"] == "'=1+1"


def test_bad_rows_are_counted_and_end_in_exit_code_1(run, tmp_path):
    queries = tmp_path / "q.csv"
    queries.write_text("id,name\n,Nobody\nq2,Nobody Known\n")
    result = run(queries, "--subscribers", SAMPLES)
    assert result.exit_code == 1
    assert "1 rows left out" in result.stderr


@pytest.mark.parametrize("content", [None, "name,street\nA,B\n", ""])
def test_a_missing_file_or_id_column_is_wrong_use(run, tmp_path, content):
    queries = tmp_path / "q.csv"
    if content is not None:
        queries.write_text(content)
    assert run(queries, "--subscribers", SAMPLES).exit_code == 2


def test_columns_bear_the_names_that_an_import_knows_and_what_is_no_column_is_told(run, tmp_path):
    queries, base = tmp_path / "q.csv", tmp_path / "base.csv"
    queries.write_text("Id;Vorname;Nachname;Handy;Kanal\nq1;Anna;Lindqvist;0701234567;Post\n", encoding="cp1252")
    base.write_text("Kund-ID,Förnamn,Efternamn,Mobilnummer\nS1,Anna,Lindqvist,+46701234567\n", encoding="utf-8")
    result = run(queries, "--subscribers", base)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1].split(",")[:2] == ["q1", "S1"]
    assert f"{queries}: not used: kanal" in result.stderr


@pytest.mark.parametrize("header", ["id,name,name", "id,mobil,telefon"])
def test_two_columns_that_may_be_one_field_are_refused_rather_than_one_of_them_taken(run, tmp_path, header):
    queries = tmp_path / "q.csv"
    queries.write_text(f"{header}\nq1,a,b\n")
    result = run(queries, "--subscribers", SAMPLES)
    assert result.exit_code == 2
    assert "may each be" in result.stderr


def test_an_absent_output_folder_is_told_before_the_work(run, tmp_path):
    queries = tmp_path / "q.csv"
    queries.write_text("id,name\nq1,Anna\n")
    result = run(queries, "--subscribers", SAMPLES, "-o", tmp_path / "absent" / "out.csv")
    assert result.exit_code == 2
    assert "does not exist" in " ".join(result.stderr.replace("│", " ").split())
    assert "matched" not in result.stderr
