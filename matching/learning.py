"""Where the match model comes from: strangers of the base teach what agrees by chance, queries how people write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from matching.candidates import find_candidates
from matching.history import persons_of
from matching.index import set_state
from matching.keys import hashed
from matching.learn import Pair, learn_m, learn_u, pair_of
from matching.lexicon import Lexicon
from matching.model import Model
from matching.person import Person
from matching.probes import probes
from matching.query import Query
from matching.schema import MatchKey, Subscriber
from matching.variants import fold_query

_STRANGERS, _QUERIES, _LEAST_PAIRS = 120, 2_000, 100
_CANDIDATES, _ALTERNATIVES = 10, 4


def learn_base(session: Session) -> Model:
    """Learns what agrees by chance in this base and how many share an address, and keeps it for later matchers."""
    sample = list(persons_of(session, _sample(session)).values())
    model = learn_u(sample, _residents(session, sample), Model()) if len(sample) > 1 else Model()
    set_state(session, "model", model.as_json())
    return model


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


def _sample(session: Session) -> list[str]:
    """Ids from all over the base: those whose hashed keys come next after evenly spaced ones."""
    size = session.execute(select(func.count()).select_from(Subscriber).limit(1)).scalar_one()
    if size <= _STRANGERS:
        return list(session.execute(select(col(Subscriber.id))).scalars())
    found = set[str]()
    nearest = select(col(MatchKey.subscriber_id)).order_by(col(MatchKey.key)).limit(1)
    for key in np.linspace(-(2**63), 2**63, _STRANGERS, endpoint=False).tolist():
        found.update(session.execute(nearest.where(col(MatchKey.key) >= int(key))).scalars())
    return sorted(found)


def _residents(session: Session, sample: Iterable[Person]) -> float:
    """How many subscribers live at an address on average, as the people of the sample see it."""
    homes = [(p.postcode or p.city, p.street, p.number) for p in sample]
    keys = [hashed(("address", *home)) for home in islice((home for home in homes if all(home)), _STRANGERS)]
    if not keys:
        return Model().residents
    count = select(func.count()).select_from(MatchKey).where(col(MatchKey.key).in_(keys))
    return max(1.0, float(session.execute(count).scalar_one()) / len(set(keys)))
