import csv
import unicodedata
from pathlib import Path

import pyarrow
import pytest
import typer
from pyarrow import parquet
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


PEOPLE = """id,first_name,last_name,street,house_number,postcode,phone
S1,Åsa,Öberg,Storgatan,12 B,12345,0701740605
S2,Nils,Öberg,Storgatan,12 B,12345,0701740606
"""


@pytest.fixture
def answers(run, tmp_path):
    """The answers to a file of queries with these bytes."""
    base = tmp_path / "base.csv"
    base.write_text(PEOPLE, encoding="utf-8")

    def answered(content, *more):
        (tmp_path / "q.csv").write_bytes(content)
        result = run(tmp_path / "q.csv", "--subscribers", base, "-o", tmp_path / "out.csv", *more)
        return result, rows_of(tmp_path / "out.csv") if result.exit_code in (0, 1) else []

    return answered


LINE = "1;Åsa;Öberg;Storg. 12B;123 45;0701740605"
SWEDISH = "Id;Förnamn;Efternamn;Gatuadress;Postnummer;Telefon"
OWN = "id;first_name;last_name;street;postcode;phone"


@pytest.mark.parametrize(
    "content",
    [
        f"{OWN}\r\n{LINE}\r\n".encode("utf-8-sig"),
        f"{SWEDISH}\n{LINE}\n".encode(),
        f"{OWN}\n{LINE}\n".replace(";", "\t").encode("utf-16"),
        f"{OWN}\n{LINE}\n".encode("cp1252"),
        unicodedata.normalize("NFD", f"{SWEDISH}\n{LINE}\n").encode(),
        f"{OWN}\r{LINE}\r".encode(),
        f"{' ; '.join(OWN.upper().split(';'))}\n{LINE}".encode(),
        b"id,name,last_name,phone\n1,Asa Oberg,Oberg,0701740605\n",
        b"id,name,first_name,phone\n1,Oberg,Asa,0701740605\n",
    ],
    ids=["BOM", "Swedish", "UTF-16 tabs", "cp1252", "NFD", "CR", "upper case", "name and surname", "given and name"],
)
def test_tables_of_any_origin_are_read(answers, content):
    result, found = answers(content)
    assert result.exit_code == 0, result.output
    assert [(row["subscriber_id"], row["decision"]) for row in found] == [("S1", "auto")]


def test_a_table_of_queries_without_rows_has_no_answers(answers):
    result, found = answers(b"id,name\n")
    assert (result.exit_code, found) == (0, [])


def test_columns_that_are_no_field_are_told_and_may_be_mapped(answers):
    content = "id,Who,Ring\n1,Åsa Öberg,0701740605\n".encode()
    result, found = answers(content)
    assert "queries: columns not used: Who, Ring" in result.stderr and found[0]["decision"] == "none"
    result, found = answers(content, "--map-queries", "name=Who", "--map-queries", "phone=Ring")
    assert "not used" not in result.stderr and found[0]["decision"] == "auto"


@pytest.mark.parametrize("option", ["name", "name=", "name=Nobody", "nome=name"])
def test_a_mapping_that_cannot_be_is_wrong_use(answers, option):
    result, _ = answers(b"id,name\n1,Nils\n", "--map-queries", option)
    assert result.exit_code == 2 and "--map-queries" in result.stderr


def test_ids_that_repeat_are_each_answered_and_told(answers):
    content = "id,name,phone\n1,Åsa Öberg,0701740605\n1,Nils Öberg,0701740606\n".encode()
    result, found = answers(content)
    assert [row["subscriber_id"] for row in found] == ["S1", "S2"]
    assert "several rows" in result.stderr


def test_one_query_is_explained_field_by_field(answers):
    result, _ = answers("id,name,phone\n7,Åsa Öberg,0701740605\n8,Nils,\n".encode(), "--explain", "7")
    assert "query 7: auto" in result.stderr and "phone agrees" in result.stderr and "query 8" not in result.stderr
    assert answers(b"id,name\n7,Nils\n", "--explain", "9")[0].exit_code == 2


def test_a_base_of_parquet_with_columns_of_its_own_is_read(run, tmp_path):
    table = pyarrow.table({"Kund": ["S1"], "MSISDN": [46701740605], "Rufname": ["Åsa"], "Familj": ["Öberg"]})
    parquet.write_table(table, tmp_path / "base.parquet")
    (tmp_path / "q.csv").write_text("id,name,phone\n1,Åsa Öberg,+46 70 174 06 05\n", encoding="utf-8")
    told = ("--map", "id=Kund", "--map", "phone=MSISDN", "--map", "last_name=Familj")
    result = run(tmp_path / "q.csv", "--subscribers", tmp_path / "base.parquet", *told, "-o", tmp_path / "out.csv")
    assert result.exit_code == 0, result.output
    assert rows_of(tmp_path / "out.csv")[0]["subscriber_id"] == "S1"


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
