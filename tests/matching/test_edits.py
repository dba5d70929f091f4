from matching.contact import has_check_digit
from matching.edits import mended_customer_numbers, one_digit_lost, one_digit_off
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
