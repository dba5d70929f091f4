"""Whatever a page does to the reader, its neighbours are read."""

from __future__ import annotations

from pathlib import Path

from flows.pool import page_pool
from flows.reading import PageJob
from ocr.page import Unreadable

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
