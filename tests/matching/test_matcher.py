import pytest
from sqlmodel import select

from matching.base import MatchKey, Subscriber, import_subscribers
from matching.explaining import waterfall
from matching.matcher import Mailed, Matcher
from matching.model import Model
from matching.query import Query

ASA = {
    "id": "asa",
    "name": "Åsa Öberg",
    "street": "Storg. 12 B",
    "postcode": "123 45",
    "phone": "0701740605",
    "birth_date": "1980-01-02",
    "customer_number": "40001372",
    "email": "asa@example.se",
}
NILS = {"id": "nils", "name": "Nils Öberg", "street": "Storgatan 12 B", "postcode": "123 45", "phone": "0701740606"}
SENIOR = {"id": "senior", "name": "Jörg Weiß", "street": "Mühlweg 3", "postcode": "23510", "phone": "+4915123400001"}
JUNIOR = {**SENIOR, "id": "junior", "birth_date": "2001-05-06"}


@pytest.fixture
def matcher(session):
    crowd = [{"id": f"x{i}", "name": f"Xenia Crowd{i}", "postcode": "99999"} for i in range(300)]
    assert import_subscribers(session, [ASA, NILS, SENIOR, JUNIOR, *crowd]).bad == ()
    return Matcher(session)


def ask(**fields):
    plain = {"reference_subscriber", "struck_out", "corrected"}
    return Query("q", **{k: v if k in plain else ((v, 1.0),) for k, v in fields.items()})


HOME = {"street": "Storgatan 12b", "postcode": "12345"}


def test_a_verified_reference_is_automatic_when_the_name_agrees_or_is_absent(matcher):
    for query in (ask(reference_subscriber="asa"), ask(reference_subscriber="asa", name="Aasa Oeberg")):
        found = matcher.match(query)
        assert (found.verdict, found.rule, found.best.subscriber_id) == ("auto", "reference", "asa")


@pytest.mark.parametrize("extra", [{"name": "Nils Öberg"}, {"struck_out": ("name",)}, {"corrected": ("last_name",)}])
def test_a_contradicting_or_struck_out_name_goes_to_review(matcher, extra):
    found = matcher.match(ask(reference_subscriber="asa", **extra))
    assert (found.verdict, found.rule) == ("review", "contradiction")


def test_a_struck_out_address_is_no_contradiction(matcher):
    assert matcher.match(ask(reference_subscriber="asa", struck_out=("street",))).verdict == "auto"


def test_an_unknown_reference_is_never_automatic(matcher):
    found = matcher.match(ask(reference_subscriber="gone", name="Åsa Öberg", phone="0701740605", **HOME))
    assert (found.verdict, found.best.subscriber_id) == ("review", "asa")


def test_name_and_address_alone_are_never_automatic(matcher):
    found = matcher.match(ask(name="Åsa Öberg", **HOME))
    assert (found.verdict, found.best.subscriber_id) == ("review", "asa")


@pytest.mark.parametrize(
    "extra", [{"phone": "070-174 06 05"}, {"birth_date": "02.01.1980"}, {"email": "ASA@example.se"}]
)
def test_name_with_an_identifier_is_automatic(matcher, extra):
    found = matcher.match(ask(name="Asa Oeberg", **HOME, **extra))
    assert (found.verdict, found.best.subscriber_id) == ("auto", "asa")


@pytest.mark.parametrize(
    "alone", [{"phone": "0701740605"}, {"email": "asa@example.se"}, {"customer_number": "40001372"}]
)
def test_an_identifier_alone_is_never_automatic(matcher, alone):
    found = matcher.match(ask(**alone))
    assert (found.verdict, found.best.subscriber_id) == ("review", "asa")


def test_a_customer_number_with_a_name_is_automatic_and_without_a_matching_name_is_not(matcher):
    assert matcher.match(ask(customer_number="4000 1372", name="Åsa Öberg")).verdict == "auto"
    assert matcher.match(ask(customer_number="40001372", name="Kurt Zimmer")).verdict == "review"


def test_father_and_son_of_one_name_and_phone_go_to_review_as_a_household(matcher):
    found = matcher.match(ask(name="Jörg Weiss", street="Mühlweg 3", postcode="23510", phone="+4915123400001"))
    assert (found.verdict, found.rule) == ("review", "ambiguous")
    assert "household" in found.why[0]


def test_swapped_names_and_one_misread_postcode_digit_still_find_the_person(matcher):
    found = matcher.match(ask(first_name="Öberg", last_name="Åsa", postcode="12348"))
    assert found.best.subscriber_id == "asa"


def test_a_second_reading_of_a_field_is_tried(matcher):
    query = Query("q", name=(("Asa 0berg", 1.0),), phone=(("0701740665", 0.6), ("0701740605", 0.4)))
    assert matcher.match(query).best.subscriber_id == "asa"


