"""How fast paper becomes cases: `python -m bench.pages_per_second [--pages N]`.

Makes N forms, runs `./replyflow run` on them end to end, then plain `tesseract` on the same
page images, and prints pages per second of both, their ratio, and where the milliseconds of a page go.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import cv2
from sqlmodel import Session, select

from cases.database import engine_for
from cases.models import Page as PageRow
from cases.settings import Settings
from ocr.page import Page
from ocr.pages import open_pages
from samples.make import make

ROOT = Path(__file__).parents[1]


def replyflow(data: Path, *arguments: str) -> tuple[float, str]:
    """Seconds and stdout of one command of the product."""
    started = time.perf_counter()
    command = [str(ROOT / "replyflow"), "--data", str(data), *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return time.perf_counter() - started, done.stdout


def tesseract(scans: Path) -> tuple[float, int]:
    """Seconds and pages of plain tesseract on the bare page images, one process a page, one thread."""
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    spent, pages = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(scans.rglob("*.*")):
            for page in open_pages(path):
                if not isinstance(page, Page):
                    continue
                picture = Path(folder) / "page.png"
                cv2.imwrite(str(picture), page.image)
                started = time.perf_counter()
                subprocess.run(["tesseract", str(picture), "-"], env=environment, capture_output=True, check=True)
                spent += time.perf_counter() - started
                pages += 1
    return spent, pages


def milliseconds(data: Path) -> dict[str, float]:
    """Mean milliseconds a page by step, from the stored pages."""
    engine = engine_for(Settings.for_data(data))
    totals: dict[str, float] = defaultdict(float)
    with Session(engine) as session:
        rows = session.exec(select(PageRow)).all()
        for row in rows:
            for step, ms in (row.ms or {}).items():
                totals[step] += ms / len(rows)
    engine.dispose()
    return dict(totals)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=40)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "scans", pages, 99)
        for room, file in (("subscribers", "subscribers.csv"), ("campaigns", "campaigns.yaml")):
            replyflow(folder / "data", room, "import", str(ROOT / "samples" / file))
            replyflow(folder / "plain", room, "import", str(ROOT / "samples" / file))
        with_prefect, text = replyflow(folder / "data", "run", str(folder / "scans"), "--json")
        without, _ = replyflow(folder / "plain", "run", str(folder / "scans"), "--json", "--no-prefect")
        plain, count = tesseract(folder / "scans")
        steps = milliseconds(folder / "plain")
    inside = float(json.loads(text)["summary"]["seconds"])
    print(
        f"{count} pages; seconds: run {with_prefect:.1f} (batches {inside:.1f}), without Prefect {without:.1f}, ",
        end="",
    )
    print(f"plain tesseract {plain:.1f}")
    print(f"pages/s: run {count / with_prefect:.2f}, batches alone {count / inside:.2f}, without Prefect ", end="")
    print(f"{count / without:.2f}, tesseract {count / plain:.2f}; ratio of run to tesseract {plain / with_prefect:.2f}")
    for step, ms in sorted(steps.items(), key=lambda item: -item[1]):
        print(f"  {step:10} {ms:7.1f} ms a page")
    rest = without * 1000 / count - sum(steps.values()) / Settings().workers
    print(f"  {'the rest':10} {rest:7.1f} ms a page (start, intake, match, store; wall time)")
    print(
        f"  {'Prefect':10} {(with_prefect - without) * 1000 / count:7.1f} ms a page (server start included; wall time)"
    )


if __name__ == "__main__":
    main()
