"""How quickly one subscriber is found: `python -m bench.lookup [--rows N] [--database KIND ...] [--base FOLDER]`.

On the same base and cards for every database: import time and size, the start of a fresh worker until its first answer
(page cache dropped where the system lets us), and ms a lookup warm on one core, wall and CPU, the server's included;
then the same cards by a plain rapidfuzz scan over all rows. Where two databases are asked, a few hundred cards must
get the same answers from both. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psutil
from sqlalchemy import Engine, text
from sqlmodel import Session

from bench.answers import Bar, say, tell
from bench.databases import bytes_on_disk, database, home_of
from bench.matching import build, scan
from bench.people.cards import Card, make_cards
from bench.people.population import Population
from bench.statistics import percentile
from matching.matcher import Matcher

MEDIAN_MS, P99_MS = 5.0, 15.0
_WARM_UP, _COMPARED = 500, 400
_PORTION_BYTES = 1 << 24
Told = tuple[str, str, tuple[tuple[str, float], ...]]
_WORKER = """
import sys, time
start = time.perf_counter()
from sqlmodel import Session
from cases.database import engine_for
from cases.settings import Settings
from matching.matcher import Matcher
from matching.query import query_of
from pathlib import Path
loaded = time.perf_counter()
engine = engine_for(Settings(data=Path(sys.argv[1]), database_url=sys.argv[2]))
with Session(engine) as session:
    matcher = Matcher(session)
    ready = time.perf_counter()
    matcher.match(query_of({"id": "q", "name": sys.argv[3], "street": sys.argv[4], "postcode": sys.argv[5]}))
first = time.perf_counter()
print(f"modules {loaded - start:.2f} s, matcher {ready - loaded:.2f} s, first answer {(first - ready) * 1000:.0f} ms")
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.lookup", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--cards", type=int, default=3_000)
    parser.add_argument("--database", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])
    parser.add_argument("--base", type=Path, help="folder that keeps the built bases for the next run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scan", type=int, default=3, help="cards that rapidfuzz answers by scanning")
    parser.add_argument("--no-start", dest="start", action="store_false", help="leave out the start of a worker")
    parser.add_argument(
        "--ahead", action="store_true", help="time the lookups ahead of all other work of the machine (as root)"
    )
    given = parser.parse_args()
    population = Population(given.rows, given.seed)
    cards = make_cards(population, "mixed", given.cards)
    bars: list[Bar] = []
    answers: dict[str, list[Told]] = {}
    with tempfile.TemporaryDirectory(prefix="replyflow-bench-") as spare:
        Path(spare).chmod(0o755)  # the user postgres must come through
        for kind in given.database:
            say(f"\n== {given.rows:,} subscribers, {kind}")
            home = home_of(given.base or Path(spare), kind, given.rows, given.seed)
            with database(kind, home) as engine:
                build(engine, population, home)
                _sizes(engine, home)
                if given.start:
                    _start_worker(engine, home, population)
                _remember(engine, home)
                bars += _warm(engine, cards, f"{given.rows:,} rows, {kind}", ahead=given.ahead)
                answers[kind] = _answers(engine, cards[:_COMPARED])
    scan(population, cards[: given.scan])
    sys.exit(tell([*bars, *_alike(answers)]))


def _answers(engine: Engine, cards: Sequence[Card]) -> list[Told]:
    """For each card the verdict, its rule, and everybody shown with their probability."""
    with Session(engine) as session:
        matcher = Matcher(session)
        found = [matcher.match(card.query) for card in cards]
    shown = [tuple((one.subscriber_id, round(one.probability, 9)) for one in match.candidates) for match in found]
    return [(match.verdict, match.rule, who) for match, who in zip(found, shown, strict=True)]


def _alike(answers: Mapping[str, Sequence[Told]]) -> list[Bar]:
    if len(answers) < 2:
        return []
    one, other = answers.values()
    same = sum(left == right for left, right in zip(one, other, strict=True))
    return [Bar(f"the same answers from {' and '.join(answers)}", f"{same} of {len(one)}", same == len(one))]


