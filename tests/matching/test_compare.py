import pytest

from matching.compare import compare
from matching.nicknames import nicknames, same_by_nickname


@pytest.mark.parametrize(
    ("field", "left", "right", "level"),
    [
        ("first", "eva maria", "maria", "exact"),
        ("first", "lasse", "lars", "partial"),
        ("first", "alex", "alexander", "partial"),
        ("first", "e", "eva", "initial"),
        ("first", "e", "nils", "differs"),
        ("first", "johana", "johanna", "close"),
        ("first", "mhthiloe", "mathilde", "far"),
        ("first", "eva", "nils", "differs"),
        ("last", "lindqvist", "lindquist", "close"),
        ("last", "guasp toomh", "guasp", "partial"),
        ("last", "bern", "bem", "close"),
        ("last", "lind", "quist", "differs"),
        ("street", "storgatan", "storgatam", "close"),
        ("street", "storg", "storgatan", "partial"),
        ("street", "nygatan", "mygatan", "close"),
        ("street", "storgatan", "ringvagen", "differs"),
        ("number", "12b", "12", "partial"),
        ("number", "12", "72", "close"),
        ("number", "12", "7", "differs"),
        ("postcode", "12345", "12354", "close"),
        ("postcode", "12345", "12999", "partial"),
        ("postcode", "12345", "99999", "differs"),
        ("phone", "+46701740605", "701740605", "exact"),
        ("phone", "+46701740605", "+46701740665", "close"),
        ("phone", "+46701740605", "+46809999999", "differs"),
        ("email", "asa.oberg@example.se", "asa.oberg@other.de", "partial"),
        ("email", "asa.oberg@example.se", "asa.0berg@example.se", "close"),
        ("email", "asa.oberg@example.se", "asa.0bevg@exanple.sc", "far"),
        ("email", "asa.oberg@example.se", "nils.lind@example.se", "differs"),
        ("first", "eva maria", "eva maria", "exact"),
        ("first", "eva maria", "eva marla", "exact"),
        ("first", "eva maria", "eva ingrid", "far"),
        ("birth_date", "1980-02-01", "1980-01-02", "partial"),
        ("birth_date", "1978-96-30", "1978-06-30", "close"),
        ("birth_date", "1980-01-02", "1951-11-30", "differs"),
        ("city", "malmo", "malmo syd", "close"),
        ("city", "", "malmo", "missing"),
    ],
)
def test_levels_of_agreement(field, left, right, level):
    assert compare(field, left, right).level == level
    assert compare(field, right, left).level == level


def test_nicknames_of_one_family_are_one_name_and_others_are_not():
    assert same_by_nickname("fritz", "friedrich") and "lasse" in nicknames("lars")
    assert not same_by_nickname("eva", "anna") and not nicknames("xerxes")
