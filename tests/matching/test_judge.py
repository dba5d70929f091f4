import pytest

from matching.base import import_subscribers
from matching.matcher import Mailed, Matcher
from matching.query import Query

ASA = {
    "id": "asa",
    "name": "Åsa Öberg",
    "street": "Storg. 12 B",
    "postcode": "123 45",
    "birth_date": "1980-01-02",
    "phone": "0701740605",
}
NILS = {"id": "nils", "name": "Nils Öberg", "street": "Ringvägen 5", "postcode": "123 45"}
TO_ALL = Mailed(300, frozenset)


@pytest.fixture
def matcher(session):
    crowd = [{"id": f"x{i}", "name": f"Xenia Crowd{i}", "postcode": "99999"} for i in range(300)]
    import_subscribers(session, [ASA, NILS, *crowd])
    return Matcher(session)


def ask(**fields):
    return Query("q", **{field: ((text, 1.0),) for field, text in fields.items()})


def of_nils(**changed):
    return ask(**{"name": "Nils Öberg", "street": "Ringv. 5", "postcode": "12345", **changed})


@pytest.mark.parametrize("written", [{}, {"name": "Nlls Oeberg"}, {"street": "Ringvägen"}, {"name": "N. Öberg"}])
def test_a_mailing_list_makes_name_and_address_surer_and_never_automatic(matcher, written):
    query = of_nils(**written)
    found, alone = matcher.match(query, TO_ALL), matcher.match(query)
    assert (found.verdict, found.best.subscriber_id) == ("review", "nils")
    assert "a relative" in found.why[0]
    few = Mailed(3, frozenset)
    assert matcher.match(query, few).best.probability > alone.best.probability


def name_of(family):
    return f"Kar{'abcdefghij'[family % 10]}{'lmnr'[family // 10]} Quist"


def home_of(family):
    return {"street": f"Allé{family} 5", "postcode": f"{10000 + family}"}


def test_fathers_and_sons_of_one_name_are_told_apart_by_the_birth_date_alone(session):
    families = [
        {"id": f"{part}{n}", "name": name_of(n), **home_of(n), "birth_date": day}
        for n in range(40)
        for part, day in (("f", f"{1920 + n}-01-02"), ("s", f"{1950 + n}-05-06"))
    ]
    import_subscribers(session, [NILS, *families])
    matcher = Matcher(session)
    assert matcher.lexicon.model.namesakes > 0.01
    two = ask(name=name_of(7), **home_of(7))
    assert (matcher.match(two, TO_ALL).rule, matcher.match(two).verdict) == ("ambiguous", "review")
    born = ask(name=name_of(7), **home_of(7), birth_date="1957-05-06")
    assert (matcher.match(born, TO_ALL).verdict, matcher.match(born, TO_ALL).best.subscriber_id) == ("auto", "s7")


def test_nearly_the_birth_date_is_enough_at_the_address_and_not_elsewhere(matcher):
    born = {"name": "Åsa Öberg", "postcode": "12345", "birth_date": "1980-01-07"}
    assert matcher.match(ask(**born, street="Storgatan 12 B")).verdict == "auto"
    assert matcher.match(ask(**born, street="Mjölnarstigen 3")).verdict == "review"


def test_a_number_of_the_sender_is_enough_after_a_move(matcher):
    moved = ask(name="Åsa Öberg", street="Mjölnarstigen 3", postcode="67890", phone="070-174 06 05")
    assert matcher.match(moved).verdict == "auto"


def test_a_mailbox_that_spells_the_name_does_not_outweigh_another_address_and_one_of_its_own_does(session):
    owner = {"name": "Eva Lind", "street": "Ringvägen 5", "postcode": "12345", "phone": "0701740607"}
    there = [
        {"id": "eva", **owner, "email": "eva.lind@example.se"},
        {"id": "nils", **owner, "email": "fisk@example.se"},
    ]
    crowd = [{"id": f"x{i}", "name": f"Xenia Crowd{i}", "postcode": "99999"} for i in range(300)]
    import_subscribers(session, [there[0], {**there[1], "name": "Nils Lind", "phone": ""}, *crowd])
    elsewhere = {"street": "Mjölnarstigen 3", "postcode": "67890", "phone": "0701740999"}
    matcher = Matcher(session)
    namesake = matcher.match(ask(name="Eva Lind", email="eva.lind@example.se", **elsewhere))
    assert (namesake.verdict, namesake.best.subscriber_id) == ("review", "eva")
    moved = matcher.match(ask(name="Nils Lind", email="fisk@example.se", **elsewhere))
    assert (moved.verdict, moved.best.subscriber_id) == ("auto", "nils")
    home = {"street": "Ringv. 5", "postcode": "12345"}
    assert matcher.match(ask(name="Eva Lind", email="eva.lind@example.se", **home)).verdict == "auto"


@pytest.mark.parametrize(
    ("given", "proof", "verdict"),
    [
        ("Å.", {"phone": "0701740605"}, "review"),
        ("Å.", {"birth_date": "1980-01-02"}, "auto"),
        ("Å.", {"phone": "0701740605", "birth_date": "1980-01-02"}, "auto"),
        ("Åsa", {"phone": "0701740605"}, "auto"),
    ],
    ids=["initial and phone", "initial and birth date", "initial and both", "name and phone"],
)
def test_an_initial_and_the_phone_of_a_family_do_not_name_one_of_it(matcher, given, proof, verdict):
    found = matcher.match(ask(name=f"{given} Öberg", street="Storg. 12 B", postcode="12345", **proof))
    assert (found.verdict, found.best.subscriber_id) == (verdict, "asa")
