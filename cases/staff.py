"""What an admin changes of persons and tokens, each with its event; all in the caller's transaction."""

from __future__ import annotations

import secrets

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from cases import ledger
from cases.clock import now
from cases.models import ApiToken, Person, WebSession
from cases.persons import ROLES, SHOWN, PersonError, Role, set_password, shut_out


def change_role(session: Session, person: Person, role: Role, by: str) -> None:
    """What the person may do from their next request on. Raises PersonError."""
    if role not in ROLES:
        raise PersonError(f"There is no role {role}; there are {', '.join(ROLES)}.")
    if person.role == role:
        return
    ledger.lock(session)
    _keep_an_admin(session, person)
    facts = {"from": person.role, "to": role}
    person.role = role
    session.add(person)
    ledger.record(session, "desk:person:role_changed", person.id or 0, facts, who=ledger.by_person(by))


def lock(session: Session, person: Person, by: str) -> None:
    """Shuts the person out at once, tokens too. Raises PersonError."""
    ledger.lock(session)
    _keep_an_admin(session, person)
    if person.active:
        shut_out(session, person, by)


def unlock(session: Session, person: Person, by: str) -> None:
    """Lets the person sign in again; tokens that were not revoked work again too."""
    if not person.active:
        person.active = True
        session.add(person)
        ledger.record(session, "desk:person:unlocked", person.id or 0, who=ledger.by_person(by))


def new_password(session: Session, person: Person, by: str) -> str:
    """A random password for somebody who has forgotten theirs, shown this once. Raises PersonError."""
    if person.issuer is not None:
        raise PersonError("This person signs in through the provider.")
    secret = secrets.token_urlsafe(12)
    set_password(session, person, secret, by)
    return secret


def end_sessions(session: Session, person: Person, by: str) -> int:
    """Signs the person out of every browser; of how many."""
    ended = session.exec(delete(WebSession).where(col(WebSession.person_id) == person.id)).rowcount
    ledger.record(session, "desk:person:signed_out", person.id or 0, {"sessions": ended}, who=ledger.by_person(by))
    return int(ended)


def tokens(session: Session, person_id: int | None = None) -> list[tuple[ApiToken, Person]]:
    """The tokens that are not revoked, newest first, each with its person; of one person, or of all."""
    query = select(ApiToken, Person).join(Person, col(Person.id) == ApiToken.person_id)
    query = query.where(col(ApiToken.revoked_at).is_(None))
    if person_id is not None:
        query = query.where(ApiToken.person_id == person_id)
    return [(token, person) for token, person in session.exec(query.order_by(col(ApiToken.created_at).desc()))]


def revoke(session: Session, token: ApiToken, by: str) -> None:
    """Ends the token."""
    if token.revoked_at is None:
        token.revoked_at = now()
        session.add(token)
        ledger.record(
            session, "desk:api_token:revoked", token.person_id, {"token": token.id[:SHOWN]}, who=ledger.by_person(by)
        )


def _keep_an_admin(session: Session, person: Person) -> None:
    if person.role != "admin" or not person.active:
        return
    query = select(func.count()).where(Person.role == "admin", col(Person.active).is_(True), Person.id != person.id)
    if session.exec(query).one() == 0:
        raise PersonError("This is the only admin; make another one first.")
