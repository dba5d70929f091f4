"""What the fields of one pair are worth together."""

import pytest

from matching.base import import_subscribers
from matching.lexicon import load_lexicon
from matching.person import fold_person
from matching.query import query_of
from matching.score import Scorer, total
from matching.variants import fold_query

HOME = {"street": "Storgatan", "house_number": "12", "postcode": "12345", "city": "Malmö"}
AWAY = {"street": "Mjölnarstigen", "house_number": "3", "postcode": "98765", "city": "Kiruna"}


@pytest.fixture
def lexicon(session):
    crowd = [{"id": f"a{n}", "name": f"Lars Andersson{'abcdefgh'[n % 8] * 3}", **HOME} for n in range(40)]
    common = [{"id": f"c{n}", "name": f"Nils{'abcdefgh'[n % 8]} Andersson", **AWAY} for n in range(80)]
    import_subscribers(session, [*crowd, *common, {"id": "q", "name": "Eva Maria Quist", **HOME}])
    return load_lexicon(session)


def bars(lexicon, written, known):
    found = Scorer(fold_query(query_of({"id": "q", **written}), 4), lexicon).evidence(fold_person(known))
    return {bar.field: bar for bar in found}


def test_the_rare_half_of_a_double_name_tells_more_than_the_common_one(lexicon):
    known = {"name": "Eva Andersson-Quist"}
    rare, common = (bars(lexicon, {"name": f"Eva {half}"}, known)["last"] for half in ("Quist", "Andersson"))
    assert rare.level == common.level == "partial"
    assert rare.weight > common.weight + 3


def test_two_given_names_tell_more_than_one_and_another_second_name_speaks_against(lexicon):
    known = {"name": "Eva Maria Quist"}
    both, one, other = (
        bars(lexicon, {"first_name": given, "last_name": "Quist"}, known)["first"].weight
        for given in ("Eva Maria", "Eva", "Eva Ingrid")
    )
    assert both > one > 0 > other


def test_a_whole_other_address_counts_once_for_a_person_and_field_by_field_for_a_company(lexicon):
    moved = bars(lexicon, {"name": "Eva Quist", **AWAY}, {"name": "Eva Quist", **HOME})
    branch = bars(lexicon, {"last_name": "Quist", **AWAY}, {"last_name": "Quist", **HOME})
    assert moved["street"].weight == branch["street"].weight < -2
    assert sum(moved[field].weight for field in ("number", "postcode", "city")) > -2
    assert sum(branch[field].weight for field in ("number", "postcode", "city")) < -6


def test_a_postcode_that_agrees_makes_the_other_differences_count_in_full(lexicon):
    near = bars(lexicon, {"name": "Eva Quist", **AWAY, "postcode": "12345"}, {"name": "Eva Quist", **HOME})
    assert near["number"].weight + near["city"].weight < -4


def test_street_and_postcode_together_tell_at_least_what_each_tells_alone(lexicon):
    known = {"name": "Eva Quist", **HOME}
    whole = total(tuple(bars(lexicon, {"street": "Storgatan", "postcode": "12345"}, known).values()))
    for field in ("street", "postcode"):
        assert whole >= total(tuple(bars(lexicon, {field: HOME[field]}, known).values()))
