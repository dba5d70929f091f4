"""Who is at the desk: the person of the cookie or of the token, and what their role lets them do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request
from sqlalchemy import Engine
from sqlmodel import Session

from cases.models import Person
from cases.persons import Role, is_first_use_today, note_use, person_of_session, person_of_token

COOKIE = "replyflow"
RowId = Annotated[int, Path(ge=1, le=2**53)]
"""The number of a row in an address; larger ones no database can look up."""
_BEARER = "Bearer "


class NotSignedInError(Exception):
    """Nobody is signed in; pages lead to the sign-in, the API answers 401."""


def reading(request: Request) -> Iterator[Session]:
    """A session of the database that only reads and keeps no writer waiting."""
    with Session(_engine(request).execution_options(reader=True)) as session:
        yield session


def writing(request: Request) -> Iterator[Session]:
    """A session of the database that may write."""
    with Session(_engine(request), expire_on_commit=False) as session:
        yield session


Reading = Annotated[Session, Depends(reading)]
Writing = Annotated[Session, Depends(writing)]


def present(request: Request, session: Reading) -> Person:
    """Who sent the request. Raises NotSignedInError."""
    bearer = request.headers.get("authorization", "")
    if bearer.startswith(_BEARER):
        secret = bearer.removeprefix(_BEARER)
        person = person_of_token(session, secret)
        if person is not None and is_first_use_today(session, secret):
            with Session(_engine(request)) as writer:
                note_use(writer, secret)
    else:
        person = person_of_session(session, request.cookies.get(COOKIE, ""))
    if person is None:
        raise NotSignedInError
    return person


Present = Annotated[Person, Depends(present)]


def only(*roles: Role) -> Callable[[Person], Person]:
    """Lets in persons of these roles and admins."""

    def gate(person: Present) -> Person:
        if person.role not in (*roles, "admin"):
            raise HTTPException(403, f"This is for {', '.join(roles or ('admin',))}.")
        return person

    return gate


Keying = Annotated[Person, Depends(only("clerk", "supervisor"))]
"""Who may answer; an auditor changes nothing."""

Admin = Annotated[Person, Depends(only())]


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine
