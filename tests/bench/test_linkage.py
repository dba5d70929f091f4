import random
from dataclasses import replace

import pytest

from bench.linkage.blocking import candidates
from bench.linkage.datasets import LINKAGE, Dataset, datasets
from bench.linkage.entities import gathered, one_to_one
from bench.linkage.lookup import lookup_pairs
from bench.linkage.mixture import fit
from bench.linkage.ours import our_pairs
from bench.linkage.scoring import average_linkage, best_threshold, connected, quality
from matching.learn import Pair
from matching.model import DEFAULT_M, DEFAULT_U, Model

AB, AC, AD, BC, BD, CD = ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")
beside = pytest.mark.skipif(not LINKAGE.is_dir(), reason="shared/data/linkage is not beside this checkout")


def test_quality_counts_pairs():
    found = quality([AB, CD], frozenset({AB, AC, BC}))
    assert (found.precision, found.recall) == (0.5, pytest.approx(1 / 3))
    assert found.f1 == pytest.approx(0.4)


def test_the_best_threshold_is_the_ceiling_of_f1():
    assert best_threshold({AB: 0.9, CD: 0.8, BC: 0.7}, frozenset({AB, BC})) == (pytest.approx(0.8), 0.7)


def test_connected_components_chain_and_average_linkage_does_not():
    pairs = {AB: 0.9, BC: 0.9, CD: 0.6}
    assert connected(pairs) == {AB, AC, AD, BC, BD, CD}
    pytest.importorskip("scipy", reason="scipy is only in the environment of the benches")
    assert average_linkage({**pairs, AC: 0.9}) == {AB, AC, BC}


@beside
def test_the_public_sets_have_the_true_pairs_that_are_published():
    found = {dataset.name: (len(dataset.rows), len(dataset.true_pairs)) for dataset in datasets()}
    assert found["febrl1"] == (1000, 500)
    assert found["febrl2"] == (5000, 1934)
    assert found["febrl3"] == (5000, 6538)
    assert found["fake_1000"] == (1000, 2031)
    assert found["restaurants"] == (864, 112)
    assert found["restaurants_two_files"] == (864, 112)
    assert found["csv_example"] == (3337, 6608)
    assert found["patents"] == (2379, 293_785)


@beside
@pytest.mark.parametrize(
    ("name", "card", "peers"),
    [
        ("febrl1", True, 0.988),
        ("fake_1000", False, 0.923),
        ("restaurants", False, 0.855),
        ("restaurants_two_files", False, 0.954),
    ],
)
def test_the_groups_found_are_better_than_the_best_peer_makes_them(name, card, peers):
    whole = next(dataset for dataset in datasets() if dataset.name == name)
    dataset = whole.only_card_fields() if card else whole
    assert quality(our_pairs(dataset).groups, dataset.true_pairs).f1 > peers


@pytest.fixture
def two():
    """Anna Quist twice, once misspelt, among sixteen people of one street."""
    row = {"first_name": "Anna", "last_name": "Quist", "street": "Storgatan", "house_number": "5", "postcode": "12345"}
    surnames = [a + b for a in ("Berg", "Holm", "Lind", "Sand") for b in ("qvist", "ström", "man", "fors")]
    givens = ("Bo", "Cecilia", "David", "Eva", "Fredrik", "Göran", "Hedvig", "Ingrid") * 2
    home = {"street": "Ringvägen", "postcode": "54321"}
    others = [
        {"id": f"x{i:02d}", "first_name": given, "last_name": surname, "house_number": str(7 * i + 1), **home}
        for i, (given, surname) in enumerate(zip(givens, surnames, strict=True))
    ]
    return Dataset("two", ({"id": "a", **row}, {"id": "b", **row, "last_name": "Qvist"}, *others), {})


def test_rows_of_one_person_find_one_another_and_strangers_do_not(two):
    found = our_pairs(two)
    assert found.groups == {AB}
    assert {pair for pair, chance in found.chances.items() if chance > 0.5} == {AB}


def test_the_products_own_lookups_find_them_too(two):
    assert {pair for pair, chance in lookup_pairs(two).chances.items() if chance > 0.5} == {AB}


def test_rows_of_one_file_are_never_linked(two):
    files = {row["id"]: "one" for row in two.rows}
    apart = replace(two, files=files | {"b": "other"})
    assert our_pairs(apart).groups == {AB}
    together = our_pairs(replace(two, files=files | {"x00": "other"}))
    assert AB not in together.chances and not together.groups


