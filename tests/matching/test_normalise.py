import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.contact import fold_customer_number, fold_date, fold_phone, has_check_digit
from matching.normalise import fold, fold_name, fold_number, fold_postcode, fold_street, split_name, split_street


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.text(alphabet="åäöüßéÅÄÖÜabc ", max_size=20))
def test_composed_and_decomposed_spellings_meet(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    "pair", [("Åsa", "Aasa"), ("Öberg", "Oeberg"), ("Müller", "MUELLER"), ("Weiß", "Weiss"), ("René", "Rene")]
)
def test_umlauts_and_their_transliterations_meet(pair):
    assert fold(pair[0]) == fold(pair[1])


@pytest.mark.parametrize(
    "pair",
    [
        ("Ringstr.", "Ring Straße"),
        ("Storg.", "Storgatan"),
        ("Kyrkv.", "Kyrkvägen"),
        ("Stor gata", "Storgatan"),
        ("East 53rd Street", "E. 53rd St."),
        ("Seventh Avenue", "7th Ave"),
        ("Park Boulevard", "Park Blvd."),
    ],
)
def test_street_abbreviations_meet_the_full_word(pair):
    assert fold_street(pair[0]) == fold_street(pair[1])


def test_a_street_that_ends_in_g_or_v_is_no_abbreviation():
    assert fold_street("Kungsberg") != fold_street("Kungsbergatan")


def test_house_numbers_and_apartments_leave_the_street():
    assert split_street("Storgatan 12 B lgh 1204") == ("Storgatan", "12 B")
    assert fold_number("12 B") == fold_number("12b") == "12b"
    assert fold_number("12 B lgh 1204") == fold_number(",12B LGH l2O4") == "12b"
    assert fold_number("lgh 1204") == "" and fold_number("12-14") == "12"


def test_letters_that_look_like_digits_are_digits_before_one_in_a_house_number():
    assert (fold_number("1O2 D"), fold_number("Z1"), fold_number("l5 B")) == ("102d", "21", "15b")
    assert (fold_number("12 O"), fold_number("A5")) == ("12o", "a5")
    assert split_street("Am Brühl") == ("Am Brühl", "")


def test_names_split_before_the_surname_and_its_particles():
    assert split_name("Carl Erik von Linden") == ("Carl Erik", "von Linden")
    assert split_name("Lind, Eva") == ("Eva", "Lind")


@pytest.mark.parametrize("text", ["0701740605", "+46 70 174 06 05", "O7O-l74 06 05", "0046701740605"])
def test_phones_meet_in_e164(text):
    assert fold_phone(text) == "+46701740605"


@pytest.mark.parametrize("text", ["1980-02-01", "01.02.1980", "19800201", "800201", "1.2.80"])
def test_dates_of_many_formats_meet(text):
    assert fold_date(text) == "1980-02-01"


def test_a_date_in_the_future_is_no_birth_date():
    assert fold_date("2030-01-01", today=dt.date(2026, 11, 24)) == ""


def test_postcodes_and_customer_numbers_lose_blanks_and_look_alikes():
    assert fold_postcode("SE-123 4S") == "12345"
    assert fold_customer_number("79927 3987I3") == "79927398713"


@given(st.text(alphabet="0123456789", min_size=1, max_size=12))
def test_exactly_one_last_digit_is_a_check_digit(body):
    assert sum(has_check_digit(body + digit) for digit in "0123456789") == 1
