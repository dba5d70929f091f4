"""Pages mended in a real browser, while the house works on what is queued."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect
from playwright.sync_api import Page as Tab
from sqlmodel import Session, select

from bench.kill import prepared
from cases.database import engine_for
from cases.models import Person
from cases.settings import Settings
from flows.work import Workshop, process
from flows.workshop import open_workshop
from ocr.locate import Located, locate
from ocr.pages import open_pages
from ocr.readings import Gray
from ocr.registration.geometry import Points, apply
from ocr.template.loading import load_templates
from tests.desk.test_axe import axe, complaints  # noqa: F401  # a fixture
from tests.desk.work import held_back, query
from tests.running import SAMPLES, wait_until

pytestmark = pytest.mark.browser
PATIENCE_MS = 60_000
CUT_MM = 19.0


@dataclass(frozen=True)
class Sheet:
    """A page without its markers, and where the corners of its sheet lie, which is beyond its edges."""

    image: Gray
    corners: Points


def scanned(name: str) -> Gray:
    page = next(iter(open_pages(SAMPLES / "scans/paper" / name)))
    return page.image  # type: ignore[union-attr]


def placed(name: str) -> Located:
    page = next(iter(open_pages(SAMPLES / "scans/paper" / name)))
    found = locate(page, load_templates(Settings().templates))  # type: ignore[arg-type]
    assert isinstance(found, Located)
    return found


def without_edges(name: str) -> Sheet:
    """The page tilted and cut so that no marker is left."""
    image, found = scanned(name), placed(name)
    rows, columns = image.shape
    width, height = found.template.page.mm
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    tilted = np.array([[60, 40], [columns - 20, 0], [columns - 80, rows - 30], [0, rows]], np.float32)
    tilt = cv2.getPerspectiveTransform(corners, tilted)
    matrix = tilt @ found.registration.matrix
    bent = cv2.warpPerspective(image, tilt, (columns, rows), borderValue=255)
    (left, top), (right, bottom) = apply(matrix, np.array([[CUT_MM, CUT_MM], [width - CUT_MM, height - CUT_MM]]))
    cut = bent[int(top) : int(bottom), int(left) : int(right)]
    sheet = apply(matrix, np.array([[0, 0], [width, 0], [width, height], [0, height]]))
    return Sheet(np.ascontiguousarray(cut, dtype=np.uint8), sheet - [int(left), int(top)])


def without_code(name: str) -> Gray:
    """The page with its code pasted over."""
    image, found = scanned(name).copy(), placed(name)
    for field in found.template.fields.values():
        if field.kind == "code":
            for x, y, w, h in field.boxes:
                around = np.array([[x - 1, y - 1], [x + w + 1, y - 1], [x + w + 1, y + h + 1], [x - 1, y + h + 1]])
                cv2.fillPoly(image, [apply(found.registration.matrix, around).round().astype(np.int32)], 255)
    return image


def truth_of(name: str) -> dict[str, Any]:
    lines = (SAMPLES / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    (page,) = next(one["pages"] for one in map(json.loads, lines) if one["file"] == f"paper/{name}")
    return page  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = prepared(tmp_path_factory.mktemp("repair"))
    pile = folder / "pile"
    pile.mkdir()
    for target, name in (("cut.png", "0001-retention-offer.pdf"), ("cut-too.png", "0037-retention-offer.pdf")):
        cv2.imwrite(str(pile / target), without_edges(name).image)
    cv2.imwrite(str(pile / "codeless.png"), without_code("0014-retention-offer.png"))
    cv2.imwrite(str(pile / "over.png"), np.ascontiguousarray(scanned("0005-retention-offer.pdf")[::-1, ::-1]))
    pages = [scanned(name) for name in ("0011-retention-offer.pdf", "0013-retention-offer.pdf")]
    cv2.imwritemulti(str(pile / "two.tif"), pages)
    (pile / "letter.pdf").write_bytes((SAMPLES / "scans/paper/9005-foreign-letter.pdf").read_bytes())
    with open_workshop(Settings(data=folder, workers=1)) as workshop:
        for path in sorted(pile.iterdir()):
            assert workshop.steps.admit(path, channel="paper", partner=None, keep=True).outcome == "taken"
        work_on(workshop)
    return folder


def work_on(workshop: Workshop) -> None:
    for batch_id, _ in workshop.steps.queued():
        assert process(workshop, batch_id)


@pytest.fixture(scope="module")
def worker(data: Path) -> Iterator[None]:
    """Works on what is queued, as the intake worker does."""
    stop = threading.Event()

    def work() -> None:
        with open_workshop(Settings(data=data, workers=1)) as workshop:
            while not stop.wait(0.3):
                work_on(workshop)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture
def mending(desk: str, data: Path, worker: None, signed_in: Callable[..., BrowserContext]) -> Callable[..., Tab]:
    """Opens the repair of a page of a document."""

    def enter(name: str, number: int = 1, **how: object) -> Tab:
        tab = signed_in("clerk", **how).new_page()
        tab.goto(f"{desk}/repair/{page_of(data, name, number)}")
        tab.wait_for_selector("body[data-ready]")
        return tab

    return enter


def page_of(data: Path, name: str, number: int = 1) -> int:
    asked = (
        f"SELECT page.id FROM page JOIN document d ON d.id = document_id WHERE name = '{name}' AND number = {number}"
    )
    return int(query(data, asked)[0][0])


def cases_of(data: Path, name: str) -> list[tuple[Any, ...]]:
    return query(
        data,
        "SELECT c.state, c.offer, c.subscriber_id FROM response r JOIN document d ON d.id = r.document_id "
        f"JOIN \"case\" c ON c.id = r.case_id WHERE d.name = '{name}' ORDER BY r.id",
    )


def choose(tab: Tab, form: str) -> None:
    """Picks a form and waits until its picture is there and the points take a hand."""
    tab.select_option("#form", form)
    tab.wait_for_selector("body[data-ready]")


def settled(tab: Tab) -> str:
    """What the page says when the document was processed again."""
    tab.wait_for_selector("body[data-busy=false] #state[data-tone=good], body[data-busy=false] #state[data-tone=bad]")
    return tab.locator("#state").inner_text()


def drag(tab: Tab, number: int, target: Points) -> None:
    """Drags a point of the page to `target`, in px of the page, and goes the last steps by keys."""
    handle = tab.locator("#scan .handle").nth(number)
    # brings it into view, after which places on the screen hold
    handle.hover(force=True)
    box = list(tab.locator("#scan").bounding_box().values())  # type: ignore[union-attr]
    size = tab.evaluate("(image => [image.naturalWidth, image.naturalHeight])(document.querySelector('#scan img'))")
    margin = 0.12 * max(size)
    scale = box[2] / (size[0] + 2 * margin)
    tab.mouse.down()
    tab.mouse.move(box[0] + (target[0] + margin) * scale, box[1] + (target[1] + margin) * scale, steps=2)
    assert tab.locator("#loupe").is_visible()
    tab.mouse.up()
    for axis, keys in enumerate((("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown"))):
        told = handle.get_attribute("aria-label").split(": ")[1].split(", ")[axis]  # type: ignore[union-attr]
        off = round(target[axis] - float(told.rstrip(" %")) / 100 * size[axis])
        for _ in range(abs(off) // 10):
            tab.keyboard.press(f"Shift+{keys[off > 0]}")
        for _ in range(abs(off) % 10):
            tab.keyboard.press(keys[off > 0])


def test_a_cut_page_is_placed_by_hand_and_its_case_opens_with_what_it_says(
    desk: str, data: Path, mending: Callable[..., Tab]
) -> None:
    tab = mending("cut.png", viewport={"width": 1280, "height": 1600})
    expect(tab.locator("#state")).to_contain_text("not read")
    choose(tab, "retention-offer")
    sheet = without_edges("0001-retention-offer.pdf")
    scale = 2400 / max(2400, *sheet.image.shape)
    for number, corner in enumerate(sheet.corners):
        tab.locator("#scan").scroll_into_view_if_needed()
        drag(tab, number, corner * scale)
    assert tab.locator("#scan polygon").count() > 10
    tab.click("#read")
    assert "read as" in settled(tab)
    truth = truth_of("0001-retention-offer.pdf")
    offer = ",".join(truth["fields"]["offer"]["value"])
    assert cases_of(data, "cut.png") == [("open", offer, truth["subscriber_id"])]
    assert query(data, f"SELECT method, residual_mm FROM page WHERE id = {page_of(data, 'cut.png')}") == [
        ("by hand", None)
    ]
    assert query(data, f"SELECT state FROM exception WHERE page_id = {page_of(data, 'cut.png')}") == [("obsolete",)]
    tab.get_by_role("button", name="Take back: Placed by hand").click()
    assert "not read" in settled(tab)
    assert cases_of(data, "cut.png") == []


def test_any_four_spots_that_both_pictures_show_do_and_keys_alone_suffice(
    data: Path, mending: Callable[..., Tab]
) -> None:
    tab = mending("cut-too.png")
    choose(tab, "retention-offer")
    point = tab.locator("#blank .handle").first
    point.focus()
    before = point.get_attribute("aria-label")
    tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("ArrowDown")
    assert point.get_attribute("aria-label") != before
    tab.keyboard.press("Tab")
    expect(tab.locator("#blank .handle").nth(1)).to_be_focused()
    expect(tab.locator("#loupe")).to_be_visible()
    tab.locator("#read").focus()
    tab.keyboard.press("Enter")
    assert settled(tab)
    (saved,) = query(data, f"SELECT value FROM page_repair WHERE page_id = {page_of(data, 'cut-too.png')}")
    assert json.loads(saved[0])["mm"][0] == pytest.approx([10 / 6, 1 / 6], abs=0.02)


def test_no_point_can_be_moved_before_the_pictures_are_there_and_the_form_chosen_last_holds(
    mending: Callable[..., Tab],
) -> None:
    tab = mending("letter.pdf")
    held = held_back(tab, "**/blanks/feedback-card.png")
    tab.select_option("#form", "feedback-card")
    assert tab.locator(".handle:enabled, #read:enabled, #corners:enabled").count() == 0
    choose(tab, "retention-offer")
    point = tab.locator("#blank .handle").first
    point.focus()
    tab.keyboard.press("Shift+ArrowRight")
    moved = point.get_attribute("aria-label")
    with tab.expect_response("**/blanks/feedback-card.png"):
        held[0].continue_()
    tab.wait_for_timeout(300)
    assert point.get_attribute("aria-label") == moved
    assert (
        tab.evaluate(
            "document.querySelector('#blank img').naturalHeight / document.querySelector('#blank img').naturalWidth"
        )
        > 1.3
    )


def test_a_form_that_is_chosen_while_the_page_still_loads_does_not_lose_the_page(
    desk: str, data: Path, worker: None, signed_in: Callable[..., BrowserContext]
) -> None:
    tab, number = signed_in("clerk").new_page(), page_of(data, "letter.pdf")
    held = held_back(tab, f"**/pages/{number}.jpg")
    tab.goto(f"{desk}/repair/{number}")
    tab.wait_for_selector("#boards[aria-busy=true]")
    tab.select_option("#form", "retention-offer")
    wait_until(lambda: bool(tab.wait_for_timeout(50) or len(held) == 2))
    for route in held:
        route.continue_()
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator(".handle:enabled").count() == 8
    assert tab.evaluate("document.querySelector('#scan img').naturalWidth") > 500


def test_a_forged_code_is_refused_with_the_reason_and_the_right_one_opens_the_mailings_case(
    data: Path, mending: Callable[..., Tab]
) -> None:
    tab = mending("codeless.png")
    truth = truth_of("0014-retention-offer.png")
    right = truth["fields"]["reference"]["value"]
    tab.fill("#code", f"{right[:-3]}AAA")
    tab.keyboard.press("Enter")
    expect(tab.locator("#state")).to_contain_text("altered or forged")
    assert tab.locator("#standing button").count() == 0
    tab.fill("#code", f" {right} ")
    tab.keyboard.press("Enter")
    settled(tab)
    mailed = query(data, "SELECT c.subscriber_id, c.mailing_id IS NOT NULL FROM response r JOIN document d ON d.id = "
                   "r.document_id JOIN \"case\" c ON c.id = r.case_id WHERE d.name = 'codeless.png'")  # fmt: skip
    assert mailed == [(truth["subscriber_id"], 1)]


def test_a_turned_page_stands_upright_and_is_read(data: Path, mending: Callable[..., Tab]) -> None:
    tab = mending("over.png")
    before = tab.evaluate("document.querySelector('#scan img').src")
    tab.get_by_role("button", name="Upside down").click()
    settled(tab)
    assert tab.evaluate("document.querySelector('#scan img').src") != before
    number = page_of(data, "over.png")
    assert query(data, f"SELECT rotation, registered FROM page WHERE id = {number}") == [(0, 1)]
    (box,) = query(data, f"SELECT box FROM reading WHERE page_id = {number} AND name = 'signature'")
    assert json.loads(box[0])[1] > scanned("0005-retention-offer.pdf").shape[0] / 2, "the signature is below"


def test_pages_are_joined_and_parted(data: Path, mending: Callable[..., Tab]) -> None:
    tab = mending("two.tif", 2)
    assert len(cases_of(data, "two.tif")) == 2
    tab.get_by_role("button", name="Belongs to the page before").click()
    settled(tab)
    expect(tab.locator("#responses li")).to_have_count(1)
    expect(tab.locator("#responses li")).to_contain_text("1, 2")
    assert len(cases_of(data, "two.tif")) == 1
    tab.get_by_role("button", name="A new response begins here").click()
    settled(tab)
    expect(tab.locator("#responses li")).to_have_count(2)
    assert len(cases_of(data, "two.tif")) == 2


@pytest.mark.parametrize(("name", "said"), [("Not one of our forms", "foreign"), ("A blank page", "blank")])
def test_a_page_that_is_no_form_is_said_to_be_none(
    data: Path, mending: Callable[..., Tab], name: str, said: str
) -> None:
    tab = mending("letter.pdf")
    tab.get_by_role("button", name=name).click()
    assert (
        settled(tab) == {"foreign": "The page counts as none of our forms.", "blank": "The page counts as blank."}[said]
    )
    assert query(data, "SELECT state, reason_code FROM document WHERE name = 'letter.pdf'") == [("rejected", "foreign")]
    tab.get_by_role("button", name="Take back: No form").click()
    assert "not read" in settled(tab)
    assert query(data, "SELECT state, reason_code FROM document WHERE name = 'letter.pdf'") == [
        ("rejected", "not-registered")
    ]


def test_the_way_to_the_repair_leads_over_the_rejected_list_and_over_the_question(
    desk: str, data: Path, worker: None, signed_in: Callable[..., BrowserContext]
) -> None:
    tab = signed_in("supervisor").new_page()
    tab.goto(desk)
    tab.locator("#rejected").get_by_role("link", name="Mend this page").first.click()
    tab.wait_for_selector("body[data-ready]")
    tab.goto(f"{desk}/review")
    tab.wait_for_selector("#desk[aria-busy=false]:not([hidden])")
    tab.get_by_role("link", name="Mend this page").click()
    tab.wait_for_selector("body[data-ready]")


def test_a_finger_drags_a_point_on_a_phone(mending: Callable[..., Tab]) -> None:
    tab = mending("letter.pdf", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    handle = tab.locator("#scan .handle").first
    handle.scroll_into_view_if_needed()
    before, box = handle.get_attribute("aria-label"), handle.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    touch = tab.context.new_cdp_session(tab)
    for kind, by in (("touchStart", 0), ("touchMove", 20), ("touchMove", 40), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": box["x"] + 22 + by, "y": box["y"] + 22 + by}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert handle.get_attribute("aria-label") != before
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_has_no_violation(
    mending: Callable[..., Tab], axe: str, scheme: str, width: int  # noqa: F811
) -> None:  # fmt: skip
    tab = mending("two.tif", 2, color_scheme=scheme, viewport={"width": width, "height": 844})
    tab.locator("#scan .handle").first.focus()
    assert complaints(tab, axe) == []


Client = Callable[..., httpx.Client]
ROUTES = (
    ("GET", "/repair/1"), ("GET", "/repair/documents/1"), ("GET", "/api/pages/1/repairs"),
    ("GET", "/blanks/retention-offer.png"), ("POST", "/api/pages/1/repairs"), ("POST", "/api/pages/1/repairs/1/undo"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_auditor_and_nobody_are_refused(client: Client, method: str, path: str) -> None:
    body = {"what": "turn", "value": 90}
    assert client("auditor").request(method, path, json=body).status_code == 403
    assert client(None).request(method, path, json=body).status_code in (303, 401)


@pytest.mark.parametrize("role", ["clerk", "supervisor", "admin"])
def test_who_works_at_the_desk_may_mend(client: Client, data: Path, role: str) -> None:
    number = page_of(data, "two.tif")
    assert client(role).get(f"/repair/{number}").status_code == 200
    wrong = client(role).post(f"/api/pages/{number}/repairs", json={"what": "bound", "value": "join"})
    assert (wrong.status_code, wrong.json()["detail"]) == (422, "No page comes before the first.")
    assert client(role).get("/repair/999999").status_code == 404
    assert client(role).get("/blanks/none.png").status_code == 404


def test_a_clerk_who_speaks_german_is_refused_in_german(client: Client, data: Path) -> None:
    clerk = client("clerk", "karin")
    with Session(engine_for(Settings(data=data))) as session:
        person = session.exec(select(Person).where(Person.login == "karin")).one()
        person.language = "de"
        session.add(person)
        session.commit()
    wrong = clerk.post(f"/api/pages/{page_of(data, 'two.tif')}/repairs", json={"what": "code", "value": "nonsense"})
    assert "keine unserer Kennungen" in wrong.json()["detail"]
