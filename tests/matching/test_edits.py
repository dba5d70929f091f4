import datetime as dt

from matching.contact import has_check_digit
from matching.edits import (
    mended_customer_numbers,
    mended_dates,
    one_digit_lost,
    one_digit_off,
    one_letter_misread,
)
from matching.misread import loose_date, loose_email, loose_phone


def test_every_number_with_one_wrong_digit_is_there_and_the_number_itself_is_not():
    found = set(one_digit_off("1203"))
    assert {"1293", "9203", "1204", "2103", "1230"} <= found
    assert "1203" not in found and all(len(number) == 4 for number in found)


def test_a_lost_digit_is_put_back_anywhere():
    assert {"90123", "09123", "01239"} <= set(one_digit_lost("0123"))


def test_only_a_number_whose_check_digit_fails_is_mended():
    assert mended_customer_numbers("40001372") == []
    mended = mended_customer_numbers("40001373")
    assert "40001372" not in mended or has_check_digit("40001372")
    assert mended and all(has_check_digit(number) for number in mended)


def test_impossible_days_and_phones_keep_their_digits():
    assert loose_date("30.96.1978") == "1978-96-30"
    assert loose_date("1977-82-74") == "1977-82-74"
    assert loose_date("30.9.78") == ""
    assert loose_phone("0O7O-1l") == ""
    assert loose_phone("+46 70 174 06 O5 9 9") == "46701740605" + "99"
    assert loose_email("asa @exampel") == "asa@exampel" and loose_email("a@b") == ""


def test_a_letter_taken_for_another_is_put_right_anywhere():
    found = set(one_letter_misread("em5t"))
    assert {"emst", "en5t", "ern5t"} <= found and "em5t" not in found
    assert "bem" in set(one_letter_misread("bern"))
    assert list(one_letter_misread("")) == []


def test_only_a_day_that_cannot_be_is_mended_and_to_days_that_have_been():
    today = dt.date(2026, 11, 30)
    assert mended_dates("1978-09-30", today) == []
    mended = mended_dates("1978-96-30", today)
    assert "1978-06-30" in mended and "1978-96-30" not in mended
    assert "1978-09-30" not in mended
    assert "2002-07-04" in mended_dates("2072-07-04", today)
    assert all(day <= "2026-11-30" for day in mended_dates("2072-07-04", today))
