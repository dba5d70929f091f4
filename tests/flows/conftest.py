from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from flows.server import Server, free_port, running_server
from flows.work import Admitted, DocumentPages, Plan, Summary
from ocr.page import Unreadable
from ocr.readings import PageReading


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    before = dict(os.environ)
    with running_server(tmp_path_factory.mktemp("server"), free_port()) as server:
        yield server
    os.environ.clear()
    os.environ.update(before)


class MemorySteps:
    """A batch in memory: the flow's side of the seam can be watched without the database."""

    def __init__(self, plan: Plan, rejected: int) -> None:
        self.plan, self.rejected = plan, rejected
        self.stored: list[PageReading | Unreadable] = []
        self.decided = 0

    def admit(self, path: Path, *, channel: str, partner: str | None, keep: bool) -> Admitted:
        return Admitted("taken", path.name)

    def queued(self) -> list[tuple[str, int]]:
        return [(self.plan.batch_id, 1)]

    def abandoned(self) -> list[str]:
        return []

    def claim(self, batch_id: str, attempt: int) -> Plan | None:
        return self.plan if batch_id == self.plan.batch_id else None

    def store(self, batch_id: str, pages: Sequence[PageReading | Unreadable]) -> None:
        self.stored.extend(pages)

    def decide(self, batch_id: str) -> tuple[str, ...]:
        self.decided += 1
        return ("C26A",)

    def finish(self, batch_id: str, started: float) -> Summary:
        return Summary(documents=len(self.plan.documents), rejected=self.rejected)


@pytest.fixture
def memory_steps(scan: Path) -> Callable[..., MemorySteps]:
    def make(documents: int = 2, rejected: int = 0, pages: int = 1) -> MemorySteps:
        papers = tuple(
            DocumentPages(number, scan, f"{number:064x}", tuple(range(1, pages + 1)))
            for number in range(1, documents + 1)
        )
        return MemorySteps(Plan("B-1", "paper", "paper", papers), rejected)

    return make


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.png"
    cv2.imwrite(str(path), np.full((1200, 850), 255, np.uint8))
    return path


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    repo = Path(__file__).parents[2]
    found = next((repo / "tests/forms").glob("*/*/form.yaml"), None)
    if found is None:
        pytest.skip("no form design under tests/forms yet")
    return found.parent
