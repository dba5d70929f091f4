"""Rows folded on other processors while this one stores: folding is half of what a big import costs."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from matching.rows import Prepared, prepare

Waiting = tuple[int, Mapping[str, str], int]
"""A row to store: its line, its cells by field, the hash of its content."""
Plan = tuple[Mapping[str, int], Sequence[Waiting]]
"""What the base holds of a chunk's ids, and the rows that are new or have changed."""

_WORKERS = 2  # storing takes as long as two of them fold
_WORTH_IT_ROWS = 100_000
_CHUNKS_AHEAD = 8


def prepare_ahead(plans: Iterable[Plan], rows: int) -> Iterator[tuple[Mapping[str, int], list[Prepared]]]:
    """Each plan with its rows prepared, in order; of `rows` in all, many are worth processes of their own."""
    if rows < _WORTH_IT_ROWS:
        yield from ((known, prepare(waiting)) for known, waiting in plans)
        return
    # spawned, not forked: a fork would share the connection to the database
    with ProcessPoolExecutor(_WORKERS, multiprocessing.get_context("spawn")) as pool:
        ahead: deque[tuple[Mapping[str, int], Future[list[Prepared]]]] = deque()
        try:
            for known, waiting in plans:
                ahead.append((known, pool.submit(prepare, waiting)))
                if len(ahead) > _CHUNKS_AHEAD:
                    yield _next(ahead)
            while ahead:
                yield _next(ahead)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _next(
    ahead: deque[tuple[Mapping[str, int], Future[list[Prepared]]]],
) -> tuple[Mapping[str, int], list[Prepared]]:
    known, future = ahead.popleft()
    return known, future.result()
