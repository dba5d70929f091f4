"""Where the match model comes from: strangers of the base teach what agrees by chance, queries how people write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from matching.candidates import find_candidates
from matching.compare import Level
from matching.history import persons_of
from matching.index import set_state, state_of
from matching.keys import hashed
from matching.learn import Pair, learn_m, learn_u, pair_of
from matching.lexicon import Lexicon
from matching.model import DEFAULT_M, Model, model_from_json
from matching.person import Person
from matching.probes import probes
from matching.query import Query
from matching.schema import MatchKey, Subscriber
from matching.variants import fold_query

_STRANGERS, _QUERIES, _LEAST_PAIRS = 120, 2_000, 100
_CANDIDATES, _ALTERNATIVES = 10, 4
_PLACES, _FAMILIES, _KEYS_A_STATEMENT, _MOST_RESIDENTS = 120, 6_000, 400, 20
_BELIEVED_PAIRS = 1_000
"""Pairs of relatives that the model one starts from is worth."""


def learn_base(session: Session) -> Model:
    """Learns what agrees by chance in this base and how its people share addresses, and keeps it for later matchers."""
    sample = list(persons_of(session, _sample(session, _STRANGERS)).values())
    start = _settled(session)
    model = learn_u(sample, start) if len(sample) > 1 else start
    model = replace(model, residents=_residents(session, sample), namesakes=_namesakes(session))
    set_state(session, "model", model.as_json())
    return model


def learn_settled(session: Session, settled: Sequence[Mapping[str, Level]]) -> Model | None:
    """Learns how senders write from forms whose sender is settled, each given as the levels by field at which it agreed
    with them. Keeps the model, also when the base is refreshed; None, and nothing is kept, where the forms are few."""
    if len(settled) < _LEAST_PAIRS:
        return None
    held = state_of(session, "model")
    model = model_from_json(held) if held else Model()
    # what agrees by chance plays no part where it is known who is who
    pairs = [Pair(levels, dict.fromkeys(levels, 1.0), same=True) for levels in settled]
    learnt = learn_m(pairs, replace(model, m=DEFAULT_M)).model
    told = Model(m=learnt.m, version=f"settled/{len(settled)}")
    set_state(session, "settled", told.as_json())
    learnt = replace(learnt, version=told.version)
    set_state(session, "model", learnt.as_json())
    set_state(session, "lessons", str(int(state_of(session, "lessons") or 0) + 1))
    return learnt


def _settled(session: Session) -> Model:
    """The model to start from: what settled forms have taught, or what our own reader's errors showed."""
    told = state_of(session, "settled")
    return replace(Model(), m=(found := model_from_json(told)).m, version=found.version) if told else Model()


def taught_by(session: Session, queries: Sequence[Query], lexicon: Lexicon) -> Lexicon:
    """The lexicon with a model that has seen how the senders of these queries write; unchanged where they are few."""
    chosen = queries[:: len(queries) // _QUERIES + 1]
    pairs = [pair for query in chosen for pair in _pairs(session, query, lexicon)]
    if len(pairs) < _LEAST_PAIRS:
        return lexicon
    return replace(lexicon, model=learn_m(pairs, lexicon.model).model)


def _pairs(session: Session, query: Query, lexicon: Lexicon) -> Iterable[Pair]:
    folded = fold_query(query, _ALTERNATIVES)
    ids = find_candidates(session, probes(folded, lexicon), lexicon, _CANDIDATES)
    return (pair_of(folded.best, person, lexicon) for person in persons_of(session, ids).values())


def _sample(session: Session, count: int) -> list[str]:
    """About `count` ids from all over the base: keys are hashes, so those after evenly spaced ones are of anybody."""
    size = session.execute(select(func.count()).select_from(Subscriber).limit(1)).scalar_one()
    if size <= count:
        return list(session.execute(select(col(Subscriber.id))).scalars())
    found = set[str]()
    nearest = select(col(MatchKey.subscriber_id)).order_by(col(MatchKey.key)).limit(count // _PLACES)
    for key in np.linspace(-(2**63), 2**63, _PLACES, endpoint=False).tolist():
        found.update(session.execute(nearest.where(col(MatchKey.key) >= int(key))).scalars())
    return sorted(found)


def _namesakes(session: Session) -> float:
    """How many of those who live at one address under one surname share the given name too; entries with the same birth
    date or none may be one person twice and are not counted."""
    asked = persons_of(session, _sample(session, _FAMILIES))
    homes = {hashed(("address", *_home(person))) for person in asked.values() if all(_home(person))}
    found = defaultdict[tuple[str, ...], set[tuple[str, str]]](set)
    for person in persons_of(session, _living_at(session, sorted(homes))).values():
        if person.birth_date:
            found[(person.last, *_home(person))].add((person.first.split(" ")[0], person.birth_date))
    families = [pair for members in found.values() for pair in combinations(sorted(members), 2)]
    pairs = [(one, other) for one, other in families if one[1] != other[1]]
    alike = sum(one[0] == other[0] for one, other in pairs)
    return (alike + Model().namesakes * _BELIEVED_PAIRS) / (len(pairs) + _BELIEVED_PAIRS)


def _living_at(session: Session, keys: Sequence[int]) -> list[str]:
    found = set[str]()
    for start in range(0, len(keys), _KEYS_A_STATEMENT):
        part = keys[start : start + _KEYS_A_STATEMENT]
        living = select(col(MatchKey.subscriber_id)).where(col(MatchKey.key).in_(part))
        found.update(session.execute(living.limit(_MOST_RESIDENTS * len(part))).scalars())
    return sorted(found)


def _home(person: Person) -> tuple[str, str, str]:
    return person.postcode or person.city, person.street, person.number


def _residents(session: Session, sample: Iterable[Person]) -> float:
    """How many subscribers live at an address on average, as the people of the sample see it."""
    homes = [_home(person) for person in sample]
    keys = [hashed(("address", *home)) for home in islice((home for home in homes if all(home)), _STRANGERS)]
    if not keys:
        return Model().residents
    count = select(func.count()).select_from(MatchKey).where(col(MatchKey.key).in_(keys))
    return max(1.0, float(session.execute(count).scalar_one()) / len(set(keys)))