def test_nobody_is_invented_for_a_stranger(matcher):
    found = matcher.match(ask(name="Zed Zubrowka", street="Nowhere 1", postcode="00000"))
    assert (found.verdict, found.candidates) == ("none", ())
    assert matcher.match(Query("empty")).verdict == "none"


def test_reasons_hold_no_personal_data(matcher):
    found = matcher.match(ask(name="Åsa Öberg", phone="0701740605", **HOME))
    told = " ".join([*found.why, *(bar.sentence for c in found.candidates for bar in c.evidence)]).casefold()
    assert not any(secret in told for secret in ("öberg", "oberg", "0701740605", "12345", "storg"))


def test_agreeing_on_a_rare_value_tells_more_than_on_a_common_one():
    model = Model()
    assert model.weight("last", "exact", 0.9 / 1024) == pytest.approx(10.0)
    assert model.weight("last", "exact", 0.9 / 4) == pytest.approx(2.0)


def test_importing_again_replaces_the_row_and_its_keys(session):
    import_subscribers(session, [ASA])
    before = set(session.exec(select(MatchKey.key)))
    import_subscribers(session, [{**ASA, "name": "Åsa Lund"}])
    assert session.exec(select(Subscriber.last_name)).all() == ["Lund"]
    assert set(session.exec(select(MatchKey.key))) != before


def test_bad_rows_are_told_by_line_and_reason(session):
    report = import_subscribers(session, [ASA, {"id": " "}, {"id": "z", None: ["surplus"]}])
    assert report.imported == 1
    assert [row.line for row in report.bad] == [3, 4]


def test_a_misspelt_name_and_street_find_the_person_through_the_words_of_the_base(matcher):
    found = matcher.match(ask(name="Asa Oebrg", street="Stargatan 12b", postcode="12346"))
    assert found.best.subscriber_id == "asa"


def test_a_phone_with_a_wrong_digit_still_finds_its_owner(matcher):
    found = matcher.match(ask(phone="0701740695"))
    assert (found.verdict, found.best.subscriber_id) == ("review", "asa")


def test_an_impossible_birth_date_still_speaks_for_the_person(matcher):
    with_day = matcher.match(ask(name="Åsa Öberg", birth_date="02.91.1980", **HOME))
    assert (with_day.verdict, with_day.best.subscriber_id) == ("auto", "asa")


def test_a_nickname_or_initial_is_no_contradiction(matcher):
    assert matcher.match(ask(name="Nisse Öberg", phone="0701740606", **HOME)).verdict == "auto"
    assert matcher.match(ask(name="N. Öberg", phone="0701740606", **HOME)).best.subscriber_id == "nils"


def test_who_married_is_known_by_two_numbers(matcher):
    found = matcher.match(ask(first_name="Åsa", last_name="Lindqvist", phone="0701740605", birth_date="02.01.1980"))
    assert (found.verdict, found.best.subscriber_id) == ("auto", "asa")
    assert matcher.match(ask(first_name="Åsa", last_name="Lindqvist", phone="0701740605")).verdict == "review"


def test_who_married_is_known_by_a_number_at_the_old_address_and_a_relative_is_not(matcher):
    married = ask(first_name="Åsa", last_name="Lindqvist", phone="0701740605", **HOME)
    assert (matcher.match(married).verdict, matcher.match(married).best.subscriber_id) == ("auto", "asa")
    assert matcher.match(ask(first_name="Lena", last_name="Lindqvist", phone="0701740605", **HOME)).verdict == "review"


def test_a_mailing_list_makes_those_on_it_likelier_and_others_less_likely(matcher):
    query = ask(name="Nils Öberg", **HOME)
    on, off = (Mailed(20, lambda ids, one=one: frozenset(ids) & {one}) for one in ("nils", "asa"))
    alone = matcher.match(query).best.probability
    assert matcher.match(query, on).best.probability > alone > matcher.match(query, off).best.probability


def test_a_former_address_still_finds_the_person(session):
    import_subscribers(session, [ASA, NILS])
    import_subscribers(session, [{**ASA, "street": "Ringvägen 7", "postcode": "98765"}, NILS])
    found = Matcher(session).match(ask(name="Åsa Öberg", phone="0701740605", **HOME))
    assert (found.verdict, found.best.subscriber_id) == ("auto", "asa")
    assert "a former name" in " ".join(bar.sentence for bar in found.best.evidence)


def test_two_entries_of_one_person_go_to_review_as_such(session):
    import_subscribers(session, [ASA, {**ASA, "id": "again", "customer_number": ""}])
    found = Matcher(session).match(ask(name="Åsa Öberg", birth_date="02.01.1980", **HOME))
    assert (found.verdict, found.rule) == ("review", "duplicate")


def test_the_evidence_is_told_as_a_waterfall(matcher):
    found = matcher.match(ask(name="Åsa Öberg", phone="0701740605"))
    lines = list(waterfall(found, matcher.lexicon))
    assert lines[0] == "query q: auto (phone)"
    assert any("bits" in line and "phone agrees" in line for line in lines)
    assert any("sum, against a stranger" in line for line in lines)
