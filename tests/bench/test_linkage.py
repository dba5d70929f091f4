import pytest

from bench.linkage.datasets import LINKAGE, Dataset, datasets
from bench.linkage.ours import our_pairs
from bench.linkage.scoring import average_linkage, best_threshold, connected, quality

AB, AC, BC, CD = ("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")


def test_quality_counts_pairs():
    found = quality([AB, CD], frozenset({AB, AC, BC}))
    assert (found.precision, found.recall) == (0.5, pytest.approx(1 / 3))
    assert found.f1 == pytest.approx(0.4)


def test_the_best_threshold_is_the_ceiling_of_f1():
    assert best_threshold({AB: 0.9, CD: 0.8, BC: 0.7}, frozenset({AB, BC})) == (pytest.approx(0.8), 0.7)


def test_connected_components_chain_and_average_linkage_does_not():
    pairs = {AB: 0.9, BC: 0.9, CD: 0.6}
    assert connected(pairs) == {AB, AC, ("a", "d"), BC, ("b", "d"), CD}
    pytest.importorskip("scipy", reason="scipy is only in the environment of the benches")
    assert average_linkage({**pairs, AC: 0.9}) == {AB, AC, BC}


def test_the_public_sets_have_the_true_pairs_that_are_published():
    if not LINKAGE.is_dir():
        pytest.skip("shared/data/linkage is not beside this checkout")
    found = {dataset.name: (len(dataset.rows), len(dataset.true_pairs)) for dataset in datasets()}
    assert found["febrl1"] == (1000, 500)
    assert found["febrl2"] == (5000, 1934)
    assert found["febrl3"] == (5000, 6538)
    assert found["fake_1000"] == (1000, 2031)
    assert found["restaurants"] == (864, 112)


def test_rows_of_one_person_find_one_another_and_strangers_do_not():
    row = {"first_name": "Anna", "last_name": "Quist", "street": "Storgatan", "house_number": "5", "postcode": "12345"}
    surnames = (a + b for a in ("Berg", "Holm", "Lind", "Sand") for b in ("qvist", "ström", "man", "fors"))
    givens = ("Bo", "Cecilia", "David", "Eva", "Fredrik", "Göran", "Hedvig", "Ingrid") * 2
    home = {"street": "Ringvägen", "postcode": "54321"}
    others = [
        {"id": f"x{i}", "first_name": given, "last_name": surname, "house_number": str(7 * i + 1), **home}
        for i, (given, surname) in enumerate(zip(givens, surnames, strict=True))
    ]
    rows = ({"id": "a", **row}, {"id": "b", **row, "last_name": "Qvist"}, *others)
    pairs = our_pairs(Dataset("two", rows, {}))
    assert {pair for pair, chance in pairs.items() if chance > 0.5} == {AB}


def test_only_card_fields_leaves_name_and_address():
    whole = Dataset(
        "one", ({"id": "a", "last_name": "Quist", "phone": "0701", "city": "Umeå", "email": ""},), {"a": "1"}
    )
    assert whole.only_card_fields().columns() == ("last_name", "city")
