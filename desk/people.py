"""Who works here: the admin's page of persons, and everybody's page of their own tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session, col, select

from cases import persons, staff
from cases.models import ApiToken, Person
from cases.persons import INVITATION, ROLES, PersonError, Role, invite, issue_token
from cases.settings import Settings
from desk.present import Admin, Present, Reading, RowId, Writing
from desk.show import show
from desk.signing_in import keep_session


def in_person(request: Request, person: Present) -> None:
    """Keeps programs out: a token that leaked must not make others, which would outlive it."""
    if "authorization" in request.headers:
        raise HTTPException(403, "This is done in the browser.")


router = APIRouter(include_in_schema=False, dependencies=[Depends(in_person)])
Label = Annotated[str, Form(min_length=1, max_length=80)]
Days = Annotated[Literal["", "30", "90", "365"], Form()]


@router.get("/people")
def people_page(request: Request, session: Reading, person: Admin) -> HTMLResponse:
    return _people(request, session, person)


@router.post("/people/invite")
def invite_somebody(request: Request, session: Writing, person: Admin, role: Annotated[Role, Form()]) -> HTMLResponse:
    """A link for one person of this role, shown this once."""
    secret = invite(session, role, by=person.login)
    session.commit()
    settings: Settings = request.app.state.settings
    base = settings.desk_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    link = f"{base}/welcome/{secret}"
    return _people(request, session, person, 201, link=link, link_role=role, days=INVITATION.days)


@router.post("/people/{person_id}/role")
def change_role(
    request: Request, session: Writing, person: Admin, person_id: RowId, role: Annotated[Role, Form()]
) -> Response:
    return _changed(
        request, session, person, person_id, lambda who: staff.change_role(session, who, role, person.login)
    )


@router.post("/people/{person_id}/lock")
def lock(request: Request, session: Writing, person: Admin, person_id: RowId) -> Response:
    return _changed(request, session, person, person_id, lambda who: staff.lock(session, who, person.login))


@router.post("/people/{person_id}/unlock")
def unlock(request: Request, session: Writing, person: Admin, person_id: RowId) -> Response:
    return _changed(request, session, person, person_id, lambda who: staff.unlock(session, who, person.login))


@router.post("/people/{person_id}/sign-out")
def end_sessions(request: Request, session: Writing, person: Admin, person_id: RowId) -> Response:
    return _changed(request, session, person, person_id, lambda who: staff.end_sessions(session, who, person.login))


@router.post("/people/{person_id}/password")
def give_password(request: Request, session: Writing, person: Admin, person_id: RowId) -> HTMLResponse:
    """A new password for somebody who has forgotten theirs, shown this once."""
    who = session.get(Person, person_id)
    if who is None or who.issuer is not None:
        raise HTTPException(404, "There is no such person with a password.")
    secret = staff.new_password(session, who, person.login)
    session.commit()
    return _people(request, session, person, 201, password=secret, password_of=who.login)


@router.post("/account/password")
def change_password(
    request: Request,
    session: Writing,
    person: Present,
    old: Annotated[str, Form(max_length=200)],
    new: Annotated[str, Form(max_length=200)],
) -> Response:
    """One's own new password; all other browsers of the person are signed out, and this one goes on."""
    throttle, key = request.app.state.throttle, f"login {person.login}"
    if throttle.wait_s(key) > 0:
        return _account(request, session, person, 429, problem="sign_in.wait")
    try:
        if not persons.change_password(session, session.merge(person), old, new):
            throttle.failed(key)
            return _account(request, session, person, 401, problem="people.password_wrong")
    except PersonError:
        session.rollback()
        return _account(request, session, person, 422, problem="password.least")
    throttle.succeeded(key)
    session.commit()
    page = _account(request, session, person, 200, done="people.password_changed")
    keep_session(request, page, persons.open_session(session, person))
    return page


@router.get("/account")
def account_page(request: Request, session: Reading, person: Present) -> HTMLResponse:
    return _account(request, session, person)


@router.post("/account/tokens")
def add_token(request: Request, session: Writing, person: Present, label: Label, days: Days = "90") -> HTMLResponse:
    """A token of one's own, shown this once; it may do what its person may."""
    secret = issue_token(session, person, label, days=int(days) if days else None, by=person.login)
    session.commit()
    return _account(request, session, person, 201, secret=secret)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(session: Writing, person: Present, token_id: str) -> Response:
    """Ends a token: one's own, or as an admin anybody's."""
    token = session.get(ApiToken, token_id)
    if token is None or (token.person_id != person.id and person.role != "admin"):
        raise HTTPException(404, "There is no such token.")
    staff.revoke(session, token, person.login)
    session.commit()
    return RedirectResponse("/account" if token.person_id == person.id else "/people", 303)


def _people(request: Request, session: Session, person: Person, status: int = 200, **more: object) -> HTMLResponse:
    everybody = session.exec(select(Person).order_by(col(Person.login))).all()
    return show(
        request,
        "people.html",
        status,
        person=person,
        people=everybody,
        roles=ROLES,
        tokens=staff.tokens(session),
        **more,
    )


def _account(request: Request, session: Session, person: Person, status: int = 200, **more: object) -> HTMLResponse:
    return show(request, "account.html", status, person=person, tokens=staff.tokens(session, person.id), **more)


def _changed(
    request: Request, session: Session, admin: Person, person_id: int, change: Callable[[Person], object]
) -> Response:
    who = session.get(Person, person_id)
    if who is None:
        raise HTTPException(404, "There is no such person.")
    try:
        change(who)
    except PersonError:
        session.rollback()
        return _people(request, session, admin, 409, problem="people.only_admin")
    session.commit()
    return RedirectResponse("/people", 303)