def test_places_entered_letter_by_letter_alike_are_one_and_bring_what_is_alike_to_either():
    names = [a + b for a in ("Golden", "Silver", "Purple", "Yellow") for b in ("lamb", "fox", "barn", "swan", "mill")]
    streets = [a + b for b in ("ton Road", "field Lane", "wood Avenue", "gate Drive") for a in ("Ash", "Elm", "Oak")]
    lines = [{"street": street, "house_number": str(11 + 7 * i)} for i, street in enumerate(streets * 2)]
    towns = ("Boston", "Denver", "Austin")
    places = [
        {"id": f"a{i:02d}", "last_name": name, "city": towns[i % 3], **line}
        for i, (name, line) in enumerate(zip(names, lines, strict=False))
    ]
    twice = {**places[0], "id": "b"}
    misspelt = {**places[0], "id": "c", "last_name": "Goldenlambb"}
    found = our_pairs(Dataset("places", (*places, twice, misspelt), {}))
    assert found.groups == {("a00", "b"), ("a00", "c"), BC}
    assert found.chances["a00", "b"] == 1.0


def test_a_rare_word_even_misspelt_makes_rows_worth_comparing_and_a_common_one_does_not(two):
    found = candidates(two.rows)
    assert AB in found
    assert not any("a" in pair and pair != AB for pair in found)
    assert ("x00", "x01") not in found  # the street alone


def drawn(rng, chances):
    return rng.choices(list(chances), list(chances.values()))[0]


def entries(rng, count, alike, wrong=None):
    """Pairs that agree on the fields `alike` as entries of one person do, and on the others as strangers do."""
    m = DEFAULT_M | (wrong or {})
    found = []
    for _ in range(count):
        fields = ("first", "last", "street", "number", "postcode", "birth_date", "phone")
        levels = {field: drawn(rng, (m if field in alike else DEFAULT_U)[field]) for field in fields}
        found.append(Pair(levels, {field: DEFAULT_U[field][level] for field, level in levels.items()}))
    return found


SAME = ("first", "last", "street", "number", "postcode", "birth_date", "phone")


def test_families_are_told_from_people_entered_twice_without_labels():
    rng = random.Random(3)
    twice = entries(rng, 300, SAME)
    families = entries(rng, 300, ("last", "street", "number", "postcode"))
    chances = fit([*twice, *families], Model(), 2000).chances
    assert (chances[:300] > 0.5).mean() > 0.99
    assert (chances[300:] > 0.5).mean() < 0.01


def test_where_names_are_often_wrong_another_given_name_at_the_same_address_is_no_relative():
    rng = random.Random(4)
    names = {field: {"exact": 0.85, "close": 0.05, "differs": 0.1} for field in ("first", "last")}
    pairs = entries(rng, 1000, SAME, names)
    wrong = [pair.levels["first"] == "differs" for pair in pairs]
    chances = fit(pairs, Model(), 2000).chances
    assert sum(wrong) > 50
    assert (chances[wrong] > 0.5).mean() > 0.95


def test_several_weak_pairs_join_a_row_to_a_group_when_each_is_news():
    weights = {AB: 20.0, AC: 20.0, BC: 20.0, AD: 6.0, BD: 6.0, CD: 6.0}
    assert gathered(weights, prior=-9.0, repeated=0.0) == {AB, AC, BC}
    assert gathered(weights, prior=-9.0, repeated=0.5) == set(weights)


def test_one_pair_that_speaks_against_it_keeps_two_groups_apart():
    weights = {AB: 20.0, CD: 20.0, BC: 10.0, AC: -20.0, AD: -20.0, BD: -20.0}
    assert gathered(weights, prior=-9.0, repeated=0.5) == {AB, CD}


def test_of_two_files_each_row_gets_its_best_partner_or_none():
    assert one_to_one({AB: 3.0, AC: 5.0, BD: 1.0, CD: -1.0}) == {AC, BD}


def test_only_card_fields_leaves_name_and_address():
    whole = Dataset(
        "one", ({"id": "a", "last_name": "Quist", "phone": "0701", "city": "Umeå", "email": ""},), {"a": "1"}
    )
    assert whole.only_card_fields().columns() == ("last_name", "city")
