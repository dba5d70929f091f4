"""Which keys are looked up for a query, and who of those that share one is compared."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from matching import candidates
from matching.base import import_subscribers
from matching.candidates import find_candidates
from matching.keys import hashed
from matching.lexicon import load_lexicon
from matching.probes import Probe, probes
from matching.query import query_of
from matching.variants import fold_query

ASA = {"id": "asa", "name": "Åsa Quist", "street": "Storgatan 4", "postcode": "12345", "phone": "0701740605"}
NAMESAKES = [{"id": f"n{n}", "name": "Åsa Quist", "postcode": f"2{n:04}"} for n in range(40)]


def asked(session: Session, **row: str) -> list[Probe]:
    return probes(fold_query(query_of({"id": "q", **row}), 4), load_lexicon(session))


def found(session: Session, **row: str) -> list[str]:
    return find_candidates(session, asked(session, **row), load_lexicon(session), 30)


def test_who_shares_only_a_name_is_left_out_where_another_shares_far_more(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_subscribers(session, [ASA, *NAMESAKES])
    monkeypatch.setattr(candidates, "_COMPARED", 3)
    whole = {field: value for field, value in ASA.items() if field != "id"}
    assert found(session, **whole)[0] == "asa"
    assert len(found(session, **whole)) == 3
    assert len(found(session, name="Åsa Quist")) == 30


def test_nobody_is_left_out_where_few_share_a_key(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    import_subscribers(session, [ASA, *NAMESAKES[:20]])
    monkeypatch.setattr(candidates, "_COMPARED", 3)
    assert len(found(session, **{field: value for field, value in ASA.items() if field != "id"})) == 21


def test_candidates_are_never_more_than_asked_for(session: Session) -> None:
    import_subscribers(session, [ASA, *NAMESAKES])
    assert len(find_candidates(session, asked(session, name="Åsa Quist"), load_lexicon(session), 5)) == 5


@pytest.mark.parametrize(
    ("first", "last", "tried"), [("asa", "quist", False), ("quist", "asa", True), ("martin", "simon", True)]
)
def test_names_are_tried_in_each_others_place_unless_they_are_names_only_where_they_stand(
    session: Session, first: str, last: str, tried: bool
) -> None:
    import_subscribers(session, [ASA, {"id": "m", "name": "Martin Simon"}, {"id": "s", "name": "Simon Martin"}])
    keys = {probe.key for probe in asked(session, first_name=first, last_name=last)}
    assert (hashed(("names", last, first)) in keys) == tried


@pytest.mark.parametrize("street", ["Storg", "Storgat", "STORG."])
def test_a_street_shortened_with_or_without_a_full_stop_is_looked_up_in_full(session: Session, street: str) -> None:
    import_subscribers(session, [ASA])
    keys = {probe.key for probe in asked(session, last_name="Quist", street=f"{street} 4")}
    assert hashed(("last-home", "quist", "storgatan", "4")) in keys


@pytest.mark.parametrize(
    "written",
    [
        {"phone": "0701740695"},
        {"phone": "070174605"},
        {"customer_number": "40001373"},
        {"email": "qu1st.asa@example.se"},
        {"email": "qulst.asa@exanple.se"},
        {"first_name": "Asa", "birth_date": "1980-91-02"},
        {"last_name": "Quizt", "birth_date": "1980-01-02"},
        {"last_name": "Qnist", "postcode": "12345"},
        {"last_name": "Quist", "postcode": "12346", "street": "Storgatan"},
        {"first_name": "Asa", "street": "Stcrgatan 4"},
    ],
    ids=" ".join,
)
def test_each_key_is_found_with_one_character_misread(session: Session, written: dict[str, str]) -> None:
    whole = {**ASA, "email": "quist.asa@example.se", "birth_date": "1980-01-02", "customer_number": "40001372"}
    import_subscribers(session, [whole, {"id": "nils", "name": "Nils Lind", "postcode": "99999"}])
    assert found(session, **written) == ["asa"]
