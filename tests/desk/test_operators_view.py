"""What operators see of a batch in the Prefect UI, in a real browser, while `serve` runs."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import SAMPLES, Running, load_base, processes_on, replyflow, serving, wait_until

SCANS = ("0001-retention-offer.pdf", "9002-text.pdf")
REJECTS = "Completed with rejects"
PATIENCE_MS = 30_000
pytestmark = [pytest.mark.browser, pytest.mark.prefect]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("operators")
    load_base(data)
    with serving(data) as running:
        inbox = data / "inbox/paper"
        inbox.mkdir(parents=True, exist_ok=True)
        for name in SCANS:
            shutil.copy(SAMPLES / "scans/paper" / name, inbox / f"{name}.part")
        for name in SCANS:
            (inbox / f"{name}.part").rename(inbox / name)
        wait_until(lambda: any(run["state_name"] == REJECTS for run in finished_runs(running)), 240)
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield opened
    opened.close()


def finished_runs(stack: Running) -> list[dict[str, str]]:
    wanted = {"flows": {"name": {"any_": ["batch"]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    found: list[dict[str, str]] = httpx.post(f"{stack.prefect}/api/flow_runs/filter", json=wanted, timeout=60).json()
    return found


def enter_as_supervisor(stack: Running, page: Page) -> None:
    secret = replyflow(stack.data, "people", "invite", "supervisor").stdout
    found = re.search(r"/welcome/\S+", secret)
    assert found is not None, secret
    enter(page, f"{stack.desk}{found[0]}", "sam")


def enter_by_the_first_link(stack: Running, page: Page) -> None:
    """As the person who installed it: through the one-time link that `serve` printed."""
    found = re.search(r"http://\S+/welcome/\S+", stack.said)
    assert found is not None, stack.said
    enter(page, found[0], "root")


def enter(page: Page, link: str, login: str) -> None:
    page.goto(link)
    for name, value in (("login", login), ("name", login.title()), ("password", "a long enough secret")):
        page.fill(f"[name={name}]", value)
    page.get_by_role("button").click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()


def test_a_run_is_named_by_batch_and_source_and_tagged_by_channel_and_campaign(stack: Running, page: Page) -> None:
    page.goto(f"{stack.prefect}/runs")
    expect(page.get_by_text(re.compile(r"B-\d{8}-\d{4} · paper")).first).to_be_visible()
    expect(page.get_by_text("channel:paper").first).to_be_visible()
    expect(page.get_by_text(re.compile("campaign:")).first).to_be_visible()


def test_rejected_documents_are_told_from_a_failed_run(stack: Running, page: Page) -> None:
    run = next(run for run in finished_runs(stack) if run["state_name"] == REJECTS)
    page.goto(f"{stack.prefect}/runs/flow-run/{run['id']}")
    expect(page.get_by_text(REJECTS).first).to_be_visible()
    expect(page.get_by_text("Failed", exact=True)).to_have_count(0)


def test_the_summary_of_a_batch_links_to_its_page_in_the_desk(stack: Running, page: Page) -> None:
    page.goto(f"{stack.prefect}/artifacts/key/batch-summary")
    link = page.get_by_role("link", name="Open it in the desk").first
    expect(link).to_be_visible()
    address = link.get_attribute("href") or ""
    enter_by_the_first_link(stack, page)
    page.goto(address)
    expect(page.locator("h1")).to_have_text(re.compile(r"B-\d{8}-\d{4}"))
    expect(page.locator("#documents")).to_contain_text("neither a PDF nor a picture")


def test_the_page_of_a_batch_leads_to_its_run_and_a_replay_leads_both_ways(stack: Running, page: Page) -> None:
    run = next(run for run in finished_runs(stack) if run["state_name"] == REJECTS)
    enter_as_supervisor(stack, page)
    page.get_by_role("link", name=re.compile("^B-")).first.click()
    expect(page.get_by_role("link", name="Flow run in Prefect")).to_have_attribute(
        "href", f"{stack.prefect}/runs/flow-run/{run['id']}"
    )
    page.get_by_role("button", name="Read again with the present designs").click()
    expect(page.get_by_text("0 would change")).to_be_visible(timeout=6 * PATIENCE_MS)
    link = page.get_by_role("link", name="Flow run in Prefect").get_attribute("href") or ""
    replay = page.url
    found = httpx.get(f"{stack.prefect}/api/flow_runs/{link.rsplit('/', 1)[1]}").json()
    assert found["state_type"] in ("COMPLETED", "RUNNING") and found["name"].endswith("replay")
    page.goto(f"{stack.prefect}/artifacts/key/replay-summary")
    expect(page.get_by_role("link", name="Open it in the desk").first).to_have_attribute("href", replay)


def test_the_operators_see_no_personal_data_and_nothing_leaves_the_machine(stack: Running, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    run = finished_runs(stack)[0]
    page.goto(f"{stack.prefect}/runs/flow-run/{run['id']}")
    expect(page.get_by_text("Completed with rejects").first).to_be_visible()
    shown = page.content()
    names = {line.split(",")[2] for line in (SAMPLES / "subscribers.csv").read_text(encoding="utf-8").splitlines()[1:]}
    assert [name for name in names if len(name) > 4 and name in shown] == []
    assert not any(scan in shown for scan in SCANS)
    assert [url for url in asked if not url.startswith((stack.prefect, "data:", "blob:"))] == []


def test_dropped_files_have_left_the_inbox_and_a_rejected_one_lies_beside_its_note(stack: Running) -> None:
    assert list((stack.data / "inbox/paper").iterdir()) == []
    (note,) = (stack.data / "rejected").glob("*9002-text.pdf.txt")
    assert "neither a PDF nor a picture" in note.read_text(encoding="utf-8")


def test_serve_stops_on_sigterm_within_ten_seconds_and_leaves_nothing(stack: Running) -> None:
    began = time.monotonic()
    stack.process.terminate()
    assert stack.process.wait(30) == 0
    assert time.monotonic() - began < 10
    assert processes_on(stack.data) == []
    assert "Everything is stopped." in stack.said