def _sizes(engine: Engine, home: Path) -> None:
    say(f"on disk {bytes_on_disk(home) / 1e6:,.0f} MB")
    if engine.dialect.name != "postgresql":
        return
    query = text(
        "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_table_size(oid) > 1000000 ORDER BY 2 DESC"
    )
    with engine.connect() as connection:
        for name, table, index in connection.execute(query):
            say(f"  {name}: table {table / 1e6:,.0f} MB, indexes {index / 1e6:,.0f} MB")


def _start_worker(engine: Engine, home: Path, population: Population) -> None:
    """A new process until its first answer, once with the files out of the page cache and once with them in it."""
    row = population.chunk(0).row(7)
    asked = [f"{row['first_name']} {row['last_name']}", f"{row['street']} {row['house_number']}", row["postcode"]]
    url = engine.url.render_as_string(hide_password=False)
    for state in ("cold", "warm"):
        if state == "cold":
            _forget(home)
        arguments = [sys.executable, "-c", _WORKER, str(home), url, *asked]
        start = time.perf_counter()
        out = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip()
        say(f"worker start, {state}: {time.perf_counter() - start:.2f} s in all; {out}")


def _forget(home: Path) -> None:
    """Tells the system that the files of the base are not needed; PostgreSQL keeps its own buffers."""
    for file in home.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def _remember(engine: Engine, home: Path) -> None:
    """Brings the base into memory, as a database that has been running for a while has it."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_prewarm"))
            for name in ("subscriber", "pk_subscriber", "pk_match_key"):
                connection.execute(text("SELECT pg_prewarm(CAST(:name AS regclass))"), {"name": name})
        return
    for path in home.glob("*.sqlite"):
        with path.open("rb") as file:
            while file.read(_PORTION_BYTES):
                pass


def _warm(engine: Engine, cards: Sequence[Card], at: str, *, ahead: bool) -> list[Bar]:
    core = min(os.sched_getaffinity(0))
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        with Session(engine) as session:
            matcher = Matcher(session)
            for card in cards[:_WARM_UP]:
                matcher.match(card.query)
            server = _server(session)
            before = _cpu_s(server)
            with _first_in_line(server) if ahead else nullcontext():
                walls, cpus = _timed(matcher, cards[_WARM_UP:])
            served = (_cpu_s(server) - before) * 1000 / len(walls)
    finally:
        os.sched_setaffinity(0, everywhere)
    say(f"ms a lookup, {len(walls):,} cards, warm, one core: wall p50 {percentile(walls, 0.5):.1f} "
        f"p99 {percentile(walls, 0.99):.1f}, CPU p50 {percentile(cpus, 0.5):.1f} p99 {percentile(cpus, 0.99):.1f}, "
        f"server CPU {served:.1f}; load of the machine {os.getloadavg()[0]:.1f}")  # fmt: skip
    return [
        Bar(f"{name} of a lookup <= {most:.0f} ms ({at})", f"{value:.1f} ms", value <= most)
        for name, value, most in (
            ("median", percentile(walls, 0.5), MEDIAN_MS),
            ("p99", percentile(walls, 0.99), P99_MS),
        )
    ]


@contextmanager
def _first_in_line(server: psutil.Process | None) -> Iterator[None]:
    """This process and the server's before others: where cores are shared, the clock else tells of the neighbours."""
    pids = [0] if server is None else [0, server.pid]
    try:
        for pid in pids:
            os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))
        yield
    finally:
        for pid in pids:
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))


def _timed(matcher: Matcher, cards: Sequence[Card]) -> tuple[list[float], list[float]]:
    walls, cpus = [], []
    for card in cards:
        wall, cpu = time.perf_counter(), time.process_time()
        matcher.match(card.query)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return walls, cpus


def _server(session: Session) -> psutil.Process | None:
    """The server process of this session; SQLite has none."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    return psutil.Process(session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one())


def _cpu_s(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    used = process.cpu_times()
    return used.user + used.system


if __name__ == "__main__":
    main()
