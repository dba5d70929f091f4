"""A database for a bench, kept in a folder between runs: a SQLite file, or a private PostgreSQL cluster."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from cases.database import engine_for
from cases.settings import Settings

Kind = Literal["sqlite", "postgres"]
_SHARED_BUFFERS, _MOST_LOG = "6GB", "4GB"


@contextmanager
def database(kind: Kind, folder: Path) -> Iterator[Engine]:
    """An engine as the product makes it, on the database that lives in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        engine = engine_for(Settings(data=folder))
        try:
            yield engine
        finally:
            engine.dispose()
        return
    with _cluster(folder.resolve() / "cluster") as url:
        engine = engine_for(Settings(data=folder, database_url=url))
        try:
            yield engine
        finally:
            engine.dispose()


def home_of(folder: Path, kind: str, rows: int, seed: int, families: str = "") -> Path:
    """Where a base that is kept between runs lives."""
    return folder / f"people-{kind}-{rows}-{seed}{families}"


def bytes_on_disk(folder: Path) -> int:
    """The size of everything below `folder`."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@contextmanager
def _cluster(cluster: Path) -> Iterator[str]:
    """A cluster on a unix socket; PostgreSQL refuses root, so root starts it as the user postgres."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        raise SystemExit("PostgreSQL is not installed here (apt install postgresql)")
    as_user: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        cluster.mkdir(exist_ok=True)
        os.chown(cluster, owner.pw_uid, owner.pw_gid)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    control = [*as_user, str(programs[-1] / "pg_ctl"), "-D", str(cluster), "-w"]
    if not (cluster / "PG_VERSION").exists():
        initdb = [
            *as_user,
            str(programs[-1] / "initdb"),
            "-D",
            str(cluster),
            "-U",
            "replyflow",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run(initdb, check=True, capture_output=True, cwd=cluster)
    url = f"postgresql+psycopg://replyflow@/postgres?host={cluster}"
    if subprocess.run([*control, "status"], check=False, stdout=subprocess.DEVNULL, cwd=cluster).returncode == 0:
        # another bench has it; who started it stops it
        yield url
        return
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={cluster} -c fsync=off "
        f"-c shared_buffers={_SHARED_BUFFERS} -c max_wal_size={_MOST_LOG}"
    )
    start = [*control, "-l", str(cluster / "log"), "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd=cluster)
    try:
        yield url
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=False, stdout=subprocess.DEVNULL, cwd=cluster)
