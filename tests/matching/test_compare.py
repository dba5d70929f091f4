import pytest

from matching.compare import compare
from matching.nicknames import nicknames, same_by_nickname
from matching.normalise import fold_name


@pytest.mark.parametrize(
    ("field", "left", "right", "level"),
    [
        ("first", "eva maria", "maria", "exact"),
        ("first", "lasse", "lars", "partial"),
        ("first", "alex", "alexander", "partial"),
        ("first", "e", "eva", "initial"),
        ("first", "e", "nils", "differs"),
        ("first", "h", "barbel hanne", "far"),
        ("first", "eva m", "eva maria", "exact"),
        ("first", "johana", "johanna", "close"),
        ("first", "mhthiloe", "mathilde", "far"),
        ("first", "eva", "nils", "differs"),
        ("last", "lindqvist", "lindquist", "close"),
        ("last", "guasp toomh", "guasp", "partial"),
        ("last", "berg lund", "berg holm", "far"),
        ("last", "lindqvst", "holm lindqvist", "partial"),
        ("last", "golden lamb cafe", "lamb golden restaurant", "far"),
        ("last", "bern", "bem", "close"),
        ("last", "lind", "quist", "differs"),
        ("street", "storgatan", "storgatam", "close"),
        ("street", "storg", "storgatan", "exact"),
        ("street", "nygat", "nygatan", "exact"),
        ("street", "tallv", "tallvagen", "exact"),
        ("street", "kungsberg", "kungsbergs", "close"),
        ("street", "storga", "storgatan", "partial"),
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


def test_the_initial_of_a_second_given_name_tells_those_of_one_first_name_apart():
    junior, senior, other = (compare("first", "jens f", name) for name in ("jens frank", "jens", "jens peter"))
    assert (junior.initials, senior.initials, other.initials) == (1, 0, 0)
    assert compare("first", "jens frank", "jens f").initials == 1
    assert compare("first", "jens frank", "jens frank").initials == 0


@pytest.mark.parametrize(("used", "registered"), [("Micke", "Mikael"), ("Manu", "Manuel"), ("Bärbel", "Barbara")])
def test_nicknames_are_known_however_names_are_folded(used, registered):
    assert same_by_nickname(fold_name(used), fold_name(registered))
