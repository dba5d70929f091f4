import pytest

from matching.query import Evidence
from matching.score import Prior, posterior
from matching.settings import MatchSettings

NAMES = {"first": 10.0, "last": 12.0}
NAMESAKES = 0.001
ONE_OF_MANY = Prior(0.8 / 100_000)


def chance(prior=ONE_OF_MANY, namesakes=NAMESAKES, **bits):
    bars = [Evidence(field, "exact" if weight > 0 else "differs", weight, "") for field, weight in bits.items()]
    return posterior([bars], [prior], MatchSettings(), namesakes)[0]


def test_a_namesake_of_the_town_stays_possible_where_the_street_differs():
    elsewhere = chance(**NAMES, postcode=12.0, street=-4.0, number=-4.0)
    at_home = chance(**NAMES, postcode=5.0, street=6.0, number=3.0)
    assert elsewhere < 0.5 < 0.99 < at_home


def test_the_customer_number_of_the_family_does_not_prove_another_given_name():
    family = {"last": 12.0, "street": 6.0, "number": 3.0, "customer_number": 26.0}
    assert chance(first=-6.0, **family) < 0.99
    assert chance(first=10.0, **family) > 0.9999


def test_with_a_mailing_list_namesakes_are_unlikelier_and_relatives_are_not():
    mailed = Prior(0.8 / 5_000, elsewhere=0.02)
    there = {"last": 12.0, "street": 6.0, "number": 3.0, "postcode": 5.0}
    assert chance(mailed, first=10.0, **there) > 0.999
    assert chance(mailed, **NAMES) > 0.99 > chance(Prior(mailed.own), **NAMES)
    assert chance(mailed, first=1.0, **there) < 0.98


def test_where_fathers_and_sons_share_a_name_name_and_address_stay_doubtful_with_a_mailing_list_too():
    mailed = Prior(0.8 / 5_000, elsewhere=0.02)
    whole = {**NAMES, "street": 6.0, "number": 3.0, "postcode": 5.0}
    assert chance(mailed, **whole) > 0.999 > chance(mailed, namesakes=0.03, **whole)
    assert chance(mailed, namesakes=0.03, **whole, phone=20.0) > 0.9999


def test_a_relative_who_exchanges_the_boxes_for_names_is_no_likelier_than_the_subscriber_who_does():
    there = {"first": 7.0, "last": 16.0, "street": 4.0, "number": 4.0, "postcode": 9.0, "phone": 26.0}
    assert chance(swapped=-5.6, **there) == pytest.approx(chance(**there), abs=1e-4)


def test_more_absent_people_never_make_a_candidate_surer():
    bars = [Evidence(field, "exact", weight, "") for field, weight in NAMES.items()]
    few = posterior([bars], [ONE_OF_MANY], MatchSettings(local_namesake_share=0.001), NAMESAKES)[0]
    many = posterior([bars], [ONE_OF_MANY], MatchSettings(local_namesake_share=0.05), NAMESAKES)[0]
    assert many < few
