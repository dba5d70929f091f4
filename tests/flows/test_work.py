"""A plan is cut into chunks that are small enough to be lost, and no page is left out."""

from __future__ import annotations

from pathlib import Path

from cases.pipeline import WorkItem
from flows.work import Plan, chunks_of


def plan(*pages: int) -> Plan:
    items = tuple(
        WorkItem(number, Path("x"), f"{number:064x}", tuple(range(1, count + 1))) for number, count in enumerate(pages)
    )
    return Plan("B-1", "paper", "paper", items)


def test_a_long_document_is_cut_and_short_ones_share_a_chunk() -> None:
    chunks = chunks_of(plan(300, 1, 0, 1, 40).documents, 32)
    sizes = [sum(len(part.pages) for part in chunk) for chunk in chunks]
    assert sizes == [32] * 10 + [22]
    read = [(part.document_id, page) for chunk in chunks for part in chunk for page in part.pages]
    assert read == [
        (number, page) for number, count in ((0, 300), (1, 1), (3, 1), (4, 40)) for page in range(1, count + 1)
    ]


def test_nothing_left_to_read_makes_no_chunk() -> None:
    assert chunks_of(plan().documents, 32) == []
    assert chunks_of(plan(0).documents, 32) == []
