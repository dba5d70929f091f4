import datetime as dt

import pytest

from cases import persons
from cases.clock import now
from cases.models import Person
from cases.persons import PersonError

PASSWORD = "a long enough secret"


@pytest.fixture
def eva(session):
    made = persons.add_person(session, " Eva ", "Eva Lind", "clerk", PASSWORD)
    session.commit()
    return made


def test_only_the_right_password_of_an_active_person_lets_in(session, eva):
    assert persons.sign_in(session, "EVA", PASSWORD).id == eva.id
    assert persons.sign_in(session, "eva", PASSWORD + "x") is None
    assert persons.sign_in(session, "nobody", PASSWORD) is None
    eva.active = False
    assert persons.sign_in(session, "eva", PASSWORD) is None


def test_passwords_are_kept_as_argon2_hashes(eva):
    assert eva.password.startswith("$argon2id$") and PASSWORD not in eva.password


@pytest.mark.parametrize(
    ("login", "role", "password"), [("eva", "clerk", PASSWORD), ("", "clerk", PASSWORD), ("x", "king", PASSWORD),
                                    ("x", "clerk", "short")],
)  # fmt: skip
def test_what_cannot_be_a_person_is_refused_with_a_reason(session, eva, login, role, password):
    with pytest.raises(PersonError, match=r"\.$"):
        persons.add_person(session, login, "", role, password)


def test_a_session_lasts_until_it_ends_or_is_closed(session, eva, monkeypatch):
    secret = persons.open_session(session, eva)
    assert persons.person_of_session(session, secret).id == eva.id
    assert persons.person_of_session(session, secret + "x") is None
    later = now() + persons.SESSION + dt.timedelta(seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(persons, "now", lambda: later)
        assert persons.person_of_session(session, secret) is None
    persons.close_session(session, secret)
    assert persons.person_of_session(session, secret) is None


def test_an_invitation_makes_one_person_once(session):
    secret = persons.first_link(session)
    assert persons.accept(session, secret, "root", "Root", PASSWORD).role == "admin"
    with pytest.raises(PersonError, match="used"):
        persons.accept(session, secret, "other", "Other", PASSWORD)
    assert persons.first_link(session) is None
    assert session.get(Person, 1).login == "root"


def test_a_new_first_link_ends_the_one_before(session):
    first, second = persons.first_link(session), persons.first_link(session)
    assert persons.invited_role(session, first) is None
    assert persons.invited_role(session, second) == "admin"


def test_a_token_does_what_its_person_may_until_it_is_revoked(session, eva):
    secret = persons.issue_token(session, eva, "scanner room")
    assert persons.person_of_token(session, secret).id == eva.id
    eva.active = False
    session.flush()
    assert persons.person_of_token(session, secret) is None
