"""Whatever is written on a form or named in a file breaks no table, no page and no path that we hand out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.audit.bag import BagWriter
from cases.audit.orders import folder_name
from cases.audit.papers import Summary, Workbook
from cases.audit.tables import TableWriter
from cases.clock import now
from cases.models import Statement, StatementLine
from cases.names import clean_name
from cases.privacy.disclosing import page_of
from cases.settlement.papers import Paper, as_csv, as_pdf, as_xlsx
from matching.tables import harmless, write_table

WORST = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1", "\ufeff=cmd|' /C calc'!A0", "\x00=1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "'=1", '"=1"', '=HYPERLINK("http://x","y")',
    "</t><f>1</f>", "<script>alert(1)</script>", "<b>&amp;", "{{ 7*7 }}", "{% raw %}", "]]>", "<para>", "&#0;",
    "\x00\x1b[31m", "\u202egpj.exe", "{}\n{}", "\u2028\u2029", "'\"", "\\", "../../x", "..\\..\\x", "/etc/passwd",
    "CON", "", " ", "\U0001f600" * 20_000, "x" * 100_000, "=" * 100_000, "e\u0301" * 50,
]  # fmt: skip
WHOLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(WORST)
HALVED = st.text(max_size=60) | st.sampled_from([*WORST, "\ud800", "=\udfff", "a\ud83d"])
"""Also with halves of characters, as a file name or a broken program brings them."""
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CELL_UNITS = 32_767
few = settings(max_examples=15)
many = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def is_quiet(cell: str) -> bool:
    """Whether no spreadsheet takes the cell for a formula, whatever it strips before it looks."""
    seen = "".join(one for one in cell if one.isprintable() and not one.isspace() and one != "\ufffd")
    return not seen.startswith(FORMULA) and not cell.startswith(("\t", "\r", "\n"))


def strings(content: bytes) -> list[str]:
    """Every text of a workbook, which has no formula and no cell that is too long."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            root = ElementTree.fromstring(book.read(name))
            if name.startswith("xl/worksheets/sheet"):
                assert list(root.iter(f"{SPREADSHEET}f")) == []
                found += ["".join(cell.itertext()) for cell in root.iter(f"{SPREADSHEET}is")]
            elif name == "xl/sharedStrings.xml":
                found += ["".join(cell.itertext()) for cell in root.iter(f"{SPREADSHEET}si")]
    assert all(len(one.encode("utf-16-le")) <= 2 * CELL_UNITS for one in found)
    return found


class Seen(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def paper(text: str) -> Paper:
    """A settlement statement in which everything that can be text is this text."""
    month = dt.date(2026, 11, 1)
    statement = Statement(
        id=1, partner=text, month=month, currency="EUR", total=Decimal("-1.50"), lines=1, digest="0" * 64,
        known_outcome=1, known_terms=1, proposed_by=text, proposed_at=now(), decided_by=text, decided_at=now(),
    )  # fmt: skip
    line = StatementLine(
        statement_id=1, number=1, case_id=7, kind="clawback", of="clawback", of_month=month, amount=Decimal("-1.50"),
        terms=text, sentence=text, evidence={"ledger": text, "crops": {text: text}},
    )  # fmt: skip
    return Paper(statement, (line,))


@many
@given(text=HALVED)
def test_no_cell_of_a_csv_starts_a_formula_and_the_rows_stay_rows(text: str) -> None:
    written = write_table(["id", "why"], [[text, text], ["1", "2"]])
    written.encode()
    header, row, last = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert (header, last, len(row)) == (["id", "why"], ["1", "2"], 2)
    assert all(is_quiet(cell) for cell in row)


@many
@given(text=WHOLE)
def test_a_cell_that_is_no_formula_stays_as_it_is(text: str) -> None:
    printable = "".join(one for one in text if one.isprintable())
    if is_quiet(printable):
        assert harmless(printable) == printable
    else:
        assert harmless(printable) == f"'{printable}"


@few
@given(text=HALVED)
def test_a_settlement_on_paper_stays_whole_whatever_its_partner_is_called(text: str) -> None:
    made = paper(text)
    rows = list(csv.reader(io.StringIO(as_csv(made), newline=""), strict=True))
    assert (len(rows), {len(row) for row in rows}) == (3, {10})
    assert rows[1][4] == "-1.50", "an amount is a number and no formula"
    assert all(is_quiet(cell) for cell in [*rows[1][:4], *rows[1][5:]])
    as_csv(made).encode()
    assert all(is_quiet(cell) for cell in strings(as_xlsx(made)))
    content = as_pdf(made)
    assert content == as_pdf(made)
    assert len(pypdfium2.PdfDocument(content)) >= 1
    assert made.name.encode("ascii", "replace").decode().isprintable() and "/" not in made.name


@many
@given(text=HALVED)
def test_no_text_becomes_a_formula_in_the_papers_of_a_bag(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("safe")
    row = {"id": 1, "name": text, "reason": text, "kind": text, "offer": text}
    with Workbook(folder / "summary.xlsx", folder) as book:
        book.add("documents", row)
        book.add("cases", row)
    assert all(is_quiet(cell) for cell in strings((folder / "summary.xlsx").read_bytes()))
    with Summary(folder / "summary.pdf", [text]) as pages:
        pages.case(row)
    assert len(pypdfium2.PdfDocument(folder / "summary.pdf")) == 1


@many
@given(text=WHOLE)
def test_the_tables_of_a_bag_give_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("tables")
    row = {"id": 1, "name": text, "reason": text}
    with TableWriter(BagWriter(folder / "bag")) as tables:
        tables.add("documents", row)
        tables.add("readings", {"id": 1, "value": text, "alternatives": [[text, 0.5]]})
    (line, *more) = (folder / "bag/data/documents.jsonl").read_bytes().split(b"\n")
    assert (json.loads(line), more) == (row, [b""])
    kept = pq.read_table(folder / "bag/data/parquet/readings.parquet").to_pylist()
    assert (json.loads(kept[0]["value"]), json.loads(kept[0]["alternatives"])) == (text, [[text, 0.5]])


@many
@given(text=WHOLE)
def test_a_disclosed_page_shows_hostile_text_as_text(text: str) -> None:
    def page(value: str) -> Seen:
        return Seen(page_of(value, {"what was read": [{"value": value or "-", "picture": value or "-"}]}))

    assert page(text).tags == page("harmless").tags
    if "\r" not in text and "\x00" not in text:
        assert text in page(text).text


@many
@given(text=HALVED)
def test_no_name_leads_out_of_its_folder(text: str) -> None:
    for name in (folder_name(text), paper(text).name):
        assert name not in ("", ".", "..")
        assert "/" not in name and "\\" not in name and "\x00" not in name
        assert (Path("exports") / name).resolve().parent == Path("exports").resolve()
    assert len(clean_name(text).encode()) <= 240
