"""Files sent by a browser: taken in whole or not at all, whatever they are called and whoever hangs up."""

from __future__ import annotations

import re
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import psutil
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab

from cases.names import last_part
from cases.settings import Settings
from desk.receiving import TooLargeError, received
from desk.words import words
from tests.desk.work import query
from tests.running import SAMPLES, replyflow, wait_until

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]
FORM = SAMPLES / "scans/paper/0007-retention-offer.pdf"
OTHER = SAMPLES / "scans/paper/0011-retention-offer.pdf"
MB = 1_000_000


def tiff(mark: str, size: int = 1000) -> bytes:
    """Bytes that begin like a TIFF and are like no others."""
    return (b"II*\x00" + mark.encode()).ljust(size, b"\x00")


def upload(client: httpx.Client, name: str, content: bytes, **origin: str) -> httpx.Response:
    return client.post("/api/uploads", params=origin, headers={"x-file-name": quote(name, safe="")}, content=content)


def half_made(data: Path) -> list[Path]:
    return list(Settings(data=data).store.scratch().iterdir())


def documents(data: Path) -> list[tuple[str, str, str | None]]:
    return query(data, "SELECT name, channel, partner FROM document ORDER BY id")  # type: ignore[return-value]


def test_a_file_is_taken_in_as_the_folder_would_and_its_way_can_be_followed(client: Client, data: Path) -> None:
    clerk = client("clerk")
    answer = upload(clerk, "Größe 1.tif", tiff("one"), channel="email")
    assert (answer.status_code, answer.json()["outcome"]) == (201, "taken")
    assert documents(data)[-1] == ("Größe 1.tif", "email", None)
    document = answer.json()["document"]
    (shown,) = clerk.get("/api/documents", params={"id": document}).json()
    assert (shown["id"], shown["state"]) == (document, "received")
    who = query(data, f"SELECT who FROM ledger WHERE subject = '{document}' AND tag = 'intake:document:received'")
    assert who == [("person:clerk",)]
    assert half_made(data) == []


def test_the_same_file_is_told_to_be_here_already_whatever_it_is_called(client: Client, data: Path) -> None:
    first = upload(client("clerk"), "a.tif", tiff("two"))
    before = len(documents(data))
    again = upload(client("supervisor"), "b.tif", tiff("two"))
    assert (again.status_code, again.json()["outcome"]) == (200, "duplicate")
    assert again.json()["document"] == first.json()["document"]
    assert "already" in again.json()["sentence"]
    assert len(documents(data)) == before


NAMES = {
    "../../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\eva\\scan.pdf": "scan.pdf", "/": "file", "..": "file", "": "file",
    "a\x00b\r\nSet-Cookie: x.pdf": "a\ufffdb\ufffd\ufffdSet-Cookie: x.pdf", ".hidden": ".hidden", "~$x.tmp": "~$x.tmp",
    "<img src=x onerror=alert(1)>.pdf": "<img src=x onerror=alert(1)>.pdf", "\u202egpj.exe": "\ufffdgpj.exe",
    "\ud800.pdf": "???.pdf", "x" * 900 + ".pdf": "x" * 236 + ".pdf", "../scan.pdf/": "scan.pdf",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_only_a_name(client: Client, data: Path, name: str) -> None:
    header = quote(name, safe="", errors="surrogatepass")
    body = tiff(f"named {header}"[:900])
    answer = client("clerk").post("/api/uploads", headers={"x-file-name": header}, content=body)
    assert answer.status_code == 201, answer.text
    kept = documents(data)[-1][0]
    assert kept == NAMES[name].replace("???", "\ufffd\ufffd\ufffd")
    assert "/" not in kept and "\\" not in kept


@pytest.mark.parametrize("language", ["en", "de", "sv"])
@pytest.mark.parametrize(
    ("content", "status", "code"), [(b"MZ no scan", 415, "not-an-image"), (b"", 422, "empty-file")]
)
def test_what_is_no_scan_is_refused_in_the_senders_language_and_nothing_stays(
    client: Client, data: Path, content: bytes, status: int, code: str, language: str
) -> None:
    before = documents(data)
    clerk = client("clerk", f"clerk-{language}")
    query_language(data, f"clerk-{language}", language)
    answer = upload(clerk, "scan.pdf", content)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["code"]) == (status, "refused", code)
    assert answer.json()["sentence"] == words(language)[f"upload.refused.{code}"]
    assert (documents(data), half_made(data)) == (before, [])


def query_language(data: Path, login: str, language: str) -> None:
    with sqlite3.connect(data / "replyflow.sqlite", timeout=30) as connection:
        connection.execute("UPDATE person SET language = ? WHERE login = ?", (language, login))


