import random

import pytest

from matching.compare import compare
from matching.learn import Pair, learn_m, learn_u, pair_of
from matching.lexicon import Lexicon
from matching.model import COUNTED, DEFAULT_M, DEFAULT_U, Model, model_from_json
from matching.person import Person
from matching.vocabulary import Vocabulary

FIELDS = ("first", "last", "birth_date", "phone")


def drawn(rng, chances):
    return rng.choices(list(chances), list(chances.values()))[0]


def pairs_of(same, count, m, rng):
    found = []
    for _ in range(count):
        levels = {field: drawn(rng, (m if same else DEFAULT_U)[field]) for field in FIELDS}
        found.append(Pair(levels, {field: DEFAULT_U[field][level] for field, level in levels.items()}))
    return found


@pytest.fixture
def sloppy():
    """A base whose senders err in their phones three times in ten."""
    return DEFAULT_M | {"phone": {"exact": 0.6, "close": 0.3, "differs": 0.1}}


def test_the_errors_of_a_base_are_learnt_without_labels(sloppy):
    rng = random.Random(5)
    true, strangers = pairs_of(True, 3000, sloppy, rng), pairs_of(False, 3000, sloppy, rng)
    learnt = learn_m([*true, *strangers], Model())
    assert learnt.model.m["phone"]["close"] == pytest.approx(0.3, abs=0.04)
    told = [chance > 0.5 for chance in learnt.chances]
    assert sum(told[:3000]) > 2950 and sum(told[3000:]) < 20


def test_a_surname_alone_is_compared_with_a_surname_alone():
    lexicon = Lexicon(2, 2, {field: Vocabulary({}) for field in COUNTED}, {}, Model())
    assert pair_of(Person(last="aquavit"), Person(last="caravelle"), lexicon).levels == {"last": "differs"}
    turned = pair_of(Person(first="lind", last="eva"), Person(first="eva", last="lind"), lexicon)
    assert turned.levels == {"first": "exact", "last": "exact"}


def test_a_handful_of_pairs_hardly_moves_the_model(sloppy):
    learnt = learn_m(pairs_of(True, 5, sloppy, random.Random(1)), Model())
    assert learnt.model.m["phone"]["exact"] == pytest.approx(DEFAULT_M["phone"]["exact"], abs=0.08)
    assert learn_m([], Model()).model == Model()


def test_what_a_person_decided_counts_as_decided():
    levels = {"last": "exact", "street": "exact", "number": "exact", "postcode": "exact", "first": "differs"}
    chances = {field: DEFAULT_U[field][level] for field, level in levels.items()}
    undecided = learn_m([Pair(levels, chances)] * 50, Model())
    decided = learn_m([Pair(levels, chances, same=True)] * 50, Model())
    assert decided.model.m["first"]["differs"] > 2 * undecided.model.m["first"]["differs"]
    refused = learn_m([Pair(levels, chances, same=False)] * 50, Model())
    assert max(refused.chances) == 0.0


def test_strangers_teach_what_agrees_by_chance():
    crowd = [Person(first="eva", last=f"name{n}", number=str(n)) for n in range(60)]
    model = learn_u(crowd, Model(residents=3.5))
    assert model.u["first"]["exact"] > 0.8 and model.residents == 3.5
    assert compare("first", "eva", "eva").level == "exact"
    assert model.weight("first", "exact") < 0.5


def test_a_model_survives_its_json():
    model = Model(residents=1.7, namesakes=0.02, version="x")
    assert model_from_json(model.as_json()) == model
    with pytest.raises(ValueError, match="no match model"):
        model_from_json("{}")
