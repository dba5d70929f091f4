"""Blind keying, samples, figures and coaching at the desk: three persons, a supervisor and an auditor."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from flows.server import free_port
from tests.desk.test_axe import axe, complaints, schemes  # noqa: F401  # axe is a fixture
from tests.desk.work import Clerk, desk_on, execute, query
from tests.running import ROOT, SAMPLES, load_base, replyflow

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]
SCANS = ("0018", "0027", "0029", "0007", "0006")
SECRET = "first.secret@example.com"


@pytest.fixture(scope="module")
def designs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The designs of the house, the offer and the new mail address of one of them critical."""
    folder = Path(shutil.copytree(ROOT / "templates", tmp_path_factory.mktemp("designs") / "templates"))
    for form in folder.glob("*/form.yaml"):
        critical = re.sub(r"\n  (offer|new_email):\n", r"\n  \1:\n    critical: true\n", form.read_text())
        form.write_text(critical.replace("consumer_name: {", "consumer_name: {critical: true, "))
    return folder


@pytest.fixture(scope="module")
def sampled(designs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with doubtful critical fields, in which every automatic reading is a sample."""
    folder = tmp_path_factory.mktemp("sampled")
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    for scan in SCANS:
        shutil.copy(next((SAMPLES / "scans").rglob(f"{scan}-*")), pile)
    done = replyflow(folder, "run", pile, "--no-prefect", REPLYFLOW_TEMPLATES=str(designs), REPLYFLOW_SAMPLE_SHARE="1")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def data(sampled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(sampled, tmp_path_factory.mktemp("quality") / "data"))


@pytest.fixture(scope="module")
def desk(data: Path, designs: Path) -> Iterator[str]:
    port = free_port()
    with desk_on(data, port, REPLYFLOW_TEMPLATES=str(designs)):
        yield f"http://127.0.0.1:{port}"


def first_in_the_queue(data: Path, where: str) -> int:
    """Makes the first open question of this kind the most urgent one, whoever has fetched it ahead; its id."""
    ((found,),) = query(data, f"SELECT min(id) FROM exception WHERE state = 'open' AND {where}")
    free = "leased_by = NULL, leased_until = NULL"
    execute(data, f"UPDATE exception SET due = '2001-01-01', {free} WHERE id = {found}")
    execute(data, f"UPDATE exception SET due = '2020-01-01' WHERE id <> {found} AND due < '2020-01-01'")
    return int(found)


def take(client: httpx.Client, question: int) -> dict[str, Any] | None:
    """What the queue shows of this question, if it gives it to this person."""
    items = client.get("/api/queue?count=20").json()["items"]
    client.post("/api/queue/back", json={"ids": [item["id"] for item in items if item["id"] != question]})
    return next((item for item in items if item["id"] == question), None)


def say(client: httpx.Client, question: int, value: object) -> httpx.Response:
    word = "unreadable" if value is None else "value"
    body = {"word": word, "value": value, "active_s": 2.5, "keys": 4}
    return client.post(f"/api/exceptions/{question}/answer", json=body)


def machine(data: Path, question: int) -> tuple[Any, list[Any]]:
    """What the machine made of the field: value and alternatives."""
    read = "SELECT g.value, g.alternatives FROM exception e JOIN response r ON r.id = e.response_id"
    joined = f"{read} JOIN reading g ON g.page_id = r.first_page_id AND g.name = e.field WHERE e.id = {question}"
    ((value, others),) = query(data, joined)
    return json.loads(value), json.loads(others)


def test_nothing_of_the_first_value_or_of_the_machine_reaches_the_second_person(client: Client, data: Path) -> None:
    eva, nils, olle = (client("clerk", login) for login in ("eva", "nils", "olle"))
    first = first_in_the_queue(data, "field = 'new_email' AND purpose = 'ask'")
    item = take(eva, first)
    read, others = machine(data, first)
    assert item is not None and item["read"] == read
    assert say(eva, first, SECRET).status_code == 201

    second = first_in_the_queue(data, "purpose = 'second'")
    assert take(eva, second) is None and say(eva, second, SECRET).status_code == 409
    shown = take(nils, second)
    text = json.dumps(shown, ensure_ascii=False)
    assert shown is not None and shown["crop"] and shown["takes"] == "text"
    assert SECRET not in text and "eva" not in text
    assert [one for one in (read, *(other for other, _ in others)) if one in text] == []
    assert (shown["choices"], shown["confirm"], shown["read"], shown["draft"]) == ([], None, None, None)
    assert nils.get(f"/api/exceptions/{second}/senders").status_code == 404

    assert say(nils, second, "other@example.com").status_code == 201
    third = first_in_the_queue(data, "purpose = 'third'")
    assert take(eva, third) is None and take(nils, third) is None
    shown = take(olle, third)
    text = json.dumps(shown, ensure_ascii=False)
    assert shown is not None and {one["value"] for one in shown["choices"]} == {SECRET, "other@example.com"}
    assert "eva" not in text and "nils" not in text and shown["confirm"] is None
    assert say(olle, third, SECRET).status_code == 201
    assert query(data, f"SELECT state FROM exception WHERE id = {third}") == [("answered",)]


def test_whoever_looks_for_the_sender_sees_nothing_of_a_field_that_is_to_be_keyed_blind(
    client: Client, data: Path
) -> None:
    eva, nils = client("clerk", "eva"), client("clerk", "nils")
    first = first_in_the_queue(data, "field = 'consumer_name' AND purpose = 'ask'")
    of = f"SELECT response_id FROM exception WHERE id = {first}"
    ((match,),) = query(data, f"SELECT id FROM exception WHERE kind = 'match' AND response_id = ({of})")
    assert nils.get(f"/api/exceptions/{match}/senders").json()["written"]["name"]
    assert take(eva, first) is not None and say(eva, first, "Nobody Atall").status_code == 201
    shown = nils.get(f"/api/exceptions/{match}/senders")
    assert "name" not in shown.json()["written"] and "Atall" not in shown.text
    second = first_in_the_queue(data, "field = 'consumer_name' AND purpose = 'second'")
    assert take(nils, second) is not None and say(nils, second, "Nobody  atall").status_code == 201
    assert nils.get(f"/api/exceptions/{match}/senders").json()["written"]["name"] == "Nobody Atall"


def test_a_question_of_a_sample_looks_like_any_that_is_keyed_blind(client: Client, data: Path) -> None:
    eva, nils = client("clerk", "eva"), client("clerk", "nils")
    first = first_in_the_queue(data, "field = 'offer' AND purpose = 'ask'")
    assert take(eva, first) is not None and say(eva, first, ["discount"]).status_code == 201
    second = take(nils, first_in_the_queue(data, "field = 'offer' AND purpose = 'second'"))
    sample = take(nils, first_in_the_queue(data, "field = 'offer' AND purpose = 'sample'"))
    own = ("id", "crop", "page", "outline", "response", "due")
    assert second is not None and sample is not None
    assert {k: v for k, v in second.items() if k not in own} == {k: v for k, v in sample.items() if k not in own}
    assert second["picked"] == []


def test_the_second_keys_in_the_browser_what_the_crop_shows(
    desk: str, data: Path, client: Client, signed_in: Callable[..., BrowserContext]
) -> None:
    eva = client("clerk", "eva")
    first = first_in_the_queue(data, "field = 'new_email' AND purpose = 'ask'")
    assert take(eva, first) is not None and say(eva, first, SECRET).status_code == 201
    second = first_in_the_queue(data, "field = 'new_email' AND purpose = 'second'")
    clerk = Clerk(signed_in("clerk", "nils").new_page(), desk)
    expect(clerk.tab.locator("body")).to_have_attribute("data-item", str(second))
    assert clerk.tab.locator("#choices button").count() == 0 and clerk.tab.locator("#read").is_hidden()
    assert clerk.tab.locator("#text").input_value() == ""
    clerk.press("t")
    clerk.tab.keyboard.type(SECRET.upper())
    with clerk.tab.expect_response(lambda response: response.url.endswith(f"/{second}/answer")):
        clerk.press("Enter")
    assert query(data, f"SELECT state FROM exception WHERE id = {second}") == [("answered",)]
    assert query(data, "SELECT count(*) FROM exception WHERE purpose = 'third' AND state = 'open'") == [(0,)]


@pytest.fixture(scope="module")
def judged(data: Path, desk: str, cookie_of: Callable[..., str]) -> str:
    """The login of a clerk with a right and a wrong sample, the wrong one ruled on by a supervisor."""
    cookies = {login: cookie_of(role, login) for login, role in (("pia", "clerk"), ("boss", "supervisor"))}
    pia, boss = (
        httpx.Client(base_url=desk, cookies={"replyflow": cookie}, headers={"sec-fetch-site": "same-origin"})
        for cookie in cookies.values()
    )
    for right in (True, False):
        question = first_in_the_queue(data, "field = 'signature' AND purpose = 'sample'")
        value, _ = machine(data, question)
        assert take(pia, question) is not None and say(pia, question, value is right).status_code == 201
    ruling = first_in_the_queue(data, "purpose = 'ruling'")
    assert take(pia, ruling) is None
    item = take(boss, ruling)
    assert item is not None and item["rule"] == "sample-differs"
    assert say(boss, ruling, machine(data, ruling)[0]).status_code == 201
    return "pia"


def test_the_pages_of_figures_tell_what_was_checked_and_how_long_it_took(
    desk: str, judged: str, signed_in: Callable[..., BrowserContext]
) -> None:
    tab = signed_in("auditor").new_page()
    tab.goto(f"{desk}/quality")
    row = tab.locator(".shares tr", has_text=judged).locator("td").all_inner_texts()
    assert row[:4] == ["pia", "2", "1", "50.0 %"] and re.fullmatch(r"1\.3 – 98\.7 %", row[4])
    assert "signature" in tab.locator(".shares").first.inner_text().casefold()
    tab.goto(f"{desk}/figures")
    bars = tab.locator("#bars li").all_inner_texts()
    assert [re.search(r"goal: (\d+ s)", bar)[1] for bar in bars] == ["5 s", "15 s", "2 s"]  # type: ignore[index]
    assert re.search(r"\d\.\d s", bars[0]) and re.search(r"\d\.\d s", bars[2])
    assert "2.5" in tab.locator("#by-person tr", has_text="pia").inner_text()
    assert tab.locator("#by-reason tr", has_text="sample").count() >= 1


def test_a_clerk_sees_their_own_figures_alone(client: Client, judged: str) -> None:
    pia = client("clerk", judged)
    for path in ("/quality", "/figures"):
        text = pia.get(path).text
        assert judged in text
        assert [other for other in ("eva", "nils", "boss") if re.search(rf">\s*{other}\s*<", text)] == []
        assert "/quality/people/" not in text and 'id="per_case"' not in text


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("clerk", "GET", "/quality/people/pia", 403), ("clerk", "POST", "/quality/people/pia/notes", 403),
        ("clerk", "POST", "/quality/notes/1/done", 403), ("auditor", "GET", "/quality/people/pia", 200),
        ("auditor", "POST", "/quality/people/pia/notes", 403), ("auditor", "POST", "/quality/notes/1/done", 403),
        ("supervisor", "GET", "/quality/people/nobody-at-all", 404),
        ("supervisor", "POST", "/quality/notes/99/done", 404),
        (None, "GET", "/quality", 303), (None, "GET", "/figures", 303), (None, "GET", "/quality/people/pia", 303),
        (None, "POST", "/quality/people/pia/notes", 401), (None, "POST", "/quality/notes/1/done", 401),
    ],
)  # fmt: skip
def test_each_role_reaches_what_is_for_it(
    client: Client, judged: str, role: str | None, method: str, path: str, status: int
) -> None:
    assert client(role).request(method, path, data={"text": "x"} if method == "POST" else None).status_code == status


def test_another_site_leaves_no_note(client: Client, data: Path, judged: str) -> None:
    before = query(data, "SELECT count(*) FROM coach_note")
    boss = client("supervisor", "boss")
    boss.headers["sec-fetch-site"] = "cross-site"
    assert boss.post(f"/quality/people/{judged}/notes", data={"text": "x"}).status_code == 403
    assert query(data, "SELECT count(*) FROM coach_note") == before


@pytest.mark.parametrize(
    "form", [{"text": " "}, {"text": "x", "follow_up": "2026-02-31"}, {"text": "x", "answer_id": "999999"}]
)
def test_a_note_that_makes_no_sense_is_not_left(client: Client, data: Path, judged: str, form: dict[str, str]) -> None:
    before = query(data, "SELECT count(*) FROM coach_note")
    answer = client("supervisor", "boss").post(f"/quality/people/{judged}/notes", data=form)
    assert answer.status_code == 422 and "alert" in answer.text
    assert query(data, "SELECT count(*) FROM coach_note") == before


def test_a_coach_leaves_a_note_on_a_decision_and_follows_it_up(
    desk: str, judged: str, signed_in: Callable[..., BrowserContext]
) -> None:
    coach, day = signed_in("supervisor", "boss").new_page(), dt.date(2026, 12, 1).isoformat()
    coach.goto(f"{desk}/quality")
    coach.get_by_role("link", name=judged).first.click()
    wrong = coach.locator("#decisions tbody tr").first
    expect(wrong.locator("td.rejected")).to_have_text("Not signed")
    assert wrong.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 20
    coach.get_by_label("About").select_option(index=1)
    coach.get_by_label("Note").fill("Look <b>twice</b>.")
    coach.get_by_label("Follow up on").fill(day)
    coach.get_by_role("button", name="Leave the note").click()
    expect(coach.locator(".note blockquote")).to_have_text("Look <b>twice</b>.")

    pia = signed_in("clerk", judged).new_page()
    pia.goto(f"{desk}/quality")
    expect(pia.locator(".note")).to_contain_text("Look <b>twice</b>.")
    expect(pia.locator(".note")).to_contain_text("Not signed")
    assert pia.locator("#follow-ups").count() == 0

    coach.goto(f"{desk}/quality")
    row = coach.locator("#follow-ups tbody tr")
    expect(row).to_contain_text(day)
    row.get_by_role("button").click()
    expect(coach.locator("#follow-ups")).to_have_count(0)


@schemes
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_of_quality_has_a_violation_or_is_cut_off(
    desk: str, judged: str, client: Client, signed_in: Callable[..., BrowserContext], axe: str, scheme: str, width: int  # noqa: F811
) -> None:  # fmt: skip
    note = {"text": "Seven or one?", "follow_up": "2026-12-02"}
    assert client("supervisor", "boss").post(f"/quality/people/{judged}/notes", data=note).status_code == 303
    how = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}}
    found = {}
    for role, login in (("supervisor", "boss"), ("clerk", judged)):
        tab = signed_in(role, login, **how).new_page()
        for path in ("/quality", "/figures", *([f"/quality/people/{judged}"] if role == "supervisor" else [])):
            tab.goto(desk + path)
            found[role, path] = complaints(tab, axe)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
    assert {where: one for where, one in found.items() if one} == {}
