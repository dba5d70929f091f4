"""The desk's pages in a real browser, over a database that `run` has filled with sample scans."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.desk.conftest import HOSTILE, SCANS

pytestmark = pytest.mark.browser


@pytest.fixture
def page(signed_in: Callable[..., BrowserContext]) -> Page:
    return signed_in("auditor").new_page()


def rows_of(data: Path, query: str) -> list[tuple[str, ...]]:
    with sqlite3.connect(data / "replyflow.sqlite") as connection:
        return connection.execute(query).fetchall()


def test_the_overview_counts_what_came_in_and_lists_its_batches(desk: str, data: Path, page: Page) -> None:
    page.goto(desk)
    figures = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts(), strict=True))
    assert figures["documents"] == str(len(SCANS) + 1)
    assert figures["responses"] == "3"
    assert figures["rejected"] == "2"
    (batch,) = rows_of(data, "SELECT id FROM batch")
    assert page.locator("#batches a").all_inner_texts() == list(batch)


def test_what_waits_for_a_person_is_shown_with_how_often(desk: str, data: Path, page: Page) -> None:
    page.goto(desk)
    shown = page.locator("#waiting tr:has(td)").all()
    counts = [int(row.locator("td.count").inner_text()) for row in shown]
    assert sum(counts) == rows_of(data, "SELECT count(*) FROM exception WHERE state = 'open'")[0][0]
    assert "The form must be signed" in page.locator("#waiting").inner_text()


def test_a_rejected_document_is_shown_with_its_reason(desk: str, page: Page) -> None:
    page.goto(desk)
    row = page.locator("#rejected tr", has_text="9001-empty.pdf")
    assert "The file is empty. Scan the page again." in row.inner_text()


def test_a_batch_shows_every_document_its_decision_and_why(desk: str, data: Path, page: Page) -> None:
    page.goto(desk)
    page.locator("#batches a").first.click()
    assert page.locator("h1").inner_text() == rows_of(data, "SELECT id FROM batch")[0][0]
    assert page.locator("#documents tr:has(td)").count() == len(SCANS) + 1
    unsigned = page.locator("#documents tr", has_text="0014-retention-offer.png").inner_text()
    assert "review" in unsigned
    assert "Signature: The form must be signed" in unsigned


def test_a_hostile_file_name_is_text_and_never_markup(desk: str, data: Path, page: Page) -> None:
    (batch,) = rows_of(data, "SELECT id FROM batch")[0]
    for address in (desk, f"{desk}/batches/{batch}"):
        page.goto(address)
        assert page.locator("main img").count() == 0
        assert page.title() != "owned"
        assert HOSTILE in page.locator("main").inner_text()


def test_no_page_asks_anybody_outside_or_breaks_its_own_policy(desk: str, data: Path, page: Page) -> None:
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    (batch,) = rows_of(data, "SELECT id FROM batch")[0]
    for path in ("/", f"/batches/{batch}"):
        page.goto(desk + path)
    assert f"{desk}/static/desk.css" in asked
    assert [url for url in asked if not url.startswith((desk, "data:"))] == []
    assert complaints == []


def test_no_page_of_figures_shows_what_people_wrote_or_who_they_are(
    client: Callable[..., httpx.Client], data: Path
) -> None:
    (batch,) = rows_of(data, "SELECT id FROM batch")[0]
    auditor = client("auditor")
    text = auditor.get("/").text + auditor.get(f"/batches/{batch}").text
    assert batch in text
    query = "SELECT last_name, street, phone, email FROM subscriber WHERE id IN (SELECT subscriber_id FROM response)"
    people = rows_of(data, query)
    assert people
    assert [value for person in people for value in person if value and value in text] == []


@pytest.mark.parametrize("path", ["/", "/batches/B-1", "/healthz", "/static/desk.css", "/nowhere"])
def test_every_answer_carries_strict_headers(desk: str, path: str) -> None:
    headers = httpx.get(desk + path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("name", ["B-19990101-0001", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "'; DROP TABLE batch; --"])
def test_an_unknown_batch_is_not_found_and_not_echoed(client: Callable[..., httpx.Client], name: str) -> None:
    answer = client("auditor").get(f"/batches/{name}")
    assert answer.status_code == 404
    assert "<script" not in answer.text
