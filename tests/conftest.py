"""Databases for every room's tests: SQLite in a temporary folder, PostgreSQL in a private cluster."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import make_url

from cases.database import upgrade
from cases.settings import Settings

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
def postgres_database(postgres_url: str) -> Iterator[str]:
    """An empty database of its own in the private cluster."""
    with _database_like(postgres_url, "template1") as url:
        yield url


@contextmanager
def _database_like(postgres_url: str, template: str) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[call-overload]
        yield postgres_url.replace("/postgres?", f"/{name}?")
        # hundreds of databases left for the end take minutes to delete
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the product runs on."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'replyflow.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(scope="session")
def upgraded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the newest schema, to be copied: migrations take longer than most tests."""
    settings = Settings(data=tmp_path_factory.mktemp("upgraded"))
    upgrade(settings)
    return settings.data / "replyflow.sqlite"


@pytest.fixture(scope="session")
def upgraded_postgres(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    with _database_like(postgres_url, "template1") as url:
        upgrade(Settings(database_url=url))
        yield make_url(url).database or ""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def upgraded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind that the product runs on, of its own and with the newest schema."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("upgraded_sqlite"), tmp_path / "replyflow.sqlite")
        yield f"sqlite:///{tmp_path / 'replyflow.sqlite'}"
        return
    template = request.getfixturevalue("upgraded_postgres")
    with _database_like(request.getfixturevalue("postgres_url"), template) as url:
        yield url
