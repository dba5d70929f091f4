from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from prefect.context import refresh_global_settings_context

from bench.kill import prepared
from cases.settings import Settings
from flows.server import Server, environment, free_port
from flows.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack with the sample subscribers, once a session: it takes its time to start."""
    data = prepared(tmp_path_factory.mktemp("stack"))
    settings = Settings(data=data, prefect_port=free_port(), desk_port=free_port(), workers=1, chunk_pages=1)
    before = dict(os.environ)
    os.environ.update({"REPLYFLOW_CHUNK_PAGES": "1", "REPLYFLOW_WORKERS": "1"})
    try:
        with running_stack(settings) as stack:
            os.environ.update(environment(data, stack.server.port))
            # other tests may have imported Prefect before there was a server to name
            refresh_global_settings_context()
            yield stack
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def prefect_server(stack: Stack) -> Server:
    """The stack's server, to which this process' environment points."""
    return stack.server
