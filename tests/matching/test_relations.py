import dataclasses

import pytest

from matching.person import Person
from matching.relations import relation

EVA = Person("eva", "lind", "storgatan", "12", "12345", "malmo", "+46701", "eva@x.se", "1980-01-02", "40001372")
AT_HOME = {"phone": "+46702", "email": "", "birth_date": "", "customer_number": ""}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"phone": "+46809", "street": "ringvagen", "customer_number": "7"}, "duplicate"),
        ({"birth_date": "2001-05-06", "email": "", "customer_number": ""}, "namesakes-at-home"),
        (AT_HOME, "namesakes-at-home"),
        ({**AT_HOME, "first": "nils"}, "household"),
        ({**AT_HOME, "street": "ringvagen", "number": "3"}, "namesake"),
        ({**AT_HOME, "street": "ringvagen", "number": "3", "first": "nils"}, "other"),
    ],
)
def test_what_two_entries_of_the_base_are_to_each_other(changed, found):
    assert relation(EVA, dataclasses.replace(EVA, **changed)) == found
