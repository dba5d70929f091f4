"""Whatever is written on a form or named in a file breaks no table, no page and no path of a bag."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pypdfium2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.audit.bag import BagWriter
from cases.audit.papers import Summary, Workbook
from cases.audit.tables import TableWriter

HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "</t><f>1</f>",
        "<script>",
        "\x00\x1b[31m",
        "{}\n{}",
        "'\"",
        "../x",
    ]
)
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def strings(path: Path) -> list[str]:
    """Every text of a workbook, which has no formula."""
    found = []
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet"):
                sheet = ElementTree.fromstring(book.read(name))
                assert list(sheet.iter(f"{SPREADSHEET}f")) == []
                found += ["".join(cell.itertext()) for cell in sheet.iter(f"{SPREADSHEET}is")]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_no_text_becomes_a_formula_or_breaks_a_table(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("safe")
    row = {"id": 1, "name": text, "reason": text, "kind": text, "offer": text}
    with Workbook(folder / "summary.xlsx", folder) as book:
        book.add("documents", row)
        book.add("cases", row)
    assert [cell for cell in strings(folder / "summary.xlsx") if cell.lstrip()[:1] in ("=", "+", "-", "@")] == []
    with Summary(folder / "summary.pdf", [text]) as pages:
        pages.case(row)
    assert len(pypdfium2.PdfDocument(folder / "summary.pdf")) == 1
    with TableWriter(BagWriter(folder / "bag")) as tables:
        tables.add("documents", row)
        tables.add("readings", {"id": 1, "value": text, "alternatives": [[text, 0.5]]})
    (line,) = (folder / "bag/data/documents.jsonl").read_bytes().splitlines()[:1]
    assert json.loads(line) == row
    kept = pq.read_table(folder / "bag/data/parquet/readings.parquet").to_pylist()
    assert (json.loads(kept[0]["value"]), json.loads(kept[0]["alternatives"])) == (text, [[text, 0.5]])
