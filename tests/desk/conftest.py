from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlmodel import Session

from cases import persons
from cases.database import engine_for
from cases.settings import Settings
from flows.server import free_port
from tests.desk.work import desk_on, fill
from tests.running import SAMPLES, load_base, replyflow

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOSTILE = "<img src=x onerror=document.title='owned'>.pdf"
SCANS = ("0001-retention-offer.pdf", "0004-feedback-card.webp", "0014-retention-offer.png", "9001-empty.pdf")
PASSWORD = "a long enough secret"


# no longer than a file: its event loop would make Prefect think that it is called from within one
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed here (apt install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that `run` has filled with a few sample scans, to be copied and not changed."""
    folder = tmp_path_factory.mktemp("filled")
    load_base(folder)
    pile = folder / "pile"
    pile.mkdir()
    for name in SCANS:
        shutil.copy(SAMPLES / "scans/paper" / name, pile)
    (pile / HOSTILE).write_bytes(b"no PDF at all")
    done = replyflow(folder, "run", pile, "--no-prefect")
    assert done.returncode == 1, done.stderr
    return folder


@pytest.fixture(scope="module")
def data(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "data"
    shutil.copytree(filled, folder)
    return folder


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that `run` has filled with every sample scan, to be copied and not changed."""
    folder = tmp_path_factory.mktemp("busy")
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def desk(data: Path) -> Iterator[str]:
    """The address of a desk on `data`."""
    port = free_port()
    with desk_on(data, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def cookie_of(data: Path) -> Callable[[str], str]:
    """The cookie of a signed-in person of a role; the login is the role's name."""
    engine = engine_for(Settings(data=data))

    def sign_in(role: str, login: str | None = None) -> str:
        with Session(engine) as session:
            known = persons.sign_in(session, login or role, PASSWORD)
            person = known or persons.add_person(session, login or role, role.title(), role, PASSWORD)  # type: ignore[arg-type]
            return persons.open_session(session, person)

    return sign_in


@pytest.fixture
def signed_in(browser: Browser, desk: str, cookie_of: Callable[..., str]) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browsers in which a person of a role is signed in."""
    opened: list[BrowserContext] = []

    def enter(role: str, login: str | None = None, **how: object) -> BrowserContext:
        context = browser.new_context(**how)  # type: ignore[arg-type]
        context.add_cookies([{"name": "replyflow", "value": cookie_of(role, login), "url": desk}])
        opened.append(context)
        return context

    yield enter
    for context in opened:
        context.close()


@pytest.fixture
def client(desk: str, cookie_of: Callable[..., str]) -> Callable[..., httpx.Client]:
    """A program that behaves like the desk's own page, signed in as a role."""

    def make(role: str | None, login: str | None = None, **headers: str) -> httpx.Client:
        cookies = {"replyflow": cookie_of(role, login)} if role else {}
        return httpx.Client(base_url=desk, cookies=cookies, headers={"sec-fetch-site": "same-origin", **headers})

    return make
