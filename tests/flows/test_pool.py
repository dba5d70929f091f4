"""Whatever a page does to the reader, its neighbours are read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from pdf2image import convert_from_path

from flows.pool import page_pool
from flows.reading import PageJob
from ocr.page import Unreadable
from ocr.printing import print_forms
from ocr.template.loading import load_templates

ROOT = Path(__file__).parents[2]


def test_a_page_that_stops_the_reader_is_set_aside_and_its_neighbour_is_read(tmp_path: Path) -> None:
    scan = next((ROOT / "samples/scans/paper").glob("0001-*"))
    jobs = [PageJob(tmp_path / "gone.tif", "f" * 64, (1,)), PageJob(scan, "a" * 64, (1,))]
    with page_pool(1, ROOT / "templates") as pool:
        (lost,), (read,) = pool.read_each(jobs)
    assert isinstance(lost, Unreadable)
    assert (lost.code, lost.number) == ("reader-died", 1)
    assert lost.reason.endswith(".")
    assert not isinstance(read, Unreadable)
    assert read.registered


def test_pages_are_read_against_the_lists_of_the_installation(tmp_path: Path) -> None:
    print_forms(
        load_templates(ROOT / "templates").by_name["retention-offer"], [], language="sv", out=tmp_path / "form.pdf"
    )
    page = np.array(convert_from_path(tmp_path / "form.pdf", dpi=200, grayscale=True)[0])
    cv2.putText(page, "LUND", (1165, 1545), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 30, 3, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "scan.png"), page)
    (tmp_path / "cities.txt").write_text("Lund\nMalmö\n", encoding="utf-8")
    with page_pool(1, ROOT / "templates", tmp_path) as pool:
        ((read,),) = pool.read_each([PageJob(tmp_path / "scan.png", "a" * 64, (1,))])
    assert not isinstance(read, Unreadable)
    assert read["new_city"].value == "LUND"
    assert "cities/" in read["new_city"].reader
