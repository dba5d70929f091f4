"""Who may come in: passwords by Argon2id (RFC 9106), sessions, tokens and invitations known by their hashes alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import or_, update
from sqlmodel import Session, col, delete, select

from cases import ledger
from cases.clock import now
from cases.models import ApiToken, Invitation, Person, WebSession

Role = Literal["clerk", "supervisor", "auditor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SESSION = dt.timedelta(hours=12)
INVITATION = dt.timedelta(days=2)
LEAST_PASSWORD = 12
SHOWN = 12
"""Characters of a secret's hash by which the ledger and the pages name it."""
_HASHER = PasswordHasher()
_NOBODYS = _HASHER.hash(secrets.token_hex())


class PersonError(ValueError):
    """A person cannot be made or changed like this; the message says why, `code` is what the desk's words call it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def add_person(
    session: Session,
    login: str,
    name: str,
    role: Role,
    password: str | None,
    language: str = "en",
    *,
    issuer: str | None = None,
    subject: str | None = None,
) -> Person:
    """A new person, in the caller's transaction; `issuer` calls them `subject` if one vouches for them.

    Raises PersonError.
    """
    login = login.strip().casefold()
    if not login or len(login) > 80:
        raise PersonError("A login has 1 to 80 characters.", "people.login_length")
    if role not in ROLES:
        raise PersonError(f"There is no role {role}; there are {', '.join(ROLES)}.")
    if session.exec(select(Person).where(Person.login == login)).first() is not None:
        raise PersonError("This login is taken.", "people.login_taken")
    made = Person(
        login=login, name=name.strip() or login, role=role, language=language, created_at=now(),
        password=None if password is None else hashed_password(password), issuer=issuer, subject=subject,
    )  # fmt: skip
    session.add(made)
    session.flush()
    ledger.record(session, "desk:person:added", made.id or 0, {"role": role}, who=ledger.by_person(login))
    return made


def hashed_password(password: str) -> str:
    """Its Argon2id hash. Raises PersonError for one that is too short."""
    if len(password) < LEAST_PASSWORD:
        raise PersonError(f"A password has at least {LEAST_PASSWORD} characters.", "password.least")
    return _HASHER.hash(password)


def sign_in(session: Session, login: str, password: str) -> Person | None:
    """The active person with this login and password; an unknown login takes as long as a wrong password."""
    person = session.exec(select(Person).where(Person.login == login.strip().casefold())).first()
    known = person is not None and person.active and person.password is not None
    try:
        _HASHER.verify(person.password if person and known and person.password else _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return None
    return person if known else None


def change_password(session: Session, person: Person, old: str, new: str) -> bool:
    """Sets the person's own new password, ends their other sessions and tells the ledger, in the caller's transaction.

    False where `old` is not their password. Raises PersonError for a new one that is too short.
    """
    if sign_in(session, person.login, old) is None:
        return False
    set_password(session, person, new, by=person.login)
    return True


def set_password(session: Session, person: Person, password: str, by: str) -> None:
    """The person's password from now on; whoever is signed in as them is signed out. Raises PersonError."""
    person.password = hashed_password(password)
    session.add(person)
    session.exec(delete(WebSession).where(col(WebSession.person_id) == person.id))
    ledger.record(session, "desk:person:password_changed", person.id or 0, who=ledger.by_person(by))


def open_session(session: Session, person: Person) -> str:
    """A new session of the person: the secret for the browser's cookie. Commits; sessions that ended are cleared."""
    secret = secrets.token_urlsafe(32)
    session.exec(delete(WebSession).where(col(WebSession.expires_at) < now()))
    session.add(WebSession(id=_digest(secret), person_id=person.id or 0, expires_at=now() + SESSION))
    session.commit()
    return secret


def person_of_session(session: Session, secret: str) -> Person | None:
    """Whose session this is, while it lasts."""
    query = select(Person).join(WebSession, col(WebSession.person_id) == Person.id)
    query = query.where(
        WebSession.id == _digest(secret), col(WebSession.expires_at) > now(), col(Person.active).is_(True)
    )
    return session.exec(query).first()


