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
