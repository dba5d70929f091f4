import datetime as dt

import pytest

from cases.mailed import add_mailing_list, mailed_with
from cases.models import Campaign

DAY = dt.date(2026, 11, 1)


def test_a_list_is_noted_once_and_unknown_ids_are_told(session, campaign):
    first = add_mailing_list(session, campaign, ["S1", "S1", "S9"])
    assert (first.listed, first.new, first.unknown) == (1, 1, ("S9",))
    assert add_mailing_list(session, campaign, ["S1"]).new == 0


def test_the_campaigns_of_a_form_say_to_whom_it_was_sent(session, campaign):
    add_mailing_list(session, campaign, ["S1"])
    mailed = mailed_with(session, "card", DAY)
    assert mailed.size == 1
    assert mailed.among(["S1", "S2"]) == {"S1"}


@pytest.mark.parametrize(
    "other", [{"template": "other"}, {"opens": dt.date(2026, 12, 1)}, {"closes": dt.date(2026, 10, 1)}]
)
def test_campaigns_that_do_not_run_or_use_another_form_do_not_matter(session, campaign, other):
    add_mailing_list(session, campaign, ["S1"])
    session.add(Campaign(**{"name": "x", "code": "X", "template": "card", "signing_key": b"k" * 32, **other}))
    session.commit()
    assert mailed_with(session, "card", DAY).size == 1


def test_without_a_list_for_every_campaign_nothing_is_narrowed(session, campaign):
    assert mailed_with(session, "card", DAY) is None
    add_mailing_list(session, campaign, ["S1"])
    session.add(Campaign(name="x", code="X", template="card", signing_key=b"k" * 32))
    session.commit()
    assert mailed_with(session, "card", DAY) is None