def close_session(session: Session, secret: str) -> None:
    """Ends the session and commits."""
    session.exec(delete(WebSession).where(col(WebSession.id) == _digest(secret)))
    session.commit()


def find_person(session: Session, login: str) -> Person | None:
    """The person with this login, in whatever case it is written."""
    return session.exec(select(Person).where(Person.login == login.strip().casefold())).first()


def lock_out(session: Session, login: str) -> bool:
    """Ends the person's sessions and lets nobody in under this login, and commits; False for an unknown one."""
    person = find_person(session, login)
    if person is None:
        return False
    shut_out(session, person)
    session.commit()
    return True


def shut_out(session: Session, person: Person, by: str | None = None) -> None:
    """Locks the person and ends their sessions, in the caller's transaction; `by` is who does it."""
    person.active = False
    session.add(person)
    session.exec(delete(WebSession).where(col(WebSession.person_id) == person.id))
    ledger.record(session, "desk:person:locked", person.id or 0, who=_who(by))


def issue_token(session: Session, person: Person, label: str, *, days: int | None = None, by: str | None = None) -> str:
    """A new token, shown this once, good for `days` or until it is revoked; in the caller's transaction."""
    secret = f"rf_{secrets.token_urlsafe(32)}"
    ends = now() + dt.timedelta(days=days) if days else None
    made = ApiToken(id=_digest(secret), person_id=person.id or 0, label=label, created_at=now(), expires_at=ends)
    session.add(made)
    ledger.record(
        session, "desk:api_token:added", person.id or 0, {"token": made.id[:SHOWN], "days": days}, who=_who(by)
    )
    return secret


def person_of_token(session: Session, secret: str) -> Person | None:
    """Whose token this is, until it runs out or is revoked."""
    query = select(Person).join(ApiToken, col(ApiToken.person_id) == Person.id)
    query = query.where(
        ApiToken.id == _digest(secret),
        col(ApiToken.revoked_at).is_(None),
        or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now()),
    )
    return session.exec(query.where(col(Person.active).is_(True))).first()


def is_first_use_today(session: Session, secret: str) -> bool:
    """Whether nobody has noted yet that this token is used on this day (UTC)."""
    token = session.get(ApiToken, _digest(secret))
    return token is not None and token.last_used_on != now().date()


def note_use(session: Session, secret: str) -> None:
    """Notes that the token is used today, and commits."""
    used = update(ApiToken).where(col(ApiToken.id) == _digest(secret)).values(last_used_on=now().date())
    session.connection().execute(used)
    session.commit()


def invite(session: Session, role: Role, by: str | None = None) -> str:
    """The secret of a link that makes one person of this role within two days; in the caller's transaction."""
    secret = secrets.token_urlsafe(32)
    session.add(Invitation(id=_digest(secret), role=role, expires_at=now() + INVITATION))
    ledger.record(session, "desk:invitation:added", _digest(secret)[:SHOWN], {"role": role}, who=_who(by))
    return secret


def invited_role(session: Session, secret: str) -> str | None:
    """What the link makes of its bearer, or None where it was used or has run out."""
    found = session.get(Invitation, _digest(secret))
    return found.role if found and found.used_at is None and found.expires_at > now() else None


def accept(session: Session, secret: str, login: str, name: str, password: str, language: str = "en") -> Person:
    """Makes the person of an invitation, which ends with it, and commits. Raises PersonError."""
    ledger.lock(session)
    role = invited_role(session, secret)
    if role is None:
        raise PersonError("This link was used or has run out; ask for a new one.", "welcome.gone")
    person = add_person(session, login, name, role, password, language)  # type: ignore[arg-type]  # it was a Role
    used = session.get_one(Invitation, _digest(secret))
    used.used_at = now()
    session.add(used)
    session.commit()
    return person


def first_link(session: Session) -> str | None:
    """The secret that makes the first admin while there is nobody yet, a new one at each call; commits."""
    if session.exec(select(Person.id).limit(1)).first() is not None:
        return None
    session.exec(delete(Invitation))
    secret = invite(session, "admin")
    session.commit()
    return secret


def _who(by: str | None) -> str:
    return ledger.by_person(by) if by else ledger.machine("people")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
