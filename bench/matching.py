"""The right subscriber among many: `python -m bench.matching [--rows N ...] [--queries N] [--database KIND]`.

Builds a base of invented subscribers (kept between runs with --base FOLDER), asks it reply cards as a reader sees them,
a fifth of them from people who are not in the base, and prints by kind of card: the right one first, the right one
among the candidates, the automatic share, wrong automatic matches with their upper 95 % bound, why cards went to
review, calibration, and ms a lookup. A plain rapidfuzz scan over the same base answers a few of the same cards.
Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, func, select

from bench.answers import ADDRESSED, Answer, Bar, as_read, judge, report, say, tell
from bench.databases import bytes_on_disk, database, home_of
from bench.people.cards import KINDS, Card, Kind, make_cards
from bench.people.population import JUNIORS, Population
from bench.statistics import percentile
from matching.base import BASE_TABLES, Subscriber, import_subscribers
from matching.bulk import settle
from matching.index import scheme
from matching.learning import learn_base
from matching.lexicon import load_lexicon
from matching.matcher import Mailed, Matcher
from matching.words import store_words

SHARES: dict[Kind, float] = {"mixed": 0.45, "one-more": 0.2, "address": 0.15, "mailed": 0.15, "phone": 0.05}
_WARM_UP = 200
_MAILED_ONE_IN = 20
_REPLIES_TO_THEIR_OWN = 0.98


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.matching", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000], help="sizes of the base")
    parser.add_argument("--queries", type=int, default=20_000, help="cards of all kinds together")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--base", type=Path, help="folder that keeps the built bases for the next run")
    parser.add_argument("--seed", type=int, default=1, help="of the base; --cards is that of the cards")
    parser.add_argument("--cards", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.0, help="multiplies the reader's errors")
    parser.add_argument(
        "--juniors", type=float, default=JUNIORS, help="share of first children who bear a parent's given name"
    )
    parser.add_argument("--scan", type=int, default=5, help="cards that rapidfuzz answers by scanning")
    parser.add_argument("--wrong", type=int, default=0, help="show so many cards that went wrong")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="replyflow-bench-") as spare:
        Path(spare).chmod(0o755)  # the user postgres must come through
        bars = [bar for rows in given.rows for bar in measure(given, rows, given.base or Path(spare))]
    sys.exit(tell(bars))


def measure(given: argparse.Namespace, rows: int, folder: Path) -> list[Bar]:
    """One base: build it, ask it, print, and hold the figures against the bars."""
    say(f"\n== {rows:,} subscribers, {given.database}, seed {given.seed}, cards {given.cards}, noise {given.noise}, "
        f"juniors {given.juniors}")  # fmt: skip
    population = Population(rows, given.seed, juniors=given.juniors)
    families = "" if given.juniors == JUNIORS else f"-{given.juniors}"
    home = home_of(folder, given.database, rows, given.seed, families)
    with database(given.database, home) as engine:
        build(engine, population, home)
        counts = _counts(given.kinds, given.queries)
        cards = {kind: make_cards(population, kind, count, given.cards, given.noise) for kind, count in counts.items()}
        with Session(engine) as session:
            told = load_lexicon(session).model
            say(f"relatives at one address who share the given name, as the base shows them: {told.namesakes:.2%}")
            answers = {kind: ask(session, cards[kind], _mailing(rows, kind, cards[kind])) for kind in counts}
        for kind, found in answers.items():
            report(kind, found, given.wrong)
    scan(population, [card for kind in cards if kind != "phone" for card in cards[kind][: given.scan]][: given.scan])
    return judge(answers, rows, given.database)


def build(engine: Engine, population: Population, home: Path) -> None:
    """Imports the population unless the base in `home` already holds it, with keys as they are made today."""
    done = home / f"built-{scheme()}"
    if done.exists():
        say(f"base kept from an earlier run: {done.read_text()}")
        SQLModel.metadata.create_all(engine)
        with Session(engine) as session:
            store_words(session)
            learn_base(session)
            session.commit()
        return
    _empty(engine, home)
    start = time.perf_counter()
    with Session(engine) as session:
        imported = import_subscribers(session, population)
        session.commit()
        count = session.exec(select(func.count()).select_from(Subscriber)).one()
    settle(engine, BASE_TABLES)
    assert count == population.rows, imported
    spent = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = bytes_on_disk(home) / 1e6
    told = (
        f"{count:,} rows in {spent:.0f} s ({count / spent:,.0f} rows/s), {size:,.0f} MB on disk, peak {peak:,.0f} MiB"
    )
    done.write_text(told)
    say(f"base built: {told}")


def _empty(engine: Engine, home: Path) -> None:
    """New tables; what an earlier build has left would count in the size of this one."""
    for file in (*home.glob("built-*"), *home.glob("*.sqlite*")):
        file.unlink()
    SQLModel.metadata.drop_all(engine)
    SQLModel.metadata.create_all(engine)


def ask(session: Session, cards: Sequence[Card], mailed: Mailed | None) -> list[Answer]:
    """Every card's answer; the first few warm the caches and are asked again."""
    start = time.perf_counter()
    matcher = Matcher(session)
    ready = time.perf_counter()
    for card in cards[:1]:
        matcher.match(card.query, mailed)
    first = time.perf_counter() - ready
    say(f"\nmatcher ready in {(ready - start) * 1000:.0f} ms, first lookup {first * 1000:.0f} ms")
    for card in cards[1:_WARM_UP]:
        matcher.match(card.query, mailed)
    return [_answer(matcher, card, mailed) for card in cards]


