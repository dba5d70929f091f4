from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from flows.server import Server, free_port, running_server


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    before = dict(os.environ)
    with running_server(tmp_path_factory.mktemp("server"), free_port()) as server:
        yield server
    os.environ.clear()
    os.environ.update(before)
