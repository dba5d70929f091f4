"""Databases for every room's tests: SQLite in a temporary folder, PostgreSQL in a private cluster."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

# which readings are sampled hangs on chance; a test that wants samples asks for them
os.environ["REPLYFLOW_SAMPLE_SHARE"] = "0"
# how long one example takes hangs on who else works on the machine
settings.register_profile("replyflow", deadline=None)
settings.load_profile("replyflow")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the long proofs too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="a long proof; runs with --slow"))


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private cluster on a unix socket; PostgreSQL refuses root, so root starts it as the user postgres."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (apt install postgresql)")
    as_user = []
    folder = Path(tempfile.mkdtemp(prefix="replyflow-pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    cluster = str(folder / "cluster")
    control = [*as_user, str(programs / "pg_ctl"), "-D", cluster, "-w"]
    initdb = [*as_user, str(programs / "initdb"), "-D", cluster, "-U", "replyflow", "-A", "trust", "-E", "UTF8"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
    log = str(folder / "log")
    subprocess.run([*control, "-l", log, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    try:
        yield f"postgresql+psycopg://replyflow@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres_url: str) -> str:
    """An empty database of its own in the private cluster."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return postgres_url.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the product runs on."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'replyflow.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    return url
