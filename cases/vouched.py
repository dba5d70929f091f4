"""Persons for whom an OpenID Connect provider vouches: known by issuer and subject, never by name or address."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, select

from cases import ledger
from cases.models import Person
from cases.persons import PersonError, Role, add_person, find_person, shut_out


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who signed in at the provider; `role` is None where none of their groups is one of ours."""

    issuer: str
    subject: str
    login: str
    name: str
    role: Role | None


def vouched_person(session: Session, vouched: Vouched, language: str) -> Person:
    """The active person of this subject, made at their first sign-in, with the role that the provider tells; commits.

    Raises PersonError for one without a role here, whose sessions end, and for one who is locked.
    """
    ledger.lock(session)
    query = select(Person).where(Person.issuer == vouched.issuer, Person.subject == vouched.subject)
    person = session.exec(query).first()
    if vouched.role is None:
        if person is not None and person.active:
            shut_out(session, person)
            session.commit()
        raise PersonError("no-role")
    if person is None:
        person = _made(session, vouched, vouched.role, language)
    elif not person.active:
        raise PersonError("locked")
    elif person.role != vouched.role:
        facts = {"from": person.role, "to": vouched.role}
        person.role = vouched.role
        session.add(person)
        ledger.record(session, "desk:person:role_changed", person.id or 0, facts, who=ledger.machine("provider"))
    session.add(person)
    session.commit()
    return person


def _made(session: Session, vouched: Vouched, role: Role, language: str) -> Person:
    """A new person; a login that somebody has already gets a number, as the name alone proves nothing."""
    wished = vouched.login.strip()[:70] or "person"
    login, number = wished, 1
    while find_person(session, login) is not None:
        number += 1
        login = f"{wished}-{number}"
    return add_person(
        session, login, vouched.name[:80], role, None, language, issuer=vouched.issuer, subject=vouched.subject
    )
