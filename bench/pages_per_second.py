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
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import cv2
from sqlmodel import Session, select

from cases.database import engine_for
from cases.models import Page as PageRow
from cases.settings import Settings
from commands.run import files_of
from flows.work import Steps, process
from flows.workshop import open_workshop
from matching.matcher import Matcher
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


class Stopwatch:
    """Times the steps that the flows ask of `cases`."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.seconds: dict[str, float] = defaultdict(float)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self.timed(name, getattr(self._steps, name))

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            started = time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                self.seconds[name] += time.perf_counter() - started

        return run


def steps_of(data: Path, scans: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds a page: of the reader's steps (time of a page process) and of the steps around it (wall time)."""
    settings = Settings.for_data(data)
    with open_workshop(settings) as workshop:
        watch = Stopwatch(workshop.steps)
        watched = replace(workshop, steps=cast(Steps, watch))
        with patch.object(Matcher, "match", watch.timed("match", Matcher.match)):
            for path in files_of([scans]):
                watched.steps.admit(path, channel="paper", partner=None, keep=True)
            for batch_id, _ in watched.steps.queued():
                process(watched, batch_id)
    engine = engine_for(settings)
    with Session(engine) as session:
        pages = list(session.exec(select(PageRow.ms)).all())
    engine.dispose()
    read: dict[str, float] = defaultdict(float)
    for ms in pages:
        for step, spent in (ms or {}).items():
            read[step] += spent
    around = watch.seconds
    around["decide"] -= around["match"]
    count = len(pages)
    return {k: v / count for k, v in read.items()}, {k: v * 1000 / count for k, v in around.items()}


def imported(data: Path) -> Path:
    """`data` with the sample subscribers and campaigns in it."""
    for room, file in (("subscribers", "subscribers.csv"), ("campaigns", "campaigns.yaml")):
        replyflow(data, room, "import", str(ROOT / "samples" / file))
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=40)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scans = folder / "scans"
        make(scans, pages, 99)
        with_prefect, text = replyflow(imported(folder / "a"), "run", str(scans), "--json")
        without, _ = replyflow(imported(folder / "b"), "run", str(scans), "--json", "--no-prefect")
        plain, count = tesseract(scans)
        read, around = steps_of(imported(folder / "c"), scans)
    inside = float(json.loads(text)["summary"]["seconds"])
    print(f"{count} pages; seconds: run {with_prefect:.1f} (up to its summary {inside:.1f}), ", end="")
    print(f"run --no-prefect {without:.1f}, plain tesseract {plain:.1f}")
    print(f"pages/s: run {count / with_prefect:.2f}, run --no-prefect {count / without:.2f}, ", end="")
    print(f"tesseract {count / plain:.2f}; run is {plain / with_prefect:.2f}x tesseract, ", end="")
    print(f"run --no-prefect {plain / without:.2f}x")
    print("reading, ms a page in a page process:")
    for step, ms in sorted(read.items(), key=lambda item: -item[1]):
        print(f"  {step:10} {ms:7.1f}")
    print("around it, ms a page of wall time:")
    for step, ms in sorted(around.items(), key=lambda item: -item[1]):
        print(f"  {step:10} {ms:7.1f}")
    print(f"  {'Prefect':10} {(with_prefect - without) * 1000 / count:7.1f} (its server's start and end included)")


if __name__ == "__main__":
    main()