@pytest.mark.parametrize(
    ("origin", "status"),
    [({"channel": "partner", "partner": "acme"}, 201), ({"channel": "partner", "partner": "../x"}, 422),
     ({"channel": "partner"}, 422), ({"channel": "paper", "partner": "acme"}, 422), ({"channel": "pigeon"}, 422)],
)  # fmt: skip
def test_a_partner_is_one_that_is_known(client: Client, data: Path, origin: dict[str, str], status: int) -> None:
    (data / "inbox/partner/acme").mkdir(parents=True, exist_ok=True)
    assert upload(client("clerk"), "a.tif", tiff(f"partner {origin}"), **origin).status_code == status
    if status == 201:
        assert documents(data)[-1] == ("a.tif", "partner", "acme")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_connection_that_breaks_half_way_leaves_nothing_and_the_next_try_succeeds(
    client: Client, desk: str, data: Path, cookie_of: Callable[[str], str], chunked: bool
) -> None:
    content, before = tiff(f"broken {chunked}", 3 * MB), documents(data)
    host, port = urlsplit(desk).hostname, urlsplit(desk).port
    head = f"POST /api/uploads HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: replyflow={cookie_of('clerk')}\r\n"
    head += "Sec-Fetch-Site: same-origin\r\nX-File-Name: a.tif\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n" if chunked else f"Content-Length: {len(content)}\r\n\r\n"
    half = content[:MB]
    with socket.create_connection((host, port)) as line:
        line.sendall(head.encode() + (f"{MB:x}\r\n".encode() + half + b"\r\n" if chunked else half))
        wait_until(lambda: [path.stat().st_size for path in half_made(data)] == [MB], 20)
    wait_until(lambda: half_made(data) == [], 20)
    assert documents(data) == before
    assert upload(client("clerk"), "a.tif", content).status_code == 201


def test_a_large_file_goes_to_the_disk_and_not_into_memory(client: Client, desk: str) -> None:
    port, peak = int(desk.rsplit(":", 1)[1]), 0
    listening = (one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN)
    server = psutil.Process(next(one.pid for one in listening if one.laddr.port == port))

    def content() -> object:
        nonlocal peak
        yield tiff("large")
        for _ in range(200):
            yield b"\x00" * MB
            peak = max(peak, server.memory_info().rss)

    before = server.memory_info().rss
    clerk = client("clerk")
    clerk.timeout = httpx.Timeout(60)
    answer = clerk.post("/api/uploads", headers={"x-file-name": "large.tif"}, content=content())  # type: ignore[arg-type]
    assert answer.status_code == 201
    assert max(peak, server.memory_info().rss) - before < 50 * MB


def test_more_bytes_than_are_taken_are_refused_before_and_while_they_come(tmp_path: Path) -> None:
    app, left = FastAPI(), list[str]()

    @app.post("/")
    async def take(request: Request) -> str:
        try:
            async with received(request, tmp_path, 1000) as path:
                return str(path.stat().st_size)
        except TooLargeError:
            left.extend(path.name for path in tmp_path.iterdir())
            return "too large"

    client = TestClient(app)
    assert client.post("/", content=b"x" * 1000).json() == "1000"
    assert client.post("/", content=b"x" * 1001).json() == "too large"
    assert client.post("/", content=iter([b"x" * 600, b"x" * 600])).json() == "too large"
    assert left == []


@pytest.mark.parametrize(("name", "kept"), [("a/b\\c.pdf", "c.pdf"), ("...", "..."), (" . ", "file"), ("x/..", "file")])
def test_a_name_has_no_folders(name: str, kept: str) -> None:
    assert last_part(name) == kept


def drop(tab: Tab, files: list[Path]) -> None:
    """Drops files as a person does: the browser itself makes the list."""
    content = [(path.name, list(path.read_bytes())) for path in files]
    tab.evaluate(
        """(files) => {
          const dropped = new DataTransfer();
          for (const [name, bytes] of files) dropped.items.add(new File([new Uint8Array(bytes)], name));
          window.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }""",
        content,
    )


def test_a_person_drops_files_and_sees_each_become_a_case(
    desk: str, data: Path, signed_in: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    complaints: list[str] = []
    tab = signed_in("clerk").new_page()
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(f"{desk}/upload")
    odd = tmp_path / "<b>odd.pdf"
    odd.write_bytes(b"no scan at all")
    drop(tab, [FORM, odd])
    tab.locator("#files").set_input_files([OTHER, FORM])
    rows = tab.locator("#rows tr")
    wait_until(lambda: rows.count() == 4 and rows.filter(has_text="Received.").count() == 2, 30)
    assert "neither a PDF nor a picture" in rows.filter(has_text="<b>odd.pdf").inner_text()
    assert rows.filter(has_text="already").count() == 1
    done = replyflow(data, "run", SAMPLES / "scans/paper/0012-feedback-card.webp", "--no-prefect")
    assert done.returncode in (0, 1), done.stderr
    tab.locator("#told", has_text="4 / 4").wait_for()
    last = rows.filter(has_text=FORM.name).first.inner_text()
    assert re.search(r"(A case is open|A person is asked)\..*B-\d{8}-\d{4}", last)
    tab.locator("#batches a").first.click()
    tab.wait_for_url("**/batches/B-*")
    assert [one for one in complaints if "415" not in one] == []


def test_a_browser_that_lost_the_desk_sends_again_by_itself(
    desk: str, data: Path, signed_in: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    tab = signed_in("clerk").new_page()
    tab.goto(f"{desk}/upload")
    tab.context.set_offline(True)
    scan = tmp_path / "offline.tif"
    scan.write_bytes(tiff("offline"))
    tab.locator("#files").set_input_files([scan])
    tab.locator("#rows tr", has_text="The connection broke").wait_for()
    tab.context.set_offline(False)
    tab.locator("#rows tr", has_text="Received.").wait_for()
    assert documents(data)[-1][0] == "offline.tif"
