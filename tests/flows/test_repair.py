"""A mended page is read again by what works on the queue, and a kill at any step changes nothing of the outcome."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import cv2
import numpy as np
from sqlmodel import Session, select

from bench.kill import content_of, faults_of, prepared, run
from cases.database import engine_for
from cases.mending import NotMended, repair_page
from cases.models import Page
from cases.pipeline import WorkItem
from cases.settings import Settings
from flows.work import Plan, chunks_of
from ocr.locate import Located, locate
from ocr.page import ByHand
from ocr.page import Page as Scan
from ocr.pages import open_pages
from ocr.registration.geometry import apply
from ocr.template.loading import load_templates

SAMPLES = Path(__file__).parents[2] / "samples"
FILE = "0001-retention-offer.pdf"


def without_markers(out: Path) -> dict[str, object]:
    """Writes the sample with its margins pasted over; the place of its form, as a person would say it."""
    (page,) = open_pages(SAMPLES / "scans/paper" / FILE)
    assert isinstance(page, Scan)
    located = locate(page, load_templates(Settings().templates))
    assert isinstance(located, Located)
    rows, columns = page.image.shape
    image = page.image.copy()
    cv2.rectangle(image, (0, 0), (columns, rows), 255, round(0.19 * columns))
    cv2.imwrite(str(out), image)
    width, height = located.template.page.mm
    mm = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    px = apply(located.registration.matrix, mm)
    return {"template": located.template.name, "mm": mm.tolist(), "px": px.tolist(), "turn": 0}


def test_a_mended_page_is_read_the_same_whenever_its_run_is_killed(tmp_path: Path) -> None:
    data, scan = prepared(tmp_path / "data"), tmp_path / "cut.png"
    place = without_markers(scan)
    settings = Settings.for_data(data)
    run(data, [scan])
    assert [one[1:3] for one in content_of(settings).documents] == [("rejected", "not-registered")]
    engine = engine_for(settings)
    with Session(engine) as session:
        page_id = session.exec(select(Page.id)).one()
        assert page_id is not None
        said = repair_page(session, load_templates(settings.templates), page_id, "eva", "place", place)
        assert not isinstance(said, NotMended)
    engine.dispose()
    calm = Path(shutil.copytree(data, tmp_path / "calm"))
    _, steps = run(calm, [scan])
    expected = content_of(Settings.for_data(calm))
    truth = next(one for one in map(json.loads, (SAMPLES / "truth.jsonl").open()) if one["file"] == f"paper/{FILE}")
    assert [one[3:6] for one in expected.cases] == [("open", truth["pages"][0]["subscriber_id"], "discount")]
    # read and stored, not yet decided
    assert run(data, [scan], die_before=round(steps * 0.7))[0] == -signal.SIGKILL
    run(data, [scan])
    assert faults_of(settings) == []
    assert content_of(settings).differs_from(expected) == []


def test_what_persons_said_goes_along_with_the_pages_of_a_document_that_is_cut_in_chunks() -> None:
    said = {2: ByHand(turn=90), 3: ByHand(code="RF1.X")}
    plan = Plan("B-1", "paper", "paper", (WorkItem(1, Path("x"), "x", (1, 2, 3), said),))
    chunks = chunks_of(plan.documents, 2)
    assert [part.pages for chunk in chunks for part in chunk] == [(1, 2), (3,)]
    assert all(part.by_hand == said for chunk in chunks for part in chunk)