def _mailing(rows: int, kind: Kind, cards: Sequence[Card]) -> Mailed | None:
    """A campaign's mailing list: one row in twenty, and nearly all whose forms came back, from whom they came.

    Relatives and new tenants have a subscriber's form in hand; namesakes elsewhere and strangers have not.
    """
    if kind != "mailed":
        return None
    rng = random.Random(rows)
    at_hand = (card for card in cards if card.sender in ("subscriber", "relative", "tenant"))
    returned = {card.near for card in at_hand if rng.random() < _REPLIES_TO_THEIR_OWN}

    def among(ids: Sequence[str]) -> frozenset[str]:
        return frozenset(one for one in ids if one in returned or int(one[1:]) % _MAILED_ONE_IN == 0)

    extra = sum(int(one[1:]) % _MAILED_ONE_IN != 0 for one in returned)
    return Mailed(-(-rows // _MAILED_ONE_IN) + extra, among)


def _answer(matcher: Matcher, card: Card, mailed: Mailed | None) -> Answer:
    wall, cpu = time.perf_counter(), time.process_time()
    match = matcher.match(card.query, mailed)
    wall_ms, cpu_ms = (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000
    place = _place([one.subscriber_id for one in match.candidates], card)
    if card.right and place is None:
        place = _place([one.subscriber_id for one in matcher.rank(card.query, mailed)], card)
    return Answer(card, match, place, wall_ms, cpu_ms)


def _place(ids: Sequence[str], card: Card) -> int | None:
    return next((place for place, one in enumerate(ids) if one in card.right), None)


def scan(population: Population, cards: Sequence[Card]) -> None:
    """The same cards by rapidfuzz over every name and address, which is what one would write in an afternoon."""
    if not cards:
        return
    columns = ("first_name", "last_name", "street", "house_number", "postcode", "city")
    ids: list[str] = []
    lines: list[str] = []
    for number in range(population.chunks):
        found = population.chunk(number).columns
        ids += found["id"].tolist()
        lines += [" ".join(parts).casefold() for parts in zip(*(found[c].tolist() for c in columns), strict=True)]
    for name, scorer in (("ratio", fuzz.ratio), ("WRatio", fuzz.WRatio)):
        _scan(name, scorer, ids, lines, cards)


def _scan(
    name: str, scorer: Callable[..., float], ids: Sequence[str], lines: Sequence[str], cards: Sequence[Card]
) -> None:
    times, right = [], 0
    for card in cards:
        read = as_read(card.query)
        text = " ".join(read[field] for field in ADDRESSED if field in read).casefold()
        start = time.perf_counter()
        found = process.extract(text, lines, scorer=scorer, limit=5)
        times.append((time.perf_counter() - start) * 1000)
        right += bool(found) and ids[found[0][2]] in card.right
    members = sum(bool(card.right) for card in cards)
    middle = percentile(times, 0.5)
    say(f"rapidfuzz process.extract {name}, all rows: p50 {middle:,.0f} ms, right one first {right} of {members}")


def _counts(kinds: Sequence[Kind], queries: int) -> dict[Kind, int]:
    total = sum(SHARES[kind] for kind in kinds)
    return {kind: round(queries * SHARES[kind] / total) for kind in kinds}


if __name__ == "__main__":
    main()
