"""Our matcher's folding, comparison and frequencies on a whole list: which of its rows are one, without labels.

What differs from the product is said in docs/matching.md: a list of some thousand rows is not a base of millions, and
nobody is asked for in it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from bench.linkage.blocking import candidates
from bench.linkage.datasets import Dataset, Linked, Row
from bench.linkage.datasets import Pair as Ids
from bench.linkage.entities import gathered, one_to_one
from bench.linkage.mixture import fit
from bench.linkage.scoring import components
from matching.base import import_subscribers
from matching.learn import Pair, pair_of
from matching.lexicon import Lexicon, load_lexicon
from matching.person import Person, fold_person

_REPEATED, _COPIED = 0.4, 0.0
"""Entries of a person err each for itself; those of a place were copied from one another, often letter by letter."""
_LINKED, _MOST_TOGETHER = 0.2, 120


def our_pairs(dataset: Dataset) -> Linked:
    """Every pair compared with its probability, and the groups of rows that are one."""
    people = {row["id"]: fold_person(row) for row in dataset.rows}
    if any(person.first for person in people.values()) or dataset.files:
        return _linked(dataset, people, _REPEATED)
    copies: dict[Person, list[str]] = defaultdict(list)
    for one, person in people.items():
        copies[person].append(one)
    distinct = {ids[0]: ids for ids in copies.values()}
    rows = tuple(row for row in dataset.rows if row["id"] in distinct)
    return _with_copies(_linked(replace(dataset, rows=rows), people, _COPIED), distinct)


def _linked(dataset: Dataset, people: Mapping[str, Person], repeated: float) -> Linked:
    lexicon = _lexicon(dataset.rows)
    asked = {pair for pair in candidates(dataset.rows) if dataset.may_link(pair)}
    told = _told(dataset, asked, people, lexicon)
    if dataset.files:
        return Linked(_chances(told), one_to_one({pair: one.odds for pair, one in told.items()}))
    # who belongs with a third may belong together, whatever they share
    told = _told(dataset, asked | _within(told), people, lexicon)
    prior = next(iter(told.values())).prior
    weights = {pair: one.odds - one.prior for pair, one in told.items()}
    return Linked(_chances(told), gathered(weights, prior, repeated))


def _with_copies(found: Linked, copies: Mapping[str, list[str]]) -> Linked:
    """What was found of rows that differ, for those too that are copies of them."""
    same = {pair for ids in copies.values() for pair in itertools.combinations(sorted(ids), 2)}
    chances = {pair: chance for rows, chance in found.chances.items() for pair in _across(rows, copies)}
    groups = {pair for rows in found.groups or () for pair in _across(rows, copies)}
    return Linked(chances | dict.fromkeys(same, 1.0), frozenset(groups | same))


def _across(rows: Ids, copies: Mapping[str, list[str]]) -> Iterator[Ids]:
    return ((min(pair), max(pair)) for pair in itertools.product(copies[rows[0]], copies[rows[1]]))


@dataclass(frozen=True, slots=True)
class _Told:
    """Of a pair: log2 odds that it is one, those of any pair of the list, and the probability (0..1)."""

    odds: float
    prior: float
    chance: float


def _told(dataset: Dataset, asked: Iterable[Ids], people: Mapping[str, Person], lexicon: Lexicon) -> dict[Ids, _Told]:
    ids = sorted(asked)
    pairs: list[Pair] = [pair_of(people[one], people[other], lexicon) for one, other in ids]
    fitted = fit(pairs, lexicon.model, len(dataset.rows))
    numbers = zip(ids, fitted.odds.tolist(), fitted.chances.tolist(), strict=True)
    return {pair: _Told(odds, fitted.prior, chance) for pair, odds, chance in numbers}


def _chances(told: Mapping[Ids, _Told]) -> dict[Ids, float]:
    return {pair: one.chance for pair, one in told.items()}


def _within(told: Mapping[Ids, _Told]) -> set[Ids]:
    """All pairs of rows that are linked over others, unless that are too many."""
    linked = components(pair for pair, one in told.items() if one.chance > _LINKED)
    small = (sorted(ids) for ids in linked if len(ids) <= _MOST_TOGETHER)
    return {pair for ids in small for pair in itertools.combinations(ids, 2)}


def _lexicon(rows: Iterable[Row]) -> Lexicon:
    """How common each value is in this list, and what agrees by chance in it."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        import_subscribers(session, rows)
        session.commit()
        lexicon = load_lexicon(session)
    engine.dispose()
    return lexicon
