"""Photos with a phone: looked at in the moment they are taken, sent as one document."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import psutil
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext

from cases.settings import Settings
from desk.joining import join
from desk.looking import Look, Looker
from ocr.page import Page
from ocr.pages import open_pages
from tests.desk.work import query
from tests.running import ROOT, SAMPLES, wait_until

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]
PHOTO = SAMPLES / "scans/photo/0009-retention-offer.jpg"
HEIC = SAMPLES / "scans/photo/0022-retention-offer.heic"


@pytest.fixture(scope="module")
def blurred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "blurred.jpg"
    cv2.imwrite(str(path), cv2.GaussianBlur(cv2.imread(str(PHOTO)), (0, 0), 4))
    return path


@pytest.fixture
def looker() -> Iterator[Looker]:
    made = Looker(ROOT / "templates")
    yield made
    made.close()


def kept(data: Path) -> list[Path]:
    return list(Settings(data=data).store.scratch().iterdir())


def take(client: httpx.Client, path: Path) -> httpx.Response:
    client.timeout = httpx.Timeout(30)
    return client.post("/api/photos", content=path.read_bytes())


def test_a_person_hears_within_two_seconds_what_is_on_the_photo(client: Client, blurred: Path) -> None:
    clerk = client("clerk")
    clerk.get("/photo")
    take(clerk, PHOTO)  # the first one may wait for the process to start
    began = time.monotonic()
    good = take(clerk, PHOTO).json()
    bad = take(clerk, blurred).json()
    assert time.monotonic() - began < 4
    assert (good["form"], good["weak"], good["sentence"]) == ("Your offer", None, "good to read.")
    assert bad["weak"] == "blurred" and "hold still" in bad["sentence"]


@pytest.mark.parametrize(("content", "code"), [(b"%PDF-1.7 no photo", "not-an-image"), (b"hello", "not-an-image"),
                                               (b"\xff\xd8\xff\xe0 broken", "truncated")])  # fmt: skip
def test_what_is_no_picture_is_refused_and_not_kept(client: Client, data: Path, content: bytes, code: str) -> None:
    before = kept(data)
    answer = client("clerk").post("/api/photos", content=content, timeout=30)
    assert answer.status_code in (415, 422)
    assert answer.json()["code"] == code
    assert kept(data) == before


def test_photos_of_several_pages_become_one_document_once(client: Client, data: Path) -> None:
    clerk = client("clerk", "several")
    pages = {"pages": [take(clerk, path).json()["token"] for path in (PHOTO, HEIC)]}
    assert client("clerk", "somebody else").post("/api/photos/send", json=pages).status_code == 410
    sent = clerk.post("/api/photos/send", json=pages, timeout=30)
    assert sent.status_code == 201, sent.text
    assert clerk.post("/api/photos/send", json=pages).status_code == 410
    query_one = f"SELECT channel, name, sha256 FROM document WHERE id = {sent.json()['document']}"
    ((channel, name, sha256),) = query(data, query_one)
    assert channel == "photo" and name.startswith("photo-") and name.endswith(".pdf")
    assert len(pypdfium2.PdfDocument(Settings(data=data).store.path_of(sha256))) == 2
    again = {"pages": [take(clerk, path).json()["token"] for path in (PHOTO, HEIC)]}
    assert clerk.post("/api/photos/send", json=again, timeout=30).json()["outcome"] == "duplicate"
    assert [path for path in kept(data) if "joined" in path.name] == []


def test_one_photo_is_taken_in_byte_for_byte(client: Client, data: Path, tmp_path: Path) -> None:
    clerk = client("clerk", "single")
    photo = tmp_path / "own.jpg"
    cv2.imwrite(str(photo), cv2.imread(str(PHOTO))[10:])
    sent = clerk.post("/api/photos/send", json={"pages": [take(clerk, photo).json()["token"]]})
    ((name, sha256),) = query(data, f"SELECT name, sha256 FROM document WHERE id = {sent.json()['document']}")
    assert name.endswith(".jpeg")
    assert Settings(data=data).store.path_of(sha256).read_bytes() == photo.read_bytes()


def test_a_photo_that_was_dropped_is_gone(client: Client, data: Path) -> None:
    clerk = client("clerk", "dropper")
    token = take(clerk, PHOTO).json()["token"]
    assert [path for path in kept(data) if token in path.name]
    assert client("clerk", "somebody else").delete(f"/api/photos/{token}").status_code == 204
    assert [path for path in kept(data) if token in path.name]
    assert clerk.delete(f"/api/photos/{token}").status_code == 204
    assert [path for path in kept(data) if token in path.name] == []
    assert clerk.delete("/api/photos/..%2F..%2Freplyflow.sqlite").status_code in (404, 422)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8, 2])
def test_joined_pages_stand_upright_and_keep_the_cameras_own_bytes(tmp_path: Path, orientation: int) -> None:
    photo = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.open(PHOTO).save(photo, exif=exif, quality=90)
    for name in ("one", "two"):
        join([photo, photo], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    (expected,) = open_pages(photo)
    pages = list(open_pages(tmp_path / "one"))
    assert len(pages) == 2 and isinstance(expected, Page)
    for page in pages:
        assert isinstance(page, Page) and page.image.shape == expected.image.shape
        apart = np.abs(page.image.astype(int) - expected.image.astype(int)).mean()
        assert apart < (1 if orientation != 2 else 3)


def test_the_desk_goes_on_looking_when_the_process_that_looks_is_killed(looker: Looker) -> None:
    assert looker.look(PHOTO) == Look("retention-offer")
    for child in psutil.Process().children(recursive=True):
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()
    assert looker.look(PHOTO) == Look("retention-offer")


def test_a_person_with_a_phone_takes_retakes_and_sends(
    desk: str, data: Path, signed_in: Callable[..., BrowserContext], blurred: Path, tmp_path: Path
) -> None:
    complaints: list[str] = []
    context = signed_in("clerk", "phone", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(f"{desk}/photo")
    take_input = tab.locator("#take")
    assert (take_input.get_attribute("capture"), take_input.get_attribute("accept")) == ("environment", "image/*")
    assert tab.locator("#send").is_disabled()
    take_input.set_input_files(blurred)
    first = tab.locator("#photos li").first
    first.get_by_text("hold still").wait_for()
    own = tmp_path / "own.jpg"
    cv2.imwrite(str(own), cv2.imread(str(PHOTO))[20:])
    first.locator("input").set_input_files(own)
    first.get_by_text("Your offer: good to read.").wait_for()
    take_input.set_input_files(PHOTO)
    second = tab.locator("#photos li").nth(1)
    second.get_by_text("good to read").wait_for()
    assert tab.locator("#photos img").nth(1).evaluate("(image) => image.naturalWidth") > 0
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = query(data, "SELECT count(*) FROM document")[0][0]
    tab.locator("#send").click()
    tab.get_by_text("The next reply can follow.").wait_for()
    assert query(data, "SELECT count(*) FROM document")[0][0] == before + 1
    assert tab.locator("#photos li").count() == 0
    wait_until(lambda: kept(data) == [] or all("phone" not in path.name for path in kept(data)), 10)
    assert complaints == []
